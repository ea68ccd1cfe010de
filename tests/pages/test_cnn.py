"""The CNN page under AppTest: what is chosen in the link is explained, whatever the layer; a bad link is said."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model

POSITIONS = [
    "conv1.3.5.9", "norm1.3.5.9", "relu1.3.5.9", "pool1.3.5.9", "conv3.60.6.6", "pool3.2.1.1",
    "flatten.575", "fc1.20", "relu.20", "fc2.7", "probabilities.7",
]  # fmt: skip


def page() -> None:
    from scratchnn.ui import cnn_page
    from scratchnn.ui.subject import choose_subject

    cnn_page.draw(choose_subject("cnn"))


@pytest.fixture
def app(runs_apart: None) -> AppTest:
    return AppTest.from_function(page, default_timeout=60)


@pytest.mark.parametrize("place", POSITIONS)
def test_the_linked_number_is_explained(app: AppTest, place: str) -> None:
    app.query_params["digit"] = "test:3"
    app.query_params["at"] = place
    app.run()
    assert not app.exception
    layer, *position = place.split(".")
    assert app.header[0].value.startswith(f"{layer}: ")
    model, dataset = open_model("pretrained", "cnn").model, load_dataset(DataConfig())
    _, trace = inspect(model, dataset.normalise(dataset.test.images[3:4]))
    number = float(values(model, trace, layer)[tuple(map(int, position))])
    said = next(caption.value for caption in app.caption if "own number" in caption.value)
    shown = float(said.split(" is ")[1].split(";")[0].replace("−", "-"))
    assert shown == pytest.approx(number, rel=1e-6)


def test_without_a_choice_there_is_only_the_network(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert not app.header


@pytest.mark.parametrize("place", ["conv9.1.1.1", "conv1.99.0.0", "conv1.1", "fc2.10"])
def test_a_link_to_nowhere_is_said(app: AppTest, place: str) -> None:
    app.query_params["at"] = place
    app.run()
    assert not app.exception
    assert len(app.warning) == 1


@pytest.mark.parametrize("place", ["", "conv1", "conv1.x.y.z", ".", "conv1..", "conv1.٣.1.1", "input.0.0.0"])
def test_a_broken_link_chooses_nothing(app: AppTest, place: str) -> None:
    app.query_params["at"] = place
    app.run()
    assert not app.exception
    assert not app.header
    assert not app.warning
