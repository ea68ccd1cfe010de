"""The app itself: time to the first paint, what an open Train page costs the training, and the server's memory.

One torch thread, so that on two cores the browser does not take from the training what it needs for itself.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.browser import chromium
from benchmarks.server import app_command, free_port, server

if TYPE_CHECKING:
    from playwright.sync_api import Page

SETTLE = 4.0  # seconds after the page was opened or closed that do not count
MEGABYTE = 2**20

Sample = dict[str, float]  # time [s], step, memory [bytes]


def run(quick: bool) -> dict[str, Any]:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        return {
            "first_paint": _first_paint(page, starts=3 if quick else 7),
            **_streaming(page, rounds=3 if quick else 20, window=10, minutes=1 if quick else 10),
        }


# --- first paint ------------------------------------------------------------------------------------------


def _first_paint(page: Page, starts: int) -> dict[str, Any]:
    """Seconds from the server's first 'ok' to the first page's title on the screen, each on a fresh server."""
    seconds = []
    for _ in range(starts):
        port = free_port()
        with server(app_command(port), port):
            start = time.perf_counter()
            page.goto(f"http://localhost:{port}/")
            page.get_by_role("heading").first.wait_for(timeout=60_000)
            seconds.append(time.perf_counter() - start)
            page.goto("about:blank")
    print(f"  first paint {statistics.median(seconds):.2f} s after the server is ready (longest {max(seconds):.2f} s)")
    return {"median_seconds": statistics.median(seconds), "seconds": seconds}


# --- a training with and without its page -----------------------------------------------------------------


def _streaming(page: Page, rounds: int, window: float, minutes: float) -> dict[str, Any]:
    """The same training, its page open and closed in turn; then open for some minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        with server([sys.executable, "-m", "benchmarks.app_server", str(port), name], port):
            address = f"http://localhost:{port}/train?run={(folder / 'job').read_text()}"
            _open(page, address)
            time.sleep(2 * SETTLE)
            cost = _cost(page, address, folder / "samples.jsonl", rounds, window)
            _open(page, address)
            memory = _memory(folder / "samples.jsonl", minutes)
            page.goto("about:blank")
    return {"cost_of_the_page": cost, "memory": memory}


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Pause").wait_for(timeout=60_000)  # there only while the training runs


def _cost(page: Page, address: str, samples: Path, rounds: int, window: float) -> dict[str, Any]:
    """Steps per second with the page ÷ without it, in windows of time that take turns.

    Each window with the page is compared with the mean of its two neighbours: a drift of the machine drops out.
    """
    with_page, without = [], []
    for turn in range(rounds + 1):
        page.goto("about:blank")
        without.append(_steps_per_second(samples, window))
        if turn < rounds:
            _open(page, address)
            with_page.append(_steps_per_second(samples, window))
    neighbours = [(before + after) / 2 for before, after in pairwise(without)]
    ratios = [opened / closed for opened, closed in zip(with_page, neighbours, strict=True)]
    low, ratio, high = statistics.quantiles(ratios)
    print(
        f"  steps/s with the page open {statistics.median(with_page):.1f}, without {statistics.median(without):.1f}: "
        f"{ratio:.3f}× (half of the windows {low:.3f} to {high:.3f})",
        flush=True,
    )
    return {
        "median_ratio": ratio,
        "quartiles": [low, high],
        "steps_per_second_with": with_page,
        "steps_per_second_without": without,
    }


def _steps_per_second(samples: Path, window: float) -> float:
    time.sleep(SETTLE)
    start = time.time()
    time.sleep(window)
    seen = [sample for sample in _read(samples) if sample["time"] >= start]
    return (seen[-1]["step"] - seen[0]["step"]) / (seen[-1]["time"] - seen[0]["time"])


def _memory(samples: Path, minutes: float) -> dict[str, Any]:
    """The server's resident memory while it streams: at the start, at the end, the most, and its growth."""
    start = time.time()
    time.sleep(60 * minutes)
    seen = [sample for sample in _read(samples) if sample["time"] >= start]
    megabytes = [sample["memory"] / MEGABYTE for sample in seen]
    growth = statistics.linear_regression([(sample["time"] - start) / 60 for sample in seen], megabytes).slope
    print(
        f"  server memory over {minutes} min: {megabytes[0]:.0f} MB, then {megabytes[-1]:.0f} MB, at most "
        f"{max(megabytes):.0f} MB, {growth:+.1f} MB a minute"
    )
    return {
        "minutes": minutes,
        "first_mb": megabytes[0],
        "last_mb": megabytes[-1],
        "most_mb": max(megabytes),
        "growth_mb_per_minute": growth,
    }


def _read(samples: Path) -> list[Sample]:
    """All whole lines; the last one may still be in the writing."""
    return [json.loads(line) for line in samples.read_text().splitlines(keepends=True) if line.endswith("\n")]
