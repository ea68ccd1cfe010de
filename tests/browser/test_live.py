"""What moves while a network learns draws no more than can be seen: every redraw takes time from the training."""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import Page, expect

from scratchnn.figures.charts import training_charts
from scratchnn.figures.curves import Curves
from scratchnn.figures.packing import bundle
from scratchnn.ui.components import script_of
from tests.browser.helpers import strip, wait_for_network

TICK = 50  # ms
LONG = 3_000  # ms: longer than any chart rests

# The app's own components in a page of our own, mounted and fed as Streamlit does it; plotly.js only counts.
STAND_IN = """async ([charts, feed]) => {
  const address = (script) => URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const load = async (script) => (await import(address(script))).default;
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const [draw, give] = [await load(charts), await load(feed)];
  globalThis.drawn = {};
  globalThis.Plotly = { Plots: { resize() {} }, react(plot, curves) {
    const { chart } = plot.parentElement.dataset;
    (drawn[chart] ??= []).push(Math.max(0, ...curves.map(({ x }) => x.at(-1))));
  } };
  globalThis.scratchnnPlotly = Promise.resolve(Plotly);
  const above = document.body.appendChild(document.createElement("div"));
  const parentElement = document.body.appendChild(document.createElement("div"));
  parentElement.className = "st-key-charts";
  globalThis.push = (pixels) => (above.style.height = pixels + "px");
  globalThis.mount = (text) => draw({ parentElement, data: bytes(text) });
  globalThis.fed = (text) => give({ data: bytes(text) });
}"""


def stand_in(page: Page) -> None:
    page.goto("about:blank")
    page.evaluate(STAND_IN, [script_of("charts"), script_of("feed")])
    page.evaluate("mount", text(charts_after(0)))


def charts_after(steps: int) -> bytes:
    curves = Curves.of(["fc1"])
    for step in range(1, steps + 1):
        for series in (curves.loss, curves.accuracy, curves.learning_rate, curves.gradients["fc1"]):
            series.add(64 * step, 1 / step)
    return training_charts(curves, "cnn", [], "run", log_loss=False)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def feed(page: Page, steps: list[int], pause: int = TICK) -> None:
    for done in steps:
        page.evaluate("fed", text(bundle({"charts": charts_after(done)})))
        page.wait_for_timeout(pause)


def drawn(page: Page) -> dict[str, list[int]]:
    """How far each drawing of each chart reached, in steps; from now on anew."""
    seen: dict[str, list[int]] = page.evaluate("() => { const seen = drawn; drawn = {}; return seen }")
    return {chart: [round(end / 64) for end in ends] for chart, ends in seen.items()}


def test_new_points_are_drawn_once_each_and_where_a_chart_moves_slowly_all_together(page: Page) -> None:
    stand_in(page)
    page.wait_for_timeout(LONG)
    drawn(page)
    steps = [10, 20, 30, 40, 50, 60]
    feed(page, steps)
    page.wait_for_timeout(LONG)
    seen: dict[str, Any] = drawn(page)
    assert seen["loss"] == seen["accuracy"] == steps
    assert seen["learning_rate"][-1] == seen["gradients"][-1] == 60
    assert len(seen["learning_rate"]) <= 3
    assert len(seen["gradients"]) <= 3
    page.wait_for_timeout(LONG)
    assert drawn(page) == {}, "drawn again with nothing new"


def test_what_grew_by_less_than_a_pixel_can_wait_but_not_for_ever(page: Page) -> None:
    stand_in(page)
    feed(page, [1000, 1001, 1002], pause=10)
    assert drawn(page)["loss"] == [0, 1000]
    page.wait_for_timeout(LONG)
    assert drawn(page)["loss"] == [1002]


def test_what_is_out_of_sight_is_drawn_when_it_comes_into_sight(page: Page) -> None:
    stand_in(page)
    page.evaluate("push(5000)")
    page.wait_for_timeout(LONG)
    drawn(page)
    feed(page, [10, 20, 30])
    assert drawn(page) == {}
    page.evaluate("push(0)")
    page.wait_for_timeout(LONG)
    assert drawn(page)["loss"] == [30]


# As Streamlit does it: what a call returns is called when the element goes, and not before it has new data.
PACE = """async (script) => {
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: pace } = await import(address), parentElement = document.body;
  globalThis.asked = [];
  globalThis.shown = (after) => {
    const at = performance.now(), setTriggerValue = (name) => asked.push([name, performance.now() - at]);
    globalThis.left = pace({ parentElement, data: { after, asked: at }, setTriggerValue });
  };
}"""


def test_the_next_look_is_asked_for_once_and_only_after_the_last_is_on_the_screen(page: Page) -> None:
    page.goto("about:blank")
    page.evaluate(PACE, script_of("pace"))
    page.evaluate("() => { shown(0.3); shown(0.3); }")  # the whole page was drawn meanwhile
    page.wait_for_timeout(1500)
    ((name, after),) = page.evaluate("asked")
    assert (name, after >= 299) == ("due", True)
    page.evaluate("() => { shown(0.3); left(); }")  # another page
    page.wait_for_timeout(1000)
    assert len(page.evaluate("asked")) == 1


LISTENING = """
globalThis.listening = new Set();
const [add, remove] = [document.addEventListener, document.removeEventListener];
document.addEventListener = function (name, act, ...rest) {
  if (name.startsWith("scratchnn-")) listening.add(act);
  return add.call(document, name, act, ...rest);
};
document.removeEventListener = function (name, act, ...rest) {
  listening.delete(act);
  return remove.call(document, name, act, ...rest);
};
"""


def test_who_hears_of_a_choice_hears_of_it_once_however_often_there_were_new_numbers(page: Page, address: str) -> None:
    page.add_init_script(LISTENING)
    page.goto(f"{address}/transformer")
    wait_for_network(page)
    expect(page.get_by_role("region", name="One row of attention")).to_be_visible()
    began = page.evaluate("listening.size")
    assert began >= 4, "the canvas, all attention, the deck, the row"
    field = page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Test digit")
    for digit in ("8", "3", "5"):
        field.fill(digit)
        field.press("Enter")
        expect(strip(page)).to_contain_text(f"Test digit {digit}")
    page.wait_for_timeout(1000)  # what stands below the line comes after it
    assert page.evaluate("listening.size") == began
