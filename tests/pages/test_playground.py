"""The playground under AppTest: every setting answers, an impossible one with its sentence, and nothing breaks."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.playground import Kernel, Setting, kernels_on_image
from scratchnn.inspection.presets import PRESETS
from scratchnn.inspection.subjects import open_model
from scratchnn.ui.play import Play
from tests.pages.payloads import payloads


def page() -> None:
    import streamlit as st

    from scratchnn.ui import playground
    from scratchnn.ui.subject import choose_subject

    if st.checkbox("Elsewhere"):
        st.stop()
    if st.button("Edit"):  # what the component does with a cell
        playground._take_edit([[0.5, 0], [0, -0.5]], 0.25)
    if st.button("Break"):
        playground._take_edit([[1e99]], None)
    playground.check_link()
    playground.draw(choose_subject("cnn"))


@pytest.fixture
def app(runs_apart: None) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["digit"] = "test:3"
    return app.run()


def data(app: AppTest) -> dict[str, Any]:
    assert not app.exception
    (found,) = payloads(app, "playground")
    return found  # type: ignore[no-any-return]


def put(app: AppTest, **settings: int) -> dict[str, Any]:
    for name, value in settings.items():
        app.slider(key=f"playground.{name}").set_value(value).run()
    return data(app)


def press(app: AppTest, label: str) -> dict[str, Any]:
    next(button for button in app.button if button.label == label).click().run()
    return data(app)


def test_every_slider_changes_the_size_by_the_formula(app: AppTest) -> None:
    assert data(app)["formula"][1] == "⌊(28 + 2·1 − 1·(3 − 1) − 1) / 1⌋ + 1 = 28"
    found = put(app, size=5, stride=3, padding=2, dilation=2)
    assert found["formula"][1] == "⌊(28 + 2·2 − 2·(5 − 1) − 1) / 3⌋ + 1 = 8"
    assert len(found["output"]) == 8
    assert len(found["kernel"]) == 5


def test_an_impossible_setting_gives_the_sentence_and_no_output(app: AppTest) -> None:
    found = put(app, padding=0, size=7, dilation=5)
    assert found["output"] is None
    assert "31 pixels, but the padded input has only 28 + 2·0 = 28" in found["problem"]
    found = put(app, padding=2)
    assert found["problem"] == ""
    assert len(found["output"]) == 2


def test_pools_over_the_same_windows(app: AppTest) -> None:
    outputs = {}
    for name in ("max-pool", "average-pool"):
        app.segmented_control(key="playground.operation").set_value(name).run()
        found = put(app, size=2, stride=2, padding=0)
        assert found["kernel"] is None
        outputs[name] = torch.tensor(found["output"])
    assert (outputs["max-pool"] >= outputs["average-pool"]).all()
    assert (outputs["max-pool"] > outputs["average-pool"]).any()
    found = put(app, padding=2)
    assert "more than half of the 2×2 window" in found["problem"]
    app.segmented_control(key="playground.operation").set_value("convolution").run()
    assert data(app)["problem"] == ""


def test_each_of_the_networks_kernels_gives_its_own_map(app: AppTest) -> None:
    model, dataset = open_model("pretrained", "cnn").model, load_dataset(DataConfig())
    _, trace = inspect(model, dataset.normalise(dataset.test.images[3:4]))
    for number in (0, 15):
        app.selectbox(key="playground.kernel").set_value(f"conv1, kernel {number}").run()
        found = put(app, padding=1)
        assert torch.tensor(found["kernel"]) == pytest.approx(model.conv1.weight.value[number, 0])  # type: ignore[attr-defined]
        assert torch.tensor(found["output"]) == pytest.approx(trace["conv1"].output[0, number], abs=1e-5)
    found = put(app, size=5)
    assert app.selectbox(key="playground.kernel").value == "By hand"
    assert len(found["kernel"]) == 5
    assert torch.tensor(found["kernel"])[1:4, 1:4] == pytest.approx(model.conv1.weight.value[15, 0])  # type: ignore[attr-defined]


def test_a_kernel_made_by_hand_stays(app: AppTest) -> None:
    found = press(app, "Edit")
    assert (found["kernel"], found["bias"], found["handmade"]) == ([[0.5, 0], [0, -0.5]], 0.25, True)
    assert app.slider(key="playground.size").value == 2
    app.selectbox(key="playground.kernel").set_value("Blur").run()
    assert data(app)["kernel"] == [[0.25] * 2] * 2
    put(app, size=3)
    app.selectbox(key="playground.kernel").set_value("By hand").run()
    found = put(app, stride=4, padding=3)
    assert found["kernel"] == [[0.5, 0], [0, -0.5]]
    app.checkbox[0].check().run()  # as on another page
    assert not payloads(app, "playground")
    app.checkbox[0].uncheck().run()
    assert data(app) == found


def test_what_is_no_kernel_is_said_and_changes_nothing(app: AppTest) -> None:
    before = data(app)
    assert press(app, "Break") == before
    assert [toast.value for toast in app.toast] == [
        "A kernel’s numbers and its bias lie between −1,000 and 1,000: put a number into each cell."
    ]


def test_another_digit_and_another_model(app: AppTest) -> None:
    before = data(app)
    app.number_input(key="subject.number").set_value(8).run()
    after = data(app)
    assert after["image"] != before["image"]
    assert after["kernel"] == before["kernel"]
    app.selectbox(key="playground.kernel").set_value("conv1, kernel 3").run()
    learnt = data(app)["kernel"]
    app.selectbox(key="subject.source.cnn").set_value("untrained").run()
    _, untrained = kernels_on_image(open_model("untrained", "cnn").model)
    assert data(app)["kernel"] == untrained[3].weight.tolist() != learnt


BY_HAND = Kernel(torch.tensor([[0.1, 1e-7], [-999.5, 0.2]], dtype=torch.float64), 1 / 3)


@pytest.mark.parametrize(
    ("setting", "kernel"),
    [
        (Setting("convolution", 5, 2, 3, 2), "Vertical edges"),
        (Setting("convolution", 3, 1, 1, 1), 15),
        (Setting("convolution", 2, 8, 6, 6), BY_HAND),
        (Setting("max-pool", 2, 2, 1), None),
    ],
)
def test_a_link_sets_all_of_it(app: AppTest, setting: Setting, kernel: str | int | Kernel | None) -> None:
    text = str(Play(setting, kernel))
    app.query_params["play"] = text
    found = data(app.run())
    names = "operation", "kernel_size", "stride", "padding", "dilation"
    assert [found[name] for name in names] == [getattr(setting, name) for name in names]
    if kernel is BY_HAND:
        assert (found["kernel"], found["bias"]) == (BY_HAND.weight.tolist(), BY_HAND.bias)
    elif kernel == 15:
        _, learnt = kernels_on_image(open_model("pretrained", "cnn").model)
        assert found["kernel"] == learnt[15].weight.tolist()
    elif kernel is not None:
        assert found["kernel"] == PRESETS["Vertical edges"].make(5).tolist()
    assert app.query_params["play"] in (text, [text])


@pytest.mark.parametrize(
    "address",
    ["", "nonsense", "convolution", "convolution.3.1.1.1", "convolution.3.1.1.1:none", "convolution.3.1.1:blur",
     "convolution.12.1.1.1:blur", "convolution.3.0.1.1:blur", "convolution.3.1.1.1:1,2,3", "max-pool.2.2.0.2",
     "convolution.1.1.1.1:nan,0", "convolution.1.1.1.1:1e9,0", "convolution.3.1.1.1:kernel-", "other.3.1.1.1:blur",
     "convolution.3.1.1.1:kernel-99999", "max-pool.2.2.0.1:blur"],
)  # fmt: skip
def test_a_link_that_means_nothing_begins_as_without(app: AppTest, address: str) -> None:
    before = data(app)
    app.query_params["play"] = address
    found = data(app.run())
    assert address == "max-pool.2.2.0.1:blur" or found == before
    usable = address in ("", "max-pool.2.2.0.1:blur", "convolution.3.1.1.1:kernel-99999")
    said = f"“play={address}” in the address is no setting of the playground; it begins as always."
    assert [warning.value for warning in app.sidebar.warning] == ([] if usable else [said])
    assert app.query_params["play"] != address


def test_what_is_set_is_in_the_link(app: AppTest) -> None:
    put(app, size=5, stride=3)
    app.selectbox(key="playground.kernel").set_value("conv1, kernel 4").run()
    put(app, dilation=2)
    assert app.query_params["play"] == "convolution.3.3.1.2:kernel-4"
    press(app, "Edit")
    assert app.query_params["play"] == "convolution.2.3.1.2:0.5,0,0,-0.5,0.25"
    app.segmented_control(key="playground.operation").set_value("average-pool").run()
    assert app.query_params["play"] == "average-pool.2.3.1.1"
