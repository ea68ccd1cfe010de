"""A training step does not ask the kernel for memory that the step before it gave back."""

import os
import subprocess
import sys

import pytest

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


@pytest.mark.parametrize("heaps", [{}, {"MALLOC_ARENA_MAX": "2"}], ids=["any number of heaps", "two, as in make run"])
def test_a_step_in_a_thread_touches_hardly_a_new_page(heaps: dict[str, str]) -> None:
    """In a process of its own, since what malloc does depends on all that was allocated before."""
    command, surroundings = [sys.executable, "-c", IN_A_THREAD], os.environ | heaps
    result = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=True)
    assert int(result.stdout) < 200, "pages for each step; it is thousands where freed memory goes back"
