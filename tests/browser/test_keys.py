"""By keyboard alone, through every layer of both networks: each number is the core's own, at rest and in training."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from scratchnn.config import ModelName, preset
from scratchnn.figures.network.about import about
from scratchnn.figures.network.column import Column
from scratchnn.inspection.arithmetic import INPUT, values
from scratchnn.models import build_model
from tests.browser.helpers import begin_training, card_number, end_training, number, open_layers, panel_number, strip
from tests.browser.test_canvas import card, network_of, open_canvas
from tests.browser.test_live_walk import PRESETS, columns_of, comes_about, core

# What has the focus: its class, its text and the value of aria-expanded.
FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return [at?.className ?? "", at?.textContent ?? "", at?.getAttribute("aria-expanded")];
}"""


def tab_to(page: Page, kind: str, text: str = "") -> None:
    """Press the Tab key until something of that class, and that text if it has any, has the focus."""
    for _ in range(120):
        name, said, _ = page.evaluate(FOCUSED)
        if name == kind and (not text or said == text):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key leads to no {kind} {text}")


def open_block(page: Page, block: int) -> None:
    tab_to(page, "opener", f"Block {block}")
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED)[2] == "true"
    back_to_the_stage(page)


def back_to_the_stage(page: Page) -> None:
    for _ in range(40):
        if page.evaluate(FOCUSED)[0] == "stage":
            return
        page.keyboard.press("Shift+Tab")
    raise AssertionError("Shift and Tab do not lead back to the stage")


def open_table(page: Page) -> None:
    """The card's; a card that has just been asked for may be drawn twice while the network learns."""
    table = page.locator(".card details").filter(has_text="Every term as a table")
    for _ in range(100):
        table.evaluate("details => (details.open = true)")
        page.wait_for_timeout(100)
        if table.locator("tbody tr").first.is_visible():
            return
    raise AssertionError("the card has no table")


def press_right(page: Page) -> None:
    """And wait until the panel shows where that leads: a busy machine is slow to draw, a column may be one step wide.

    Where nothing was shown yet, the first key shows the digit, as before.
    """
    name = page.locator(".panel .name")
    before = name.inner_text()
    page.keyboard.press("ArrowRight")
    for _ in range(30):
        page.wait_for_timeout(30)
        if name.inner_text() != before:
            return


def walk(page: Page, columns: list[Column]) -> Iterator[Column]:
    """Every column that is seen, in order, a number of each chosen; the keyboard goes on from there."""
    name = page.locator(".panel .name")
    for column in columns:
        start = name.inner_text()
        for _ in range(30):  # as far as the next column: several maps may stand side by side
            if re.search(rf"(^|, ){re.escape(column.label)}, ", name.inner_text()) or column.name == INPUT:
                break
            press_right(page)
        else:
            has_focus = page.evaluate(FOCUSED)
            raise AssertionError(
                f"arrow keys lead from {start} to {name.inner_text()}, not to {column.name}; {has_focus}"
            )
        page.keyboard.press("Shift+ArrowDown")  # another of its numbers, where it has several
        page.keyboard.press("Enter")
        card(page, column.name).wait_for()
        yield column
        page.keyboard.press("Escape")
        expect(card(page, column.name)).to_have_count(0)
        page.keyboard.press("ArrowRight")  # shows where the walk was


@pytest.mark.parametrize("kind", ["cnn", "transformer"])
def test_every_layer(page: Page, address: str, kind: ModelName) -> None:
    network, columns = network_of(kind)
    open_canvas(page, address, kind)
    tab_to(page, "stage")
    blocks = sorted({column.block for column in columns if column.block is not None}) or [None]
    seen: list[str] = []
    for block in blocks:
        if block is not None:
            open_block(page, block)
        page.keyboard.press("ArrowLeft")
        for column in walk(page, [c for c in columns if c.block == block or (not seen and not c.inside)]):
            layer, _, place = re.findall(r"at=([^&]*?)(:|%3A)([\d.]+)", page.url)[0]
            assert layer == column.name
            position = tuple(map(int, place.split(".")))
            own = float((column.values if layer == INPUT else values(*network, layer))[position])
            shown = number(panel_number(page, layer).inner_text())
            assert shown == pytest.approx(own, rel=1e-6, abs=1e-7), layer
            assert card_number(page, "The network’s own number") == pytest.approx(own, abs=1e-7), layer
            assert card_number(page, "Residual") < 1e-5
            seen.append(layer)
        page.keyboard.press("Escape")
        for _ in range(60):  # back to the digit
            page.keyboard.press("ArrowLeft")
    assert set(seen) == {column.name for column in columns}


@pytest.mark.parametrize("kind", ["cnn", "transformer"])
def test_the_network_in_training(page: Page, address: str, kind: ModelName) -> None:
    begin_training(page, address, kind)
    open_layers(page, kind)
    expect(strip(page)).to_contain_text("live training")
    columns = columns_of(core(build_model(preset(kind, PRESETS[kind]))))
    moments: set[str] = set()

    def moment() -> str:
        return re.findall(r"after ([\d,]+) step", strip(page).inner_text())[0]

    # a column's text stays, and the focus on its name, while the network learns
    tab_to(page, "stage")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".panel .told")).not_to_be_empty()
    told, focused, began = page.locator(".panel .told").inner_text(), page.evaluate(FOCUSED), moment()
    assert focused[1:] == [columns[0].label, "true"]
    expect(strip(page)).not_to_contain_text(f"after {began} step")
    assert (page.locator(".panel .told").inner_text(), page.evaluate(FOCUSED)) == (told, focused)
    expect(page.locator(".panel .fed p").nth(1)).to_have_text(about(columns[0]))
    back_to_the_stage(page)

    block = None if kind == "cnn" else 0
    if block is not None:
        open_block(page, block)
    for column in walk(page, [c for c in columns if not c.inside or c.block == block]):
        open_table(page)
        comes_about(page, column.name)
        assert page.evaluate(FOCUSED)[0] == "stage", "the focus was lost"
        moments.add(moment())
    assert len(moments) > 2, "the network did not follow"
    end_training(page)
