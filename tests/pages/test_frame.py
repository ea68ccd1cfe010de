"""One digit on every page: chosen anywhere, it is the one that every page shows; in sight with what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.figures.digits import subject_strip
from scratchnn.inspection.digits import find_digit
from tests.pages.payloads import payloads
from tests.pages.training_helpers import button, job_of, train_page, until
from tests.unpacking import unpack

PAGES = ["home", "train", "cnn", "transformer"]


def go_to(app: AppTest, page: str) -> dict[str, Any]:
    """The page's strip."""
    app.switch_page(f"pages/{page}.py").run()
    return strip(app)


def strip(app: AppTest) -> dict[str, Any]:
    assert not app.exception
    (data,) = payloads(app, "strip")
    return dict(data)


@pytest.mark.parametrize("chosen_on", PAGES)
def test_a_digit_chosen_on_one_page_is_shown_on_every_other(app: AppTest, chosen_on: str) -> None:
    app.run()
    assert go_to(app, chosen_on)["title"] == "Test digit 0, a 7"
    app.number_input(key="subject.number").set_value(3).run()
    for page in PAGES:
        assert go_to(app, page)["title"] == "Test digit 3, a 0", page
        assert app.query_params["digit"] in ("test:3", ["test:3"])
        assert app.number_input(key="subject.number").value == 3


def test_home_says_what_both_networks_take_the_digit_for(app: AppTest) -> None:
    app.run()
    said = strip(app)
    assert said["right"] is True
    assert said["said"].startswith("CNN: 7 with ")
    assert "; Transformer: 7 with " in said["said"]
    (gallery,) = payloads(app, "digits")
    assert [item["label"] for item in gallery["items"]] == [*range(10)]
    assert gallery["chosen"] == 0
    networks = payloads(app, "network")
    assert [len(network["columns"]) > 5 and network["label"] for network in networks] == [7, 7]
    for words in ("CNN’s next mistake", "Transformer’s next mistake"):
        next(b for b in app.sidebar.button if b.label == words).click().run()
        assert strip(app)["right"] is not True


def test_a_link_to_no_digit_is_named_on_every_page(app: AppTest) -> None:
    app.query_params["digit"] = "test:123456"
    app.run()
    assert [warning.value for warning in app.sidebar.warning] == [
        "There is no test digit '123456': they go from 0 to 9,999."
    ]
    assert strip(app)["title"] == "Test digit 0, a 7"


def test_what_the_network_in_training_says_of_the_digit_stays_in_sight(app: AppTest) -> None:
    train_page(app)
    app.number_input(key="subject.number").set_value(3).run()
    assert strip(app)["said"].startswith("CNN, after 0 steps: ")
    button(app, "Train").click().run()
    job = job_of(app)
    until(lambda: (taken := job.snapshot()) is not None and taken.step > 0)
    app.run()
    said = strip(app)
    assert said["title"] == "Test digit 3, a 0"
    assert said["said"].startswith("CNN, after ")
    assert not said["said"].startswith("CNN, after 0 steps")
    job.stop()


def test_a_strip_says_right_or_wrong_only_of_all_alike() -> None:
    dataset = load_dataset(DataConfig())
    digit = find_digit("test:3", dataset)
    sure = torch.eye(10)

    def right(**probabilities: torch.Tensor) -> object:
        return unpack(subject_strip(digit, dataset.classes, probabilities))["right"]

    assert right(one=sure[0]) is True
    assert right(one=sure[1], other=sure[2]) is False
    assert right(one=sure[0], other=sure[2]) is None
