"""The whole CNN in Chromium: every layer shows the core's own numbers, by mouse and by keyboard; so does a link."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model

pytestmark = pytest.mark.timeout(300)

LAYERS = [
    *(f"{kind}{block}" for block in (1, 2, 3) for kind in ("conv", "norm", "relu", "pool")),
    *("fc1", "relu", "fc2", "probabilities"),
]
STAGE = "() => [...document.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector('.stage')).find(Boolean)"


def open_network(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/cnn?digit=test:3{query}")
    expect(page.locator(".stage")).to_be_visible()
    expect(page.locator(".panel .name")).not_to_be_empty()


def core() -> tuple[object, object]:
    model, dataset = open_model("pretrained", "cnn").model, load_dataset(DataConfig())
    return model, inspect(model, dataset.normalise(dataset.test.images[3:4]))[1]


def point(page: Page, layer: str, position: list[int]) -> tuple[float, float]:
    page.locator(".stage").scroll_into_view_if_needed()
    place = page.evaluate(f"([layer, at]) => ({STAGE})().placeOf(layer, ...at)", [layer, position])
    page.mouse.move(place["x"], place["y"])
    return place["x"], place["y"]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_every_layer_by_mouse(page: Page, address: str) -> None:
    open_network(page, address)
    model, trace = core()
    for layer in LAYERS:
        shape = values(model, trace, layer).shape  # type: ignore[arg-type]
        position = [side // 2 for side in shape]
        x, y = point(page, layer, position)
        expect(page.locator(".panel .name")).to_have_text(re.compile(f"^{layer}, "))
        shown = page.locator(".panel .at" if layer == "probabilities" else ".panel .value").inner_text()
        own = float(values(model, trace, layer)[tuple(position)])  # type: ignore[arg-type]
        assert number(shown) == pytest.approx(own, abs=1e-7)
        page.mouse.click(x, y)
        expect(page.get_by_role("heading", name=re.compile(f"^{layer}: "))).to_be_visible()
        expect(page).to_have_url(re.compile(f"at={layer}.{'.'.join(map(str, position))}$"))


def test_the_keyboard_walks_through_the_whole_network(page: Page, address: str) -> None:
    open_network(page, address)
    page.locator(".stage").focus()
    name, seen = page.locator(".panel .name"), []
    page.keyboard.press("ArrowRight")
    for _ in range(60):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(30)
        layer = name.inner_text().split(",")[0]
        if layer not in seen:
            seen.append(layer)
    assert [layer for layer in seen if layer != "flatten"] == LAYERS
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^probabilities: "))).to_be_visible()
    page.locator(".stage").press("Escape")
    expect(page.get_by_role("heading", name=re.compile("^probabilities: "))).to_have_count(0)


def test_a_copied_link_shows_the_same_in_another_browser(browser: Browser, page: Page, address: str) -> None:
    open_network(page, address)
    x, y = point(page, "conv2", [5, 7, 6])
    page.mouse.click(x, y)
    expect(page.get_by_role("heading", name=re.compile("^conv2: map 5"))).to_be_visible()
    expect(page).to_have_url(re.compile("at="))
    value = page.locator(".panel .value").inner_text()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name=re.compile("^conv2: map 5"))).to_be_visible(timeout=60_000)
    expect(other.locator(".panel .value")).to_have_text(value)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_network(page, address, "&at=conv2.5.7.6")
    expect(page.get_by_role("heading", name=re.compile("^conv2: map 5"))).to_be_visible()
    page.wait_for_timeout(1000)
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
