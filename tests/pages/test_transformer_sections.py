"""The sections below the Transformer's canvas under AppTest: what they show is the network's own, and choices stay."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.figures.patches import order_table
from scratchnn.inspection.patches import hide_patches, random_order
from scratchnn.inspection.position_swap import compare_orders, count_right
from scratchnn.inspection.subjects import open_model
from scratchnn.models import CustomTransformer
from tests.pages.payloads import payloads


def section() -> None:
    """One section, on the pretrained network or on another that the test describes."""
    import streamlit as st

    from scratchnn.inspection.layers import inspect
    from scratchnn.inspection.look import Look
    from scratchnn.models import CustomTransformer
    from scratchnn.ui import patches_section, positions_section, softmax_section
    from scratchnn.ui.subject import choose_subject

    subject, settings = choose_subject("transformer"), st.session_state.get("test.settings")
    if settings is not None:
        object.__setattr__(subject, "model", CustomTransformer(**settings).eval())
    match st.session_state["test.section"]:
        case "positions":
            positions_section.draw(subject)
        case "patches":
            patches_section.draw(subject)
        case "softmax":
            _, trace = inspect(subject.model, subject.dataset.normalise(subject.digit.image[None]))
            softmax_section.draw(
                subject, trace, Look(*st.session_state.get("test.place", (1, 3, 5))), lambda place: None
            )


@pytest.fixture
def app(runs_apart: None) -> AppTest:
    found = AppTest.from_function(section, default_timeout=60)
    found.query_params["digit"] = "test:3"
    return found


def run(app: AppTest, name: str, **state: Any) -> AppTest:
    app.session_state["test.section"] = name
    for key, value in state.items():
        app.session_state[f"test.{key}"] = value
    app.run()
    assert not app.exception
    return app


def click(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def pretrained() -> tuple[CustomTransformer, torch.Tensor]:
    model, dataset = open_model("pretrained", "transformer").model, load_dataset(DataConfig())
    assert isinstance(model, CustomTransformer)
    return model, dataset.normalise(dataset.test.images[3:4])


CONFIGS: list[dict[str, Any]] = [
    {"width": 12, "heads": 2, "feed_forward": 8, "depth": 1, **more}
    for more in (
        {"pooling": "class_token", "patch_size": 4},
        {"patch_size": 14, "position": "none"},
        {"position": "sinusoidal"},
        {"patch_size": 28},
        {"width": 9, "heads": 3},
    )
]


@pytest.mark.parametrize("name", ["positions", "patches", "softmax"])
@pytest.mark.parametrize("settings", CONFIGS)
def test_every_section_works_for_every_network(app: AppTest, name: str, settings: dict[str, Any]) -> None:
    run(app, name, settings=settings, place=(0, 0, 0))
    assert payloads(app, name)


def test_positions_compares_the_own_encoding_with_the_others(app: AppTest) -> None:
    (shown,) = payloads(run(app, "positions"), "positions")
    assert [kind["kind"] for kind in shown["kinds"]] == ["learned", "sinusoidal", "none"]
    assert shown["shape"] == [16, 96]


def test_hidden_patches_make_the_sequence_shorter_and_stay(app: AppTest) -> None:
    before, _ = payloads(run(app, "patches"), "patches")
    assert before["tokens"] == [16, 16]
    app.query_params["hidden"] = "16:5.6"
    after, _ = payloads(app.run(), "patches")
    assert after["tokens"] == [16, 14]
    model, image = pretrained()
    said = int(hide_patches(model, image, [5, 6]).after.argmax())
    assert f"says {said}" in after["said"]
    app.query_params["digit"] = "test:4"
    other, _ = payloads(app.run(), "patches")
    assert other["hidden"] == [5, 6]
    run(app, "positions")
    back, _ = payloads(run(app, "patches"), "patches")
    assert back["hidden"] == [5, 6]


def test_shuffling_gives_each_encodings_answers(app: AppTest) -> None:
    run(app, "patches")
    model, image = pretrained()
    assert payloads(app, "patches")[1]["order"] == random_order(16, 1)
    tables = [shown.value for shown in app.markdown if shown.value.startswith("| encoding | in order")]
    assert tables == [order_table(compare_orders(model, image, random_order(16, 1)), [str(i) for i in range(10)])]
    click(app, "Shuffle anew")
    assert app.number_input(key="patches.order").value == 2
    click(app, "In order")
    assert app.number_input(key="patches.order").value == 0
    (table,) = [shown.value for shown in app.markdown if shown.value.startswith("| encoding | in order")]
    assert table.count("differ by rounding") == 3
    app.number_input(key="patches.order").set_value(77).run()
    assert app.query_params["order"] == "77"
    run(app, "positions")
    run(app, "patches")
    assert app.number_input(key="patches.order").value == 77


def test_after_the_last_order_comes_the_first(app: AppTest) -> None:
    app.query_params["order"] = "99999"
    run(app, "patches")
    click(app, "Shuffle anew")
    assert app.query_params["order"] == "1"


@pytest.mark.parametrize(
    ("address", "order"), [("7", 7), ("0", 0), ("99999", 99999), ("123456", 1), ("x", 1), ("", 1)]
)
def test_an_order_comes_from_the_link(app: AppTest, address: str, order: int) -> None:
    app.query_params["order"] = address
    run(app, "patches")
    assert app.number_input(key="patches.order").value == order
    assert payloads(app, "patches")[1]["order"] == (random_order(16, order) if order else list(range(16)))


def test_right_answers_are_counted_when_asked_and_kept(app: AppTest) -> None:
    run(app, "patches")
    assert not [shown for shown in app.markdown if "of 500" in shown.value]
    click(app, "Count over the first 500 test digits")
    (table,) = [shown.value for shown in app.markdown if "of 500" in shown.value]
    model, dataset = pretrained()[0], load_dataset(DataConfig())
    images = dataset.normalise(dataset.test.images[:500])
    for score in count_right(model, images, dataset.test.labels[:500], random_order(16, 1)):
        assert f"| {score.in_order} of 500" in table
        assert f"| {score.shuffled} of 500" in table
    app.query_params["digit"] = "test:4"
    assert [shown.value for shown in app.run().markdown if "of 500" in shown.value] == [table]
    click(app, "Shuffle anew")
    assert not [shown for shown in app.markdown if "of 500" in shown.value]


def test_the_row_begins_where_it_is_told(app: AppTest) -> None:
    (shown,) = payloads(run(app, "softmax"), "softmax")
    assert shown["chosen"] == {"layer": 1, "head": 3, "query": 5, "key": None}
