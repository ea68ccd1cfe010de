"""The Transformer page under AppTest: every kind of number is explained; the questions answer; large networks, too."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.figures.patches import changes
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.patches import hide_patches
from scratchnn.inspection.subjects import open_model
from scratchnn.models import CustomTransformer
from tests.pages.conftest import APP
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

    transformer_page.check_link()
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


LOOKS = [
    ("2.3.5", (2, 3, 5, None, "head")), ("2.3.5.7", (2, 3, 5, 7, "head")), ("1.0.4.mean", (1, 0, 4, None, "mean")),
    ("3.5.0.15.rollout", (3, 5, 0, 15, "rollout")), ("99.99.99.99", (3, 5, 15, 15, "head")),
    *((broken, (0, 0, 8, None, "head")) for broken in ("", "1.2", "a.b.c", "1.2.-3", "1.2.3.4.5", ".mean", "1.2.3.x")),
]  # fmt: skip


@pytest.mark.parametrize(("look", "place"), LOOKS)
def test_a_link_looks_and_a_broken_one_is_no_fault(app: AppTest, look: str, place: tuple[Any, ...]) -> None:
    app.query_params["ask"], app.query_params["look"] = "nothing", look
    app.run()
    assert not app.exception
    (attention,), (deck,), (row,) = (payloads(app, name) for name in ("attention", "heads", "softmax"))
    assert tuple(attention["chosen"].values()) == tuple(deck["chosen"].values()) == place
    assert tuple(row["chosen"].values()) == place[:4]
    assert deck["layer"] == place[0]


@pytest.mark.parametrize(
    ("name", "value", "component", "field", "shown"),
    [
        ("range", "all", "attention", "range", "all"),
        ("range", "nonsense", "attention", "range", "map"),
        ("temperature", "0.5", "softmax", "temperature", 0.5),
        *(("temperature", bad, "softmax", "temperature", 1) for bad in ("", "hot", "0", "-1", "11", "nan", "inf")),
    ],
)
def test_settings_come_from_the_link(
    app: AppTest, name: str, value: str, component: str, field: str, shown: object
) -> None:
    app.query_params[name] = value
    app.run()
    assert not app.exception
    (found,) = payloads(app, component)
    assert found[field] == shown


def test_hidden_patches_are_missing_in_all_attention(app: AppTest) -> None:
    app.query_params["digit"], app.query_params["hidden"] = "test:3", "16:5.6.9"
    app.query_params["look"] = "1.2.8.9"
    app.run()
    assert not app.exception
    left = [patch for patch in range(16) if patch not in (5, 6, 9)]
    for name in ("attention", "heads", "softmax"):
        (shown,) = payloads(app, name)
        assert shown["patches"] == left
        assert left[shown["chosen"]["query"]] == 8
        assert shown["chosen"]["key"] is None, "a key that is hidden"
    model, dataset = open_model("pretrained", "transformer").model, load_dataset(DataConfig())
    assert isinstance(model, CustomTransformer)
    answer = hide_patches(model, dataset.normalise(dataset.test.images[3:4]), [5, 6, 9])
    (line,) = [shown.value for shown in app.markdown if "make the sequence" in shown.value]
    assert line.startswith("**13 of 16 patches** make the sequence.")
    assert changes(answer, [5, 6, 9], [str(label) for label in range(10)]) in line
    next(button for button in app.button if button.label == "Show all patches").click().run()
    assert payloads(app, "attention")[0]["patches"] == list(range(16))
    assert not [shown for shown in app.markdown if "make the sequence" in shown.value]


@pytest.mark.parametrize(
    ("hidden", "said"),
    [("16:" + ".".join(map(str, range(16))), "leave at least one"), ("16:3.99", "there is no patch 99"), ("49:1", "")]
    + [(nonsense, "") for nonsense in ("", "5", "16:", "16:a", "::")],
)
def test_patches_that_cannot_be_hidden_are_shown(app: AppTest, hidden: str, said: str) -> None:
    app.query_params["hidden"] = hidden
    app.run()
    assert not app.exception
    assert payloads(app, "attention")[0]["patches"] == list(range(16))
    assert [warning for warning in app.main.warning if said.lower() in warning.value.lower()] or not said
    app.run()
    assert not app.main.warning, "said again and again"


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("encoder.layers.9.norm1", "has no layer “encoder.layers.9.norm1”; choose a number in the picture."),
        (f"{BLOCK}.self_attn.softmax", "’s Block 2, weights has no number 0.99; choose one in the picture."),
    ],
)
def test_a_link_to_nowhere_is_said(app: AppTest, layer: str, said: str) -> None:
    app.query_params["at"] = at(layer, (0, 99))
    app.run()
    assert not app.exception
    (warning,) = app.warning
    assert warning.value.removeprefix("This network").strip() == said


UNUSABLE = [  # what the address says, what is wrong with it, and what it says then
    ("ask", "zzz", "is no question of this page; the first one is answered", "heads"),
    ("range", "q", "is no choice of full colour; it is the largest of each map", "map"),
    ("look", "abc", "is no place in the attention; block 0, head 0 is shown", "0.0.8"),
    ("temperature", "-5", "is no temperature from 0.1 to 10; the network’s own, 1, is used", "1"),
    ("place", "x", "is no place in an encoding; the one in the middle is shown", ""),  # of a question not on show
    ("hidden", "3:zz", "names no patches; all are shown", "16:"),
    ("order", "abc", "is no shuffle number, which goes from 0 to 99,999; 1 is taken", ""),
]


def complaints(app: AppTest) -> list[str]:
    return [warning.value for warning in app.sidebar.warning]


def address(app: AppTest, name: str) -> str:
    said = app.query_params.get(name, "")
    return str(said[0] if isinstance(said, list) else said)


def test_all_that_cannot_be_used_is_said_until_the_next_choice_and_leaves_the_address(app: AppTest) -> None:
    for name, value, _, _ in UNUSABLE:
        app.query_params[name] = value
    for _ in range(2):
        app.run()
        assert not app.exception
        assert complaints(app) == [
            " ".join(f"“{name}={value}” in the address {wrong}." for name, value, wrong, _ in UNUSABLE)
        ]
        assert [address(app, name) for name, *_ in UNUSABLE] == [instead for *_, instead in UNUSABLE]
    app.pills(key="transformer.question").set_value("positions").run()
    assert not complaints(app)
    assert address(app, "place") == "learned.10.8"


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", "11"), ("hidden", "16"), ("hidden", "16.5"), ("hidden", ":5"), ("place", "learned.1"),
     ("place", "other.1.2"), ("order", "1.2"), ("order", "123456"), ("look", "1.2.mean"), ("look", "0.0.8.mean.mean")],
)  # fmt: skip
def test_each_is_said(app: AppTest, name: str, value: str) -> None:
    app.query_params[name] = value
    app.run()
    (said,) = complaints(app)
    assert said.startswith(f"“{name}={value}” in the address ")


@pytest.mark.parametrize(
    ("name", "value"),
    [("look", "99.99.99"), ("hidden", "49:1"), ("hidden", "16:"), ("place", "learned.999.999"), ("order", "0"),
     ("place", "sinusoidal.0.0"), ("temperature", "0.1"), ("ask", "patches"), ("range", "all"), ("ask", "")],
)  # fmt: skip
def test_what_is_only_another_networks_is_kept_without_a_word(app: AppTest, name: str, value: str) -> None:
    app.query_params[name] = value
    app.run()
    assert not app.exception
    assert not complaints(app)
    assert not value or address(app, name) == value


@pytest.mark.parametrize(("name", "parameter"), [("cnn", "play"), ("transformer", "order")])
def test_the_pages_say_what_of_their_address_cannot_be_used(runs_apart: None, name: str, parameter: str) -> None:
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page(f"pages/{name}.py")
    app.query_params[parameter] = "rubbish"
    app.run()
    assert not app.exception
    assert complaints(app)[0].startswith(f"“{parameter}=rubbish” in the address is no ")
    assert address(app, parameter) != "rubbish"
