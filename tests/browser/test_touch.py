"""The app by finger, on a narrow screen in Chromium: taps look and choose, swipes scroll, a finger draws."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from tests.browser.helpers import STAGE, Network, card_number, middle, number, panel_number, wait_for_network

pytestmark = pytest.mark.timeout(300)


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
    x, y, side = box["x"] + box["width"] / 2, box["y"], box["width"]
    drag(phone, [(x, y + side * part / 20) for part in range(4, 17)])  # a one, from above
    expect(pad).to_have_attribute("aria-label", re.compile("one stroke"))
    assert area.evaluate("element => element.scrollTop") == before, "the page moved with the finger"
    expect(sidebar.get_by_role("button", name="Clear")).to_be_enabled()
    phone.get_by_test_id("stSidebarCollapseButton").locator("button").tap()
    expect(phone.get_by_role("region", name="What you look into")).to_contain_text(re.compile("1 with"))
