"""The Transformer page under AppTest: every kind of number is explained; the questions answer; large networks, too."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from tests.pages.payloads import payloads
from tests.pages.test_cnn import at

BLOCK = "encoder.layers.2"
PLACES = [
    ("patch_embedding.pixels", (9, 11)), ("patch_embedding", (9, 50)), ("position", (9, 50)),
    (f"{BLOCK}.norm1", (9, 50)), (f"{BLOCK}.self_attn.query", (3, 9, 11)), (f"{BLOCK}.self_attn.scores", (3, 9, 5)),
    (f"{BLOCK}.self_attn.softmax", (3, 9, 5)), (f"{BLOCK}.self_attn.context", (9, 50)),
    (f"{BLOCK}.self_attn.out_proj", (9, 50)), (f"{BLOCK}.residual1", (9, 50)), (f"{BLOCK}.linear1", (9, 150)),
    (f"{BLOCK}.activation", (9, 150)), (f"{BLOCK}.linear2", (9, 50)), (f"{BLOCK}.residual2", (9, 50)),
    ("encoder.norm", (9, 50)), ("pooling", (50,)), ("head", (7,)), ("probabilities", (7,)),
]  # fmt: skip
QUESTIONS = {"heads": {"attention", "heads", "softmax"}, "positions": {"positions"}, "patches": {"patches"}}


def page() -> None:
    from scratchnn.ui import transformer_page
    from scratchnn.ui.subject import choose_subject

    transformer_page.draw(choose_subject("transformer"))


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
    assert card["name"].startswith(f"{layer}: ")
    (canvas,) = payloads(app, "network")
    assert canvas["chosen"] == {"layer": layer, "position": list(position)}
    model, dataset = open_model("pretrained", "transformer").model, load_dataset(DataConfig())
    _, trace = inspect(model, dataset.normalise(dataset.test.images[3:4]))
    number = float(values(model, trace, layer)[position])
    assert card["value"] == number
    assert card["total"] == pytest.approx(number, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_is_answered(app: AppTest, question: str) -> None:
    app.run()
    app.pills(key="transformer.question").set_value(question).run()
    assert not app.exception
    shown = {name for names in QUESTIONS.values() for name in names if payloads(app, name)}
    assert shown == QUESTIONS[question]
    assert app.query_params.get("ask", ["heads"]) in (question, [question])


def test_a_link_asks_and_looks(app: AppTest) -> None:
    app.query_params["ask"], app.query_params["look"] = "heads", "2.3.5"
    app.run()
    (attention,), (deck,), (row,) = (payloads(app, name) for name in ("attention", "heads", "softmax"))
    assert attention["chosen"] == deck["chosen"] == row["chosen"] == {"layer": 2, "head": 3, "query": 5}
    assert deck["layer"] == 2


@pytest.mark.parametrize(
    ("look", "place"),
    [(broken, (0, 0, 8)) for broken in ("", "1.2", "a.b.c", "1.2.-3")] + [("99.99.99", (3, 5, 15))],
)
def test_a_broken_look_is_no_fault(app: AppTest, look: str, place: tuple[int, int, int]) -> None:
    app.query_params["ask"], app.query_params["look"] = "nothing", look
    app.run()
    assert not app.exception
    for name in ("attention", "heads", "softmax"):
        (shown,) = payloads(app, name)
        assert tuple(shown["chosen"].values()) == place


def test_a_link_to_nowhere_is_said(app: AppTest) -> None:
    app.query_params["at"] = at("encoder.layers.9.norm1", (0, 0))
    app.run()
    assert not app.exception
    assert len(app.warning) == 1
