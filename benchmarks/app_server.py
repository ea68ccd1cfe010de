"""The app with one long training in it, and a thread that writes down its progress: what `benchmarks/app.py` starts.

`python -m benchmarks.app_server PORT FOLDER` trains the course CNN into FOLDER/run, puts the training's id into
FOLDER/job, and adds a line to FOLDER/samples.jsonl ten times a second.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import psutil
from streamlit.web import cli

from scratchnn.config import preset
from scratchnn.training.job import TrainingJob
from scratchnn.training.registry import registry

EVERY = 0.1  # seconds


def main(port: str, folder: Path) -> None:
    registry.grace = 3600  # the training goes on, whether a page is open or not
    config = preset("cnn", "course").changed("training", epochs=200)  # longer than any measurement
    job = registry.create(config, folder / "run")
    (folder / "job").write_text(job.id)
    job.start()
    threading.Thread(target=_sample, args=(job, folder / "samples.jsonl"), daemon=True).start()
    cli.main(["run", "app.py", "--server.port", port, "--server.headless", "true"])


def _sample(job: TrainingJob, path: Path) -> None:
    process = psutil.Process()
    with path.open("w", buffering=1) as file:
        while True:
            sample = {"time": time.time(), "step": job.progress.step, "memory": process.memory_info().rss}
            file.write(json.dumps(sample) + "\n")
            time.sleep(EVERY)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
