"""The app by finger, on a narrow screen in Chromium: taps look and choose, swipes scroll, a finger draws."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.attention import read_attention
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from tests.browser.helpers import (
    STAGE,
    Network,
    card_number,
    in_matrix,
    middle,
    number,
    panel_number,
    wait_for_network,
)


def core(kind: str) -> Network:
    """A pretrained network on the third test digit."""
    model, dataset = open_model("pretrained", kind).model, load_dataset(DataConfig())  # type: ignore[arg-type]
    return model, inspect(model, dataset.normalise(dataset.test.images[3:4]))[1]


def tap(page: Page, layer: str, position: list[int]) -> None:
    """Scroll a number's place into sight, and tap it."""
    find = f"([layer, at]) => ({STAGE})().placeOf(layer, ...at)"
    page.locator(".scroller .stage").scroll_into_view_if_needed()
    place = page.evaluate(find, [layer, position])
    page.locator(".scroller").first.evaluate("(element, x) => element.scrollBy(x - 210, 0)", place["x"])
    place = page.evaluate(find, [layer, position])
    page.touchscreen.tap(place["x"], place["y"])


def check(page: Page, network: Network, layer: str) -> None:
    """A tap chooses a number: the panel and the card show the network's own."""
    position, own = middle(network, layer)
    tap(page, layer, position)
    expect(page.get_by_role("region", name=re.compile(f"^{re.escape(layer)}: "))).to_be_visible()
    assert number(panel_number(page, layer).inner_text()) == pytest.approx(own, rel=1e-6, abs=1e-7)
    assert card_number(page, "The network’s own number") == pytest.approx(own, abs=1e-6)


def drag(page: Page, way: list[tuple[float, float]]) -> None:
    """Put a finger down, move it along a way, and lift it."""
    session = page.context.new_cdp_session(page)
    for turn, (x, y) in enumerate(way):
        kind = "touchMove" if turn else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def swipe(page: Page, over: Locator, right: float, down: float) -> None:
    """Drag a finger from an element's middle, or as near to that as is in sight."""
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    x, y = min(300, box["x"] + box["width"] / 2), min(600, box["y"] + 0.8 * box["height"])
    drag(page, [(x + right * part / 20, y + down * part / 20) for part in range(21)])


def scrolled(page: Page) -> float:
    """How far the page itself is scrolled down."""
    position: float = page.get_by_test_id("stMain").evaluate("element => element.scrollTop")
    return position


def test_taps_choose_and_swipes_scroll_the_cnn(phone: Page, address: str) -> None:
    network = core("cnn")
    phone.goto(f"{address}/cnn?digit=test:3")
    wait_for_network(phone)
    scroller, stage = phone.locator(".scroller").first, phone.locator(".scroller .stage")
    swipe(phone, scroller, -150, 0)
    phone.wait_for_function(f"() => ({STAGE})().parentElement.scrollLeft > 100")
    for over in (stage, phone.locator(".loupe")):
        over.scroll_into_view_if_needed()
        before = scrolled(phone)
        swipe(phone, over, 0, -120)
        for _ in range(50):
            if scrolled(phone) > before + 60:
                break
            phone.wait_for_timeout(100)
        assert scrolled(phone) > before + 60, "the page is trapped"
    for layer in ("conv2", "pool1", "fc2"):
        check(phone, network, layer)


def test_taps_open_a_block_and_choose_in_it(phone: Page, address: str) -> None:
    network = core("transformer")
    phone.goto(f"{address}/transformer?digit=test:3")
    wait_for_network(phone)
    opener = phone.get_by_role("button", name="Block 1")
    opener.tap()
    expect(opener).to_have_attribute("aria-expanded", "true")
    check(phone, network, "encoder.layers.1.self_attn.scores")  # at once, while the columns still glide
    check(phone, network, "encoder.layers.1.linear1")


def test_a_finger_draws_and_the_page_stays(phone: Page, address: str) -> None:
    phone.goto(f"{address}/cnn?digit=drawn")
    wait_for_network(phone)
    phone.get_by_test_id("stExpandSidebarButton").tap()
    sidebar = phone.get_by_test_id("stSidebar")
    sidebar.get_by_text("Draw", exact=True).tap()
    pad = sidebar.get_by_role("application")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    area = sidebar.get_by_test_id("stSidebarContent")
    before = area.evaluate("element => element.scrollTop")
    stays = sidebar.get_by_text("Nothing drawn: the digit on show stays.")
    expect(stays).to_be_visible()
    x, y, side = box["x"] + box["width"] / 2, box["y"], box["width"]
    drag(phone, [(x, y + side * part / 20) for part in range(4, 17)])  # a one, from above
    expect(pad).to_have_attribute("aria-label", re.compile("one stroke"))
    assert area.evaluate("element => element.scrollTop") == before, "the page moved with the finger"
    expect(sidebar.get_by_role("button", name="Clear")).to_be_enabled()
    expect(stays).to_be_hidden()
    phone.get_by_test_id("stSidebarCollapseButton").locator("button").tap()
    expect(phone.get_by_role("region", name="What you look into")).to_contain_text(re.compile("1 with"))


def part(phone: Page, address: str, path: str, name: str) -> Locator:
    """A part of a page, in sight."""
    phone.goto(f"{address}/{path}")
    found = phone.get_by_role("region", name=name, exact=True)
    expect(found).to_be_visible()
    found.scroll_into_view_if_needed()
    return found


def tap_in(phone: Page, found: Locator, across: float, down: float) -> None:
    """Tap at a share of an element's width and height."""
    found.scroll_into_view_if_needed()
    box = found.bounding_box()
    assert box is not None
    phone.touchscreen.tap(box["x"] + across * box["width"], box["y"] + down * box["height"])


def swipes_scroll(phone: Page, over: Locator) -> None:
    over.scroll_into_view_if_needed()
    before = scrolled(phone)
    swipe(phone, over, 0, -120)
    for _ in range(50):
        if abs(scrolled(phone) - before) > 60:
            return
        phone.wait_for_timeout(100)
    raise AssertionError("the page is trapped")


def tap_cell(matrix: Locator, query: int, key: int) -> None:
    matrix.scroll_into_view_if_needed()
    x, y = in_matrix(matrix, query, key)
    matrix.tap(position={"x": x, "y": y})


def test_taps_look_at_attention_and_choose(phone: Page, address: str) -> None:
    maps = part(phone, address, "transformer?digit=test:3&ask=heads", "Attention")
    maps.get_by_title("block 2, head 3").tap()
    expect(maps.get_by_role("heading", name="Block 2, head 3", exact=True)).to_be_visible()
    matrix = maps.locator(".matrix")
    tap_cell(matrix, 5, 12)
    weight = maps.locator("dl dd")
    expect(weight.nth(0)).to_contain_text("patch 5 ")
    expect(weight.nth(1)).to_contain_text("patch 12 ")
    expect(phone).to_have_url(re.compile(r"look=2\.3\.5\.12(&|$)"))
    own = float(read_attention(*core("transformer")).weights[2, 3, 5, 12])  # type: ignore[arg-type]
    assert number(weight.nth(2).inner_text()) == pytest.approx(own, rel=1e-6)
    swipes_scroll(phone, matrix)
    expect(weight.nth(1)).to_contain_text("patch 12 ")  # it is held
    tap_in(phone, maps.locator(".over"), 0.9, 0.1)
    expect(maps.get_by_role("heading", name="What patch 3 looks at")).to_be_visible()
    expect(phone).to_have_url(re.compile(r"look=2\.3\.3(&|$)"))

    deck = phone.get_by_role("region", name="From scores to weights")
    deck.get_by_role("button", name="All at once").tap()
    canvas = deck.locator(".matrix canvas").nth(0)
    tap_cell(canvas, 9, 7)
    expect(deck.locator(".query dd")).to_contain_text("patch 9 ")
    expect(deck.locator(".key dd")).to_contain_text("patch 7 ")
    swipes_scroll(phone, canvas)
    expect(deck.locator(".key dd")).to_contain_text("patch 7 ")

    row = phone.get_by_role("region", name="One row of attention")
    row.get_by_text("patch 11", exact=True).tap()
    expect(row.get_by_role("heading", name="Patch 9 asks patch 11")).to_be_visible()
    expect(phone).to_have_url(re.compile(r"look=2\.3\.9\.11(&|$)"))
    tap_in(phone, row.locator("tbody .weighted .strip").nth(4), 0.6, 0.5)
    expect(row.get_by_role("spinbutton", name="Component")).to_have_value("9")
    expect(row.get_by_text(re.compile("^patch 4, component 9: value "))).to_be_visible()


def test_taps_compare_places(phone: Page, address: str) -> None:
    section = part(phone, address, "transformer?digit=test:3&ask=positions", "Position encoding")
    tap_in(phone, section.locator(".digit .cells"), 0.6, 0.35)
    expect(section.get_by_role("heading", name="Patch 6 (row 1, column 2)")).to_be_visible()
    tap_in(phone, section.locator(".cells.like"), 0.35, 0.6)
    compared = section.locator("dl div").filter(has_text=re.compile("^with")).locator("dd")
    expect(compared).to_have_text("patch 9 (row 2, column 1)")
    swipes_scroll(phone, section.locator(".table"))
    expect(compared).to_have_text("patch 9 (row 2, column 1)")
    sinusoidal = section.locator("canvas.all").nth(1)
    tap_in(phone, sinusoidal, 0.05, 0.3)  # the map of patch 4, its upper left corner
    expect(section.get_by_role("radio", name="sinusoidal")).to_be_checked()
    expect(section.get_by_role("heading", name="Patch 4 (row 1, column 0)")).to_be_visible()


def test_taps_hide_patches_and_place_the_playgrounds_window(phone: Page, address: str) -> None:
    section = part(phone, address, "transformer?digit=test:3&ask=patches", "Hide patches")
    section.get_by_role("group", name="The digit’s patches").get_by_role("button", name="Patch 5,").tap()
    expect(section.get_by_role("heading", name="The sequence: 16 → 15 tokens")).to_be_visible()
    playground = part(phone, address, "cnn?digit=test:3", "Playground")
    stage = playground.get_by_role("application", name=re.compile("^The output"))
    title = playground.locator("h3")
    tap_in(phone, stage, 10.5 / 28, 20.5 / 28)
    expect(title).to_contain_text("row 20, column 10")
    phone.wait_for_timeout(1500)
    expect(title).to_contain_text("row 20, column 10")  # it slides no more
    swipes_scroll(phone, playground.locator(".grids"))
    expect(title).to_contain_text("row 20, column 10")
