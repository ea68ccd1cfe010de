"""The command line: `python -m scratchnn train` and `evaluate`.

What goes wrong is said in one sentence on stderr, with exit status 2. torch is imported only where a command
needs it, so that help and refusals come at once.
"""

from __future__ import annotations

import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

from scratchnn.flags import FlagError, Parser, add_settings, build_config, given_flags

if TYPE_CHECKING:
    from scratchnn.training.recording import RecordedTraining
    from scratchnn.training.runs import Run

NAME = "python -m scratchnn"
INTERRUPTED = 130  # the exit status of a command ended by Ctrl-C

ABOUT = "Train a CNN or a Transformer whose forward and backward passes are written by hand, and measure it."
TRAIN = f"""Train a network on MNIST and keep the run in a folder, from which it can be resumed and evaluated.

    {NAME} train --model cnn --epochs 1 --seed 0 --out runs/first
    {NAME} train --resume runs/first

Ctrl-C stops after the step at hand and saves."""
EVALUATE = f"""Measure a network on the 10,000 test images.

    {NAME} evaluate runs/first
    {NAME} evaluate runs/first/snapshots/step-000100.safetensors"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, by default that of the command line.

    Returns:
        The exit status: 0 well, 2 refused or failed, 130 interrupted.
    """
    try:
        parser = _parser()
        options, unknown = parser.parse_known_args(arguments)
        options.parser.refuse_unknown(unknown)
        status: int = options.command(options)
    except KeyboardInterrupt:  # before a training began, or for the second time
        return INTERRUPTED
    except (ValueError, OSError, RuntimeError, MemoryError) as error:
        print(" ".join(str(error).split()) or type(error).__name__, file=sys.stderr)
        return 2
    return status


def _parser() -> Parser:
    parser = Parser(prog=NAME, description=ABOUT)
    commands = parser.add_subparsers(title="commands", metavar="train|evaluate", required=True)
    training = commands.add_parser(
        "train", help="train a network, or go on with a run", description=TRAIN, usage=f"{NAME} train [FLAG …]"
    )
    training.set_defaults(command=train, parser=training)
    where = training.add_argument_group("where")
    where.add_argument("--out", type=Path, metavar="FOLDER", help="New folder for the run (default: one below runs/)")
    where.add_argument("--resume", type=Path, metavar="RUN", help="Folder of a run to go on with, settings and all")
    _add_machine(where)
    add_settings(training)

    evaluation = commands.add_parser("evaluate", help="measure a network on the test images", description=EVALUATE)
    evaluation.set_defaults(command=evaluate, parser=evaluation)
    evaluation.add_argument("run", type=Path, metavar="RUN", help="Run folder, or a .safetensors file of one")
    evaluation.add_argument(
        "--data", metavar="FOLDER", help="Folder that holds the data set (default: as the run was trained)"
    )
    _add_machine(evaluation)
    return parser


def _add_machine(group: Any) -> None:
    group.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="What computes (default cpu)")
    group.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: one per core)")


def train(options: Namespace) -> int:
    """Train until the end or Ctrl-C."""
    with Interrupt() as interrupt, _open(options) as training:
        _say_what(training)
        _train(training, interrupt)
        if not training.done:
            folder = training.run.folder
            print(f"Stopped and saved at step {training.trainer.step:,}; go on with: {NAME} train --resume {folder}")
            return INTERRUPTED
        result = training.finish()
    chosen = "best on the validation images" if result["validation_accuracy"] is not None else "last"
    print(
        f"accuracy {result['test_accuracy']:.2%} and loss {result['test_loss']:.4f} on the "
        f"{len(training.trainer.dataset.test):,} test images, with the weights of step {result['best_step']:,}, "
        f"the {chosen}"
    )
    return 0


class Interrupt:
    """Ctrl-C and the system's wish to end, noted to be met between two steps; a second one is met at once."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def _open(options: Namespace) -> RecordedTraining:
    run = _find_run(options)
    _set_threads(options.threads)
    from scratchnn.training.recording import RecordedTraining

    training = RecordedTraining(run, device=options.device)
    if training.threads and not options.threads:
        _set_threads(training.threads)  # sums in other parts would round in another way
    return training


def _find_run(options: Namespace) -> Run:
    from scratchnn.training.runs import Run, new_folder

    if not options.resume:
        config = build_config(options)
        return Run.create(options.out or new_folder(config), config)
    given = given_flags(options) + ["--out"] * bool(options.out)
    if given:
        raise FlagError(f"a resumed run keeps its settings and its folder; leave out {' and '.join(given)}")
    return Run.open(options.resume).unfinished()


def _set_threads(threads: int | None) -> None:
    if threads is None:
        return
    if threads < 1:
        raise FlagError(f"--threads: must be at least 1, not {threads}")
    import torch

    torch.set_num_threads(threads)


def _say_what(training: RecordedTraining) -> None:
    trainer = training.trainer
    begun = f", going on after step {trainer.step:,}" if trainer.step else ""
    print(
        f"{type(trainer.model).__name__} of {trainer.model.num_parameters():,} parameters learns from "
        f"{len(trainer.dataset.training):,} images{begun}, into {training.run.folder}"
    )


def _train(training: RecordedTraining, interrupt: Interrupt) -> None:
    """Step by step, with a progress bar on stdout: stderr is for what goes wrong."""
    from tqdm import tqdm

    trainer = training.trainer
    every = 0.1 if sys.stdout.isatty() else 10.0  # seconds; in a log file each turn of the bar is a line
    with tqdm(
        total=trainer.total_steps, initial=trainer.step, unit=" steps", mininterval=every, file=sys.stdout
    ) as bar:
        while not training.done and not interrupt.asked:
            row = training.step()
            seen = trainer.metrics.last_evaluation
            validation = f", validation {seen.accuracy:.1%}" if seen and seen.split == "validation" else ""
            bar.set_postfix_str(f"loss {row.loss:.3f}, accuracy {row.accuracy:.0%}{validation}", refresh=False)
            bar.update()
        if not training.done:
            training.save()


def evaluate(options: Namespace) -> int:
    """Print accuracy and loss on the test images."""
    from scratchnn.training.checkpoints import Checkpoint
    from scratchnn.training.runs import Run

    path: Path = options.run
    checkpoint = Checkpoint.read(path) if path.is_file() else Run.open(path).best_or_last()
    _set_threads(options.threads)
    test = checkpoint.evaluate(options.data, options.device)
    print(
        f"accuracy {test.accuracy:.2%} and loss {test.loss:.4f} on the {test.images:,} test images, "
        f"with the weights of step {test.step:,}"
    )
    return 0
