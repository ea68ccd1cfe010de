"""A training step does not ask the kernel for memory that the step before it gave back."""

import subprocess
import sys

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
