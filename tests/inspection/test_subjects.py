"""A model by its key: bundled, saved, live; and a sentence where there is none."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from scratchnn.config import ModelName, RunConfig, preset
from scratchnn.data import load_dataset
from scratchnn.inspection.digits import find_digit
from scratchnn.inspection.subjects import SubjectError, keep, kept_moments, newest, open_model, saved_runs
from scratchnn.models import build_model
from scratchnn.training.evaluation import predict
from scratchnn.training.registry import registry
from scratchnn.training.runs import RUNS, Run

NAME = "2026-01-02-030405-cnn-abcd"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs go into a temporary folder, and no training outlives the test."""
    monkeypatch.chdir(tmp_path)
    yield
    registry.close()


def write_run(config: RunConfig, name: str = NAME) -> Run:
    """A run whose weights at step s are those of seed s."""
    run = Run.create(RUNS / name, config)
    run.begin()
    for step in (0, 10, 200):
        run.write_snapshot(step, weights(config, step))
    run.write_best(10, weights(config, 10))
    run.write_resume(200, {"model": weights(config, 200)}, {})
    return run


def weights(config: RunConfig, seed: int) -> dict[str, torch.Tensor]:
    return build_model(config.changed("training", seed=seed)).state_dict()


def same(state: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return state.keys() == other.keys() and all(torch.equal(state[name], other[name]) for name in state)


@pytest.mark.parametrize("kind", ["cnn", "transformer"])
def test_pretrained_knows_its_digits_and_untrained_is_the_same_network_before(kind: ModelName) -> None:
    pretrained, untrained = open_model("pretrained", kind), open_model("untrained", kind)
    dataset = load_dataset(pretrained.config.data)
    images, labels = dataset.normalise(dataset.test.images[:200]), dataset.test.labels[:200]
    assert int((predict(pretrained.model, images).argmax(1) == labels).sum()) >= 198
    assert int((predict(untrained.model, images).argmax(1) == labels).sum()) < 60
    assert (pretrained.name, untrained.name, untrained.step) == ("pretrained", "untrained", 0)
    assert pretrained.step > 10_000
    assert pretrained.config == untrained.config
    assert same(untrained.model.state_dict(), build_model(pretrained.config).state_dict())
    assert not pretrained.model.training
    assert not untrained.model.training


@pytest.mark.parametrize(("moment", "seed"), [("0", 0), ("10", 10), ("200", 200), ("best", 10), ("last", 200)])
def test_a_saved_run_at_each_moment_that_it_kept(moment: str, seed: int) -> None:
    run = write_run(preset("cnn", "course"))
    opened = open_model(f"run:{NAME}@{moment}", "cnn")
    assert opened.step == seed
    assert same(opened.model.state_dict(), weights(run.config, seed))
    assert not opened.model.training
    assert NAME in opened.name


def test_runs_are_listed_with_what_they_kept() -> None:
    assert saved_runs("cnn") == {}
    write_run(preset("cnn", "course"))
    write_run(preset("transformer", "live"), "of-the-other")
    Run.create(RUNS / "just-begun", preset("cnn", "course")).begin()
    (RUNS / "broken").mkdir()
    (RUNS / "broken" / "config.json").write_text("{")
    assert list(saved_runs("cnn")) == [NAME]
    assert kept_moments(saved_runs("cnn")[NAME]) == [0, 10, 200, "last", "best"]


def test_what_changes_is_noticed() -> None:
    run = write_run(preset("cnn", "course"))
    before = newest(f"run:{NAME}@best")
    run.write_best(200, weights(run.config, 200))
    assert newest(f"run:{NAME}@best") != before
    assert newest("pretrained") == newest("pretrained") == newest("live:nobody") == newest("run:none@best") == (0, "")


def test_a_live_training_at_its_newest_snapshot() -> None:
    job = registry.create(preset("cnn", "course"))
    key = f"live:{job.id}"
    assert open_model(key, "cnn").step == newest(key)[0] == 0
    for _ in range(3):
        job.step_once()
    while (made := job.snapshot()) is None or made.step < 3:
        time.sleep(0.05)
    snapshot, opened = job.snapshot(), open_model(key, "cnn")
    assert snapshot is not None
    assert opened.step == newest(key)[0] == 3
    assert same(opened.model.state_dict(), snapshot.state)
    assert not opened.model.training
    opened.model.state_dict()["fc2.bias"].zero_()  # a copy: to write into it does the training no harm
    assert not same(opened.model.state_dict(), snapshot.state)
    opened = open_model(key, "cnn")
    assert (opened.key, opened.kept) == (f"run:{job.run_folder.name}@3", False)
    keep(opened)
    job.stop()
    job.join(60)
    assert open_model(opened.key, "cnn").kept
    assert same(open_model(opened.key, "cnn").model.state_dict(), snapshot.state)


@pytest.mark.parametrize("key", ["pretrained", "untrained", f"run:{NAME}@200", f"run:{NAME}@best", f"run:{NAME}@last"])
def test_what_was_opened_knows_its_key(key: str) -> None:
    write_run(preset("cnn", "course"))
    assert open_model(key, "cnn").key == key


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "no known kind"),
        ("pretrained:x", "no known kind"),
        ("live:nobody", "no longer here"),
        ("run:", "names no run"),
        ("run:../elsewhere@best", "names no run"),
        ("run:..@best", "names no run"),
        ("run:/etc@best", "names no run"),
        ("run:none@best", "^the saved run “none” is not here; choose another model$"),
        (f"run:{NAME}@", "kept no weights"),
        (f"run:{NAME}@11", "kept no weights"),
        (f"run:{NAME}@010", "kept no weights"),
        (f"run:{NAME}@worst", "kept no weights"),
    ],
)
def test_a_key_that_leads_nowhere_is_refused(key: str, said: str) -> None:
    write_run(preset("cnn", "course"))
    with pytest.raises(SubjectError, match=said):
        open_model(key, "cnn")


def test_another_network_or_another_models_weights_are_refused() -> None:
    run = write_run(preset("cnn", "course"))
    with pytest.raises(SubjectError, match="is a CNN, and this page shows the Transformer"):
        open_model(f"run:{NAME}@best", "transformer")
    other = Run.create(RUNS / "other", run.config.changed("cnn", channels=(4, 8)))
    other.begin()
    shutil.copy(run.folder / "best.safetensors", other.folder / "best.safetensors")
    with pytest.raises(SubjectError, match="another model"):
        open_model("run:other@best", "cnn")
    (run.folder / "best.safetensors").write_bytes(b"nothing")
    with pytest.raises(SubjectError, match="damaged"):
        open_model(f"run:{NAME}@best", "cnn")


def test_a_network_of_another_image_size_finds_digits_of_its_size() -> None:
    run = write_run(preset("cnn", "course").changed("cnn", image_size=20))
    opened = open_model(f"run:{NAME}@best", "cnn")
    dataset = load_dataset(run.config.data, run.config.architecture.image_size)
    assert predict(opened.model, dataset.normalise(find_digit("test:3", dataset).image[None])).shape == (1, 10)
