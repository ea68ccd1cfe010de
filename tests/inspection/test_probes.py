import itertools
from types import SimpleNamespace

import pytest

from scratchnn.config import DataConfig, preset
from scratchnn.data import load_dataset
from scratchnn.inspection.cost import estimate_cost
from scratchnn.inspection.probes import example_of, one_of_each_class
from scratchnn.models import build_model
from scratchnn.training.evaluation import predict


def test_probes_are_one_of_each_class_and_never_test_digits() -> None:
    held, none_held = load_dataset(DataConfig()), load_dataset(DataConfig(validation=0))
    assert held.watched is held.validation
    assert none_held.watched is none_held.training
    assert held.validation.labels[one_of_each_class(held.validation)].tolist() == list(range(10))


def test_a_small_split_may_lack_classes() -> None:
    few = load_dataset(DataConfig(validation=5)).validation
    places = one_of_each_class(few)
    assert few.labels[places].tolist() == sorted(set(few.labels.tolist()))
    assert len(places) < 10


def test_the_example_of_a_cell_is_what_the_network_is_surest_of() -> None:
    dataset, model = load_dataset(DataConfig()), build_model(preset("cnn", "course"))
    split = dataset.validation
    places = (split.labels == 3).nonzero()[:, 0]
    sure, said = predict(model, dataset.normalise(split.images[places])).max(1)
    wanted = int(said.mode().values)
    found = example_of(model, dataset, split, 3, wanted)
    assert found is not None
    assert sure[places.tolist().index(found)] == sure[said == wanted].max()
    never = next(digit for digit in range(10) if not (said == digit).any())
    assert example_of(model, dataset, split, 3, never) is None


def test_cost_counts_parameters_and_times_a_step() -> None:
    cost = estimate_cost(preset("cnn", "course"))
    assert cost.parameters == build_model(preset("cnn", "course")).num_parameters()
    assert 0 < cost.seconds_per_step < 60


def test_a_pass_that_was_not_disturbed_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    disturbed = itertools.cycle([0.09, 0.09, 0.09, 0.01])  # seconds that a pass takes on a busy machine
    clock = itertools.accumulate(itertools.chain.from_iterable((0.0, seconds) for seconds in disturbed))
    monkeypatch.setattr("scratchnn.inspection.cost.time", SimpleNamespace(perf_counter=lambda: next(clock)))
    assert estimate_cost(preset("cnn", "course")).seconds_per_step == pytest.approx(0.01)


def test_what_only_the_first_pass_takes_is_not_in_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = itertools.chain([0, 100], itertools.count(200))  # by this clock the first pass takes 100, the others one
    monkeypatch.setattr("scratchnn.inspection.cost.time", SimpleNamespace(perf_counter=lambda: next(seconds)))
    cost = estimate_cost(preset("cnn", "course"))
    assert cost.seconds_per_step == pytest.approx(64 / 8)  # a pass is of 8 images, a batch of 64
