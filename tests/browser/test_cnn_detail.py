"""A convolution's pixel in Chromium: one total with the card below, chosen by pointer and keys, sliding by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from scratchnn.inspection.arithmetic import explain
from tests.browser.test_network import card_number, core, number


def open_pixel(page: Page, address: str) -> Locator:
    page.goto(f"{address}/cnn?digit=test:3&at=conv2%3A5.7.6")
    section = page.locator(".convolution")
    section.locator(".result .ringed").scroll_into_view_if_needed()
    return section


def press_on(page: Page, part: Locator, row: float, column: float, rows: int, columns: int) -> None:
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * (column + 0.5) / columns, box["y"] + box["height"] * (row + 0.5) / rows)


def check_pixel(page: Page, section: Locator, row: int, column: int) -> None:
    """Address, card, canvas and the component itself show this pixel, and all with the same digits."""
    expect(page).to_have_url(re.compile(rf"at=conv2(:|%3A)5\.{row}\.{column}\b"))
    expect(page.get_by_role("region", name=f"conv2: map 5, row {row}, column {column}")).to_be_visible()
    expect(section.locator(".result h3")).to_have_text(f"Chosen: row {row}, column {column}")
    explanation = explain(*core(), "conv2", (5, row, column))
    assert card_number(page, "The network’s own number") == explanation.value
    expect(page.locator(".panel .at")).to_have_text(f"row {row}, column {column}")
    assert number(page.locator(".panel .value").inner_text()) == pytest.approx(explanation.value, rel=1e-6)
    partial, bias, total, own, residual = section.locator(".result dd").all_inner_texts()
    assert [total, own, residual] == page.locator(".card .right > dl dd").all_inner_texts()
    assert number(partial) + number(bias) == pytest.approx(explanation.total, rel=1e-8)
    terms = section.locator(".wall .part").all_inner_texts()
    assert [number(term) for term in terms] == pytest.approx([t.value for t in explanation.terms[:-1]], rel=0.01)


def test_a_pixel_is_chosen_in_the_output_in_the_input_and_by_keys(page: Page, address: str) -> None:
    section = open_pixel(page, address)
    check_pixel(page, section, 7, 6)
    output, source = section.locator(".result .ringed"), section.locator(".detail .ringed").first
    press_on(page, output, 3, 9, 14, 14)
    check_pixel(page, section, 3, 9)
    press_on(page, source, 11, 2, 14, 14)
    check_pixel(page, section, 11, 2)
    page.mouse.move(2, 2)  # what is redrawn under a resting pointer is pointed at anew
    output.focus()
    for key in ("ArrowUp", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(section.locator(".result h3")).to_have_text("Under the window: row 10, column 4")
    section.get_by_role("button", name="Back to the chosen row 11, column 2").click()
    expect(section.locator(".result h3")).to_have_text("Chosen: row 11, column 2")
    expect(output).to_be_focused()
    for key in ("ArrowUp", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(section.locator(".spoken")).to_contain_text("Row 10, column 4: ")
    page.keyboard.press("Enter")
    check_pixel(page, section, 10, 4)
    page.keyboard.press("Home")
    page.keyboard.press("Escape")
    expect(section.locator(".result h3")).to_have_text("Chosen: row 10, column 4")
    page.mouse.move(2, 2)
    section.locator(".wall button").nth(3).focus()
    expect(section.locator(".detail h3")).to_have_text("pool1, map 3, times its kernel")
    products = [number(text) for text in section.locator(".equals b").all_inner_texts()]
    shown = number(section.locator(".sum").inner_text().removeprefix("Σ "))
    assert shown == pytest.approx(explain(*core(), "conv2", (5, 10, 4)).terms[3].value, rel=1e-8)
    assert sum(products) == pytest.approx(shown, abs=0.01)
    # one softmax further on: pointing at a term of the fraction lights its score
    page.goto(f"{address}/cnn?digit=test:3&at=probabilities%3A7")
    fraction = page.locator(".card .terms span")
    fraction.nth(3).hover()
    lit = page.locator(".card .grid .lit")
    expect(lit).to_have_count(3)
    assert number(lit.nth(1).inner_text()) == number(fraction.nth(3).inner_text())


def test_what_is_cut_fades_and_narrow_columns_keep_their_sign(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1340, "height": 900})
    page.goto(f"{address}/cnn?digit=test:3&at=conv3%3A5.3.6")
    wall = page.locator(".convolution .wall")
    expect(wall).to_have_class(re.compile("more-"))
    wall.evaluate("area => (area.scrollTop = 0)")
    expect(wall).to_have_class("wall more-bottom")
    wall.evaluate("area => (area.scrollTop = area.scrollHeight)")
    expect(wall).to_have_class("wall more-top")
    expect(page.locator(".labels")).to_have_class(re.compile("tight"))
    *scales, shares, image = page.locator(".labels .scale").all_inner_texts()
    assert (shares, image) == ("0 to 1", "−0.4 to 2.8")
    assert len(scales) == 16
    assert all(text.startswith("±") for text in scales)


def test_the_window_slides_rests_under_the_pointer_and_builds_the_map_anew(moving: Page, address: str) -> None:
    section = open_pixel(moving, address)
    title, output = section.locator(".result h3"), section.locator(".result .ringed")
    expect(title).to_have_text("Chosen: row 7, column 6")
    moving.wait_for_timeout(1500)
    expect(title).to_have_text("Chosen: row 7, column 6")  # seen for a while before the window slides on
    expect(title).to_have_text(re.compile("^Under the window: "))
    assert section.locator(".flow path").first.evaluate("path => getComputedStyle(path).animationName") == "flow"
    output.hover()
    moving.wait_for_timeout(200)
    resting = title.inner_text()
    moving.wait_for_timeout(1200)
    assert title.inner_text() == resting
    section.get_by_role("button", name="Build it anew").click()
    expect(title).to_have_text(re.compile("^Under the window: row 0, column [2-9]"))
    uncovered = """box => { const canvas = box.querySelector("canvas"), pen = canvas.getContext("2d");
        const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((v, i) => i % 4 === 3 && v).length; }"""
    for part in (output, section.locator(".wall button").first.locator(".ringed").last):
        assert 2 < part.evaluate(uncovered) < 14
    section.get_by_role("button", name="To the end").click()
    expect(title).to_have_text("Chosen: row 7, column 6")
    assert output.evaluate(uncovered) == 14 * 14
    expect(section.get_by_role("button", name="Slide the window")).to_be_visible()
