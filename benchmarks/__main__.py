"""`python -m benchmarks [SECTION …] [--quick] [--out FILE.json]`."""

from __future__ import annotations

import argparse
import importlib
import json
import time
from pathlib import Path
from typing import Any

from benchmarks import machine

SECTIONS = {
    "cnn": "the CNN's training step",
    "transformer": "the Transformer's training step",
    "layers": "each layer's forward and backward",
    "growth": "the step with growing batch, width, depth and image, with a plot",
    "accuracy": "training time until 98.0 % of all 10,000 test digits are right",
    "canvas": "a frame of the network canvas under the pointer, and another digit until it is painted",
    "app": "what an open page costs the training, the server's memory, the first paint",
}
RESULTS = Path(__file__).parent / "results" / "results.json"


def main() -> None:
    options = _parse()
    for name in options.sections or SECTIONS:
        print(f"{name}: {SECTIONS[name]}", flush=True)
        facts = machine.facts()
        start = time.perf_counter()
        figures = importlib.import_module(f"benchmarks.{name}").run(options.quick)
        seconds = round(time.perf_counter() - start)
        _write(options.out, name, {"machine": facts, "quick": options.quick, "seconds": seconds, "figures": figures})
    print(f"written to {options.out}")


def _parse() -> argparse.Namespace:
    listing = "\n".join(f"  {name:<12} {text}" for name, text in SECTIONS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="ScratchNN against its torch.nn twins: medians of interleaved runs in one process.",
        epilog=f"sections:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="what to measure; all of it if none is given")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a first idea in a few minutes")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE.json", help=f"default: {RESULTS.name}")
    options = parser.parse_args()
    for name in options.sections:
        if name not in SECTIONS:
            parser.error(f"there is no section {name!r}; there are {', '.join(SECTIONS)}")
    return options


def _write(path: Path, section: str, result: dict[str, Any]) -> None:
    """Put one section's result into the file; other sections that are there stay."""
    results = json.loads(path.read_text()) if path.exists() else {}
    results[section] = result
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
