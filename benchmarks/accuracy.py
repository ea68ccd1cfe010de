"""How long each trains until 98.0 % of all 10,000 test digits are right.

The course's recipe is Adam at 1e-3 with batches of 32. Ours may use any; the one below was chosen on validation
images. Both start from the same weights, meet the images in the same order, and are looked at equally often. Only
training is on the clock (batches, forward, loss, backward, Adam), not the looking.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.learners import Learner, OurLearner, TwinLearner, first_weights
from benchmarks.timing import BASELINE, OURS
from scratchnn.config import preset
from scratchnn.data import BatchOrder, Dataset, load_dataset
from scratchnn.schedules import Constant, OneCycle, Schedule

GOAL = 0.98
LOOK_EVERY = 1600  # training images between two looks at the test digits
GIVE_UP = 120_000  # training images


@dataclass(frozen=True)
class Recipe:
    """Adam with batches of some size, at a constant rate, or through one cycle over so many images."""

    batch_size: int
    learning_rate: float
    one_cycle_images: int | None = None
    warmup: float = 0.3

    def schedule(self) -> Schedule:
        if self.one_cycle_images is None:
            return Constant()
        return OneCycle(self.one_cycle_images // self.batch_size, warmup=self.warmup)


COURSE = Recipe(batch_size=32, learning_rate=1e-3)
FAST = Recipe(batch_size=64, learning_rate=6e-3, one_cycle_images=19_200, warmup=0.2)

RACERS: dict[str, tuple[Callable[..., Learner], Recipe]] = {
    f"{BASELINE}, course recipe": (TwinLearner, COURSE),
    f"{OURS}, course recipe": (OurLearner, COURSE),
    f"{OURS}, one cycle": (OurLearner, FAST),
}


def run(quick: bool) -> dict[str, Any]:
    config = preset("cnn", "course").changed("data", validation=0)
    dataset = load_dataset(config.data)
    seconds: dict[str, list[float]] = {name: [] for name in RACERS}
    images: dict[str, list[int]] = {name: [] for name in RACERS}
    for seed in range(3 if quick else 9):
        for name, (make, recipe) in RACERS.items():
            took, seen = _race(make(config, first_weights(config, seed)), recipe, dataset, seed)
            seconds[name].append(took)
            images[name].append(seen)
            print(f"  seed {seed}  {name:<26} {took:6.2f} s  {seen:6} images", flush=True)

    base = seconds[f"{BASELINE}, course recipe"]
    return {
        name: {
            "recipe": asdict(recipe),
            "median_seconds": statistics.median(seconds[name]),
            "median_ratio": statistics.median(own / other for own, other in zip(seconds[name], base, strict=True)),
            "reached": sum(seen < GIVE_UP - recipe.batch_size for seen in images[name]),
            "seconds": seconds[name],
            "images": images[name],
        }
        for name, (_, recipe) in RACERS.items()
    }


def _race(learner: Learner, recipe: Recipe, dataset: Dataset, seed: int) -> tuple[float, int]:
    """Seconds of training, and training images seen, until the goal, or until there is no hope of it."""
    order = BatchOrder(len(dataset.training), recipe.batch_size, seed)
    schedule = recipe.schedule()
    test_images = dataset.normalise(dataset.test.images)
    seconds, seen, looked = 0.0, 0, 0
    for step in range(GIVE_UP // recipe.batch_size):
        start = time.perf_counter()
        chosen = order.indices(step)
        batch = dataset.normalise(dataset.training.images[chosen])
        learner.learn(batch, dataset.training.labels[chosen], recipe.learning_rate * schedule.factor(step))
        seconds += time.perf_counter() - start
        seen += len(chosen)
        if seen // LOOK_EVERY > looked:
            looked = seen // LOOK_EVERY
            if _accuracy(learner, test_images, dataset) >= GOAL:
                return seconds, seen
    return seconds, seen


def _accuracy(learner: Learner, images: Any, dataset: Dataset) -> float:
    right = sum(
        int((learner.predict(x) == y).sum())
        for x, y in zip(images.split(500), dataset.test.labels.split(500), strict=True)
    )
    return right / len(dataset.test)
