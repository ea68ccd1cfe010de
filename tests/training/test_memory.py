"""A training step does not ask the kernel for memory that the step before it gave back; what lies free goes back."""

import subprocess
import sys
from pathlib import Path

import pytest

from scratchnn.config import preset
from scratchnn.training import recording
from scratchnn.training.runs import Run

IN_A_THREAD = """
import resource, threading
from scratchnn.config import preset
from scratchnn.training.trainer import Trainer

def train():
    trainer = Trainer(preset("cnn", "course"))
    for _ in range(20):
        trainer.train_step()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        trainer.train_step()
    print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 20)

thread = threading.Thread(target=train)
thread.start()
thread.join()
"""


def test_a_step_in_a_thread_touches_hardly_a_new_page() -> None:
    """In a process of its own, since what malloc does depends on all that was allocated before."""
    result = subprocess.run([sys.executable, "-c", IN_A_THREAD], capture_output=True, text=True, check=True)
    assert int(result.stdout) < 200, "pages for each step; it is some 1,700 where freed memory goes back"


FREE_BELOW_OTHERS = """
import threading
import psutil
from scratchnn.training.memory import give_back_memory

blocks = []

def fill():
    blocks.extend(b"x" * 100_000 for _ in range(1000))

thread = threading.Thread(target=fill)
thread.start()
thread.join()
del blocks[:-1]  # the last one stands above the others: what is free below it stays
before = psutil.Process().memory_info().rss
give_back_memory()
print((before - psutil.Process().memory_info().rss) >> 20)
"""


def test_what_lies_free_below_other_memory_goes_back_to_the_kernel() -> None:
    result = subprocess.run([sys.executable, "-c", FREE_BELOW_OTHERS], capture_output=True, text=True, check=True)
    assert int(result.stdout) > 60, "MB, of the 95 that are free"


def test_a_training_gives_memory_back_each_time_that_it_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back = []
    monkeypatch.setattr(recording, "give_back_memory", lambda: given_back.append(True))
    with recording.RecordedTraining(Run.create(tmp_path / "run", preset("cnn", "course"))) as training:
        training.step()
        training.save()
        assert len(given_back) == 2, "before the first step, and now"
