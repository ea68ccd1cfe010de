"""The CNN page under AppTest: what is chosen in the link is explained, whatever the layer; a bad link is said."""

from __future__ import annotations

import contextlib
import io
import math

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from tests.pages.payloads import payloads

PLACES = [
    ("conv1", (3, 5, 9)), ("norm1", (3, 5, 9)), ("relu1", (3, 5, 9)), ("pool1", (3, 5, 9)), ("conv3", (60, 6, 6)),
    ("pool3", (2, 1, 1)), ("flatten", (575,)), ("fc1", (20,)), ("relu", (20,)), ("fc2", (7,)), ("probabilities", (7,)),
]  # fmt: skip


def page() -> None:
    from scratchnn.ui import cnn_page
    from scratchnn.ui.subject import choose_subject

    cnn_page.draw(choose_subject("cnn"))


def at(layer: str, position: tuple[int, ...]) -> str:
    return f"{layer}:{'.'.join(map(str, position))}"


@pytest.fixture
def app(runs_apart: None) -> AppTest:
    return AppTest.from_function(page, default_timeout=60)


@pytest.mark.parametrize(("layer", "position"), PLACES)
def test_the_linked_number_is_explained(app: AppTest, layer: str, position: tuple[int, ...]) -> None:
    app.query_params["digit"] = "test:3"
    app.query_params["at"] = at(layer, position)
    app.run()
    assert not app.exception
    (card,) = payloads(app, "card")
    assert app.header[0].value == card["title"]
    assert card["title"].startswith(f"{layer} · ")
    assert any(text.value.startswith(r"$\displaystyle ") for text in app.markdown)
    model, dataset = open_model("pretrained", "cnn").model, load_dataset(DataConfig())
    _, trace = inspect(model, dataset.normalise(dataset.test.images[3:4]))
    number = float(values(model, trace, layer)[position])
    assert card["value"] == number
    assert card["total"] == pytest.approx(number, rel=1e-5, abs=1e-5)
    sliding = payloads(app, "convolution")
    assert [data["position"] for data in sliding] == ([list(position)] if layer.startswith("conv") else [])
    assert card["picture"] is None or not sliding, "the convolution stands there twice"


def test_the_copied_text_gives_the_number_of_this_model_and_digit(app: AppTest) -> None:
    app.query_params["model"], app.query_params["digit"] = "untrained", "test:8"
    app.query_params["at"] = at("fc2", (4,))
    app.run()
    (card,) = payloads(app, "card")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(card["snippet"], {})
    assert float(printed.getvalue()) == pytest.approx(card["value"], rel=1e-5, abs=1e-5)


def test_a_maximum_shows_what_the_mean_would_have_been(app: AppTest) -> None:
    app.query_params["digit"] = "test:3"
    app.query_params["at"] = at("pool1", (7, 5, 9))
    app.run()
    (card,) = payloads(app, "card")
    numbers = [number for _, number in card["instead"]["shown"]]
    assert numbers == [number for _, number in card["steps"][-1]["shown"]]
    assert card["instead"]["result"] == pytest.approx(math.fsum(numbers) / 4)
    assert card["value"] == max(numbers) > card["instead"]["result"], "a window of equal numbers shows nothing"


def test_without_a_choice_there_is_only_the_network(app: AppTest) -> None:
    app.run()
    assert not app.exception
    assert len(payloads(app, "network")) == 1
    assert not payloads(app, "card")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("conv9:1.1.1", "This network has no layer “conv9”; choose a number in the picture."),
        ("conv1:99.0.0", "This network’s conv1 has no number 99.0.0; choose one in the picture."),
        ("conv1:1", "This network’s conv1 has no number 1; choose one in the picture."),
        ("fc2:10", "This network’s fc2 has no number 10; choose one in the picture."),
        ("input:0.28.0", "This network’s input has no number 0.28.0; choose one in the picture."),
        ("[a](b):1", r"This network has no layer “\[a](b)”; choose a number in the picture."),
    ],
)
def test_a_link_to_nowhere_is_said(app: AppTest, place: str, said: str) -> None:
    app.query_params["at"] = place
    app.run()
    assert not app.exception
    assert [warning.value for warning in app.warning] == [said]


def test_a_pixel_of_the_image_has_a_card(app: AppTest) -> None:
    app.query_params["at"] = "input:0.9.10"
    app.run()
    assert not app.exception
    (card,) = payloads(app, "card")
    assert card["name"] == "input: pixel, row 9, column 10 of the digit"
    assert card["steps"][-1]["result"] == card["total"]


@pytest.mark.parametrize("place", ["conv1", "conv1:x.y.z"])
def test_a_broken_link_has_no_card(app: AppTest, place: str) -> None:
    app.query_params["at"] = place
    app.run()
    assert not app.exception
    assert not payloads(app, "card")
    assert not app.warning
