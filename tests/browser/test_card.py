"""A card of every kind, as a person meets it: title, picture, arithmetic, source, Python text, table."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import ModelName
from scratchnn.inspection.arithmetic.source import PROJECT
from tests.browser.helpers import card_number, number, steps_of
from tests.figures.cards import explained

BLOCK = "encoder.layers.1"
PLACES: dict[ModelName, list[tuple[str, tuple[int, ...], str]]] = {
    "cnn": [
        ("norm1", (3, 5, 9), "norm1 · map 3 · row 5, column 9"),
        ("relu2", (7, 3, 3), "relu2 · map 7 · row 3, column 3"),
        ("pool1", (3, 5, 9), "pool1 · map 3 · row 5, column 9"),
        ("flatten", (439,), "flatten · number 439"),
        ("fc1", (20,), "fc1 · unit 20"),
        ("fc2", (7,), "fc2 · class 7"),
        ("probabilities", (7,), "probabilities · class 7"),
        ("conv2", (5, 7, 6), "conv2 · map 5 · row 7, column 6"),
    ],
    "transformer": [
        ("patch_embedding.pixels", (9, 11), "patches · patch 9 · pixel 11"),
        ("patch_embedding", (9, 50), "tokens · patch 9 · number 50"),
        ("position", (9, 50), "position · patch 9 · number 50"),
        (f"{BLOCK}.norm1", (9, 50), "Block 1, norm1 · patch 9 · number 50"),
        (f"{BLOCK}.self_attn.query", (3, 9, 11), "Block 1, query · head 3 · patch 9, component 11"),
        (f"{BLOCK}.self_attn.scores", (3, 9, 5), "Block 1, scores · head 3 · patch 9 asks patch 5"),
        (f"{BLOCK}.self_attn.softmax", (3, 9, 5), "Block 1, weights · head 3 · patch 9 reads patch 5"),
        (f"{BLOCK}.self_attn.context", (9, 50), "Block 1, heads · patch 9 · number 50 (head 3, component 2)"),
        (f"{BLOCK}.self_attn.out_proj", (9, 50), "Block 1, project · patch 9 · number 50"),
        (f"{BLOCK}.residual1", (9, 50), "Block 1, sum · patch 9 · number 50"),
        (f"{BLOCK}.activation", (9, 50), "Block 1, ReLU · patch 9 · number 50"),
        (f"{BLOCK}.linear2", (9, 50), "Block 1, linear2 · patch 9 · number 50"),
        (f"{BLOCK}.residual2", (9, 50), "Block 1, output · patch 9 · number 50"),
        ("pooling", (50,), "pooling · number 50"),
        ("head", (7,), "logits · class 7"),
    ],
}


def check_picture(page: Page, layer: str) -> None:
    """There is one, every part of it has something to say to who cannot see it, and every colour its scale."""
    if layer.startswith("conv"):
        expect(page.locator(".convolution .result canvas").first).to_be_visible()
        return
    figures = page.locator(".card .line > figure").all()
    assert figures, layer
    for figure in figures:
        caption = figure.locator("figcaption").inner_text()
        assert caption
        kind = figure.get_attribute("data-kind")
        if kind == "bars":
            assert figure.locator("li").count() > 0
            continue
        drawn = figure.get_by_role("img").first
        assert (drawn.get_attribute("aria-label") or "").startswith(caption)
        box = drawn.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 6, f"{layer}: {caption}"
        if kind in ("grid", "map", "wall"):
            low, _, high = figure.locator(".ticks span").all_inner_texts()
            assert number(low) < number(high)


def check_table(card: Locator, own: float) -> None:
    """Every step of the table recomputes, the last one to the number."""
    card.get_by_text("Every term as a table").click()
    rows = card.locator(".sheet tbody").evaluate("b => [...b.rows].map((r) => [...r.cells].map((c) => c.textContent))")
    results = []
    for name, made, written in steps_of(rows):
        assert made == pytest.approx(written, rel=1e-12, abs=1e-15)
        if not name.endswith(" instead"):
            results.append(written)
    assert results[-1] == pytest.approx(own, abs=1e-5)


def check_source(card: Locator, path: str, line: int) -> None:
    card.get_by_role("button", name="Source").click()
    marked = card.locator("pre .here")
    expect(marked).to_be_visible()
    assert marked.get_attribute("data-line") == str(line)
    assert marked.inner_text().rstrip("\n") == (PROJECT / path).read_text("utf-8").splitlines()[line - 1]


def check_python(page: Page, card: Locator, own: float) -> None:
    card.get_by_role("button", name="Copy as Python").click()
    expect(card.get_by_role("status")).to_contain_text("Copied")
    names: dict[str, Any] = {}
    exec(page.evaluate("() => navigator.clipboard.readText()"), names)
    assert float(names["value"]) == pytest.approx(own, abs=1e-5)


@pytest.mark.parametrize("kind", ["cnn", "transformer"])
def test_a_card_of_every_kind(page: Page, address: str, kind: ModelName) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for layer, position, title in PLACES[kind]:
        page.goto(f"{address}/{kind}?digit=test:3&at={layer}:{'.'.join(map(str, position))}")
        card = page.get_by_role("region", name=re.compile(f"^{re.escape(layer)}: "))
        card.wait_for()
        explanation = explained(kind, "test:3", layer, position)
        assert explanation.title == title
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.get_by_text(explanation.code, exact=True)).to_be_visible()
        assert card_number(page, "The network’s own number") == explanation.value
        assert card_number(page, "Arithmetic above") == pytest.approx(explanation.total, rel=1e-15)
        assert card_number(page, "Residual") < 1e-5
        check_picture(page, layer)
        check_source(card, *explanation.source)
        check_python(page, card, explanation.value)
        check_table(card, explanation.value)


def point_at(page: Page, grid: Locator, row: int, column: int, size: int) -> None:
    """At a number of a map; scrolling may still be under way, so look again where it is."""
    grid.scroll_into_view_if_needed()
    for _ in range(20):
        before = grid.bounding_box()
        assert before is not None
        each = before["width"] / size
        page.mouse.move(before["x"] + each * (column + 0.5), before["y"] + each * (row + 0.5))
        page.wait_for_timeout(100)
        if grid.bounding_box() == before:
            return
    raise AssertionError("the map does not come to rest")


def test_the_window_of_a_pool_is_placed_from_both_maps_slides_and_rests(page: Page, address: str) -> None:
    page.goto(f"{address}/cnn?digit=test:3&at=pool1:3.5.9")
    card = page.locator(".card")
    looking = card.locator(".moving .note")
    before, after = (page.get_by_role("img", name=re.compile(f"^{name}:")) for name in ("Before", "After"))
    expect(looking).to_have_text("Chosen, row 5, column 9: max (0, 0, 0, 0) = 0")
    point_at(page, before, 14, 15, 28)
    expect(looking).to_contain_text("Under the window, row 7, column 7: max (")
    shown = card.locator("figure").nth(1).locator(".grid b").evaluate_all("all => all.map((cell) => cell.title)")
    window = explained("cnn", "test:3", "pool1", (3, 7, 7)).parts["window"]
    assert [number(text) for text in shown] == window.flatten().tolist()
    point_at(page, after, 0, 0, 14)
    expect(looking).to_contain_text("Under the window, row 0, column 0: max (")
    card.get_by_role("button", name="Slide the window").click()
    page.mouse.move(2, 2)
    expect(looking).not_to_contain_text("Chosen, ")
    point_at(page, after, 0, 0, 14)
    page.wait_for_timeout(600)
    expect(looking).to_contain_text("Under the window, row 0, column 0: max (")  # it rests under the pointer
    card.get_by_role("button", name="Back to the chosen row 5, column 9").click()
    expect(card.get_by_role("button", name="Slide the window")).to_be_focused()
    expect(looking).to_contain_text("Chosen, row 5, column 9: ")


def test_another_number_is_chosen_in_the_card_itself(page: Page, address: str) -> None:
    page.goto(f"{address}/cnn?digit=test:3&at=pool1:3.5.9")
    before = page.get_by_role("img", name=re.compile("^Before:"))
    box = before.bounding_box()
    assert box is not None
    before.click(position={"x": box["width"] * 8.5 / 28, "y": box["height"] * 21.5 / 28})
    expect(page.get_by_role("heading", name="pool1 · map 3 · row 10, column 4")).to_be_visible()
    expect(page).to_have_url(re.compile(r"at=pool1(:|%3A)3\.10\.4\b"))
    expect(page.locator(".panel .at")).to_have_text("row 10, column 4")
    assert card_number(page, "The network’s own number") == explained("cnn", "test:3", "pool1", (3, 10, 4)).value
    page.goto(f"{address}/transformer?digit=test:3&at={BLOCK}.self_attn.softmax:3.9.5")
    page.locator(".card figure").nth(2).locator(".grid b").nth(14).click()
    expect(page.get_by_role("heading", name="Block 1, weights · head 3 · patch 9 reads patch 14")).to_be_visible()


def test_the_wall_of_contributions_opens_the_map_that_is_clicked(page: Page, address: str) -> None:
    page.goto(f"{address}/cnn?digit=test:3&at=fc1:20")
    wall = page.get_by_role("img", name=re.compile("^What each map adds:"))
    wall.scroll_into_view_if_needed()
    box = wall.bounding_box()
    assert box is not None
    wall.click(position={"x": 3, "y": 3})
    expect(page.locator(".card select")).to_have_value("0")
    wall.click(position={"x": box["width"] - 4, "y": 3})
    expect(page.locator(".card select")).not_to_have_value("0")
    explanation = explained("cnn", "test:3", "fc1", (20,))
    group = int(page.locator(".card select").input_value())
    shown = (
        page.locator(".card figure").nth(2).locator(".grid b").evaluate_all("cells => cells.map((cell) => cell.title)")
    )
    assert [number(text) for text in shown] == explanation.parts["folded"][group].flatten().tolist()
