"""The whole Transformer in Chromium: every column of every block shows the core's own numbers; so does a link."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from tests.browser.test_network import STAGE, Network, card_number, number, own_number

pytestmark = pytest.mark.timeout(300)

BLOCKS = 4  # of the pretrained one
INSIDE = [
    "norm1", *(f"self_attn.{part}" for part in ("query", "key", "scores", "softmax", "value", "context", "out_proj")),
    "residual1", "norm2", "linear1", "activation", "linear2", "residual2",
]  # fmt: skip
OUTSIDE = [
    "patch_embedding.pixels", "patch_embedding", "position", "encoder.norm", "pooling", "head", "probabilities"
]  # fmt: skip


def open_transformer(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/transformer?digit=test:3{query}")
    expect(page.locator(".scroller .stage")).to_be_visible()
    expect(page.locator(".panel .name")).not_to_be_empty()


@pytest.fixture(scope="module")
def network() -> Network:
    model, dataset = open_model("pretrained", "transformer").model, load_dataset(DataConfig())
    return model, inspect(model, dataset.normalise(dataset.test.images[3:4]))[1]


def point(page: Page, layer: str, position: list[int]) -> tuple[float, float]:
    """As a person does: scroll the column into sight, and move there."""
    page.locator(".scroller .stage").scroll_into_view_if_needed()
    find = f"([layer, at]) => ({STAGE})().placeOf(layer, ...at)"
    place = page.evaluate(find, [layer, position])
    scroller = page.locator(".scroller").first
    scroller.evaluate("(element, x) => element.scrollBy(x - 800, 0)", place["x"])
    place = page.evaluate(find, [layer, position])
    page.mouse.move(place["x"], place["y"])
    return place["x"], place["y"]


def check(page: Page, network: Network, layer: str) -> None:
    """The panel and the card show the network's own number."""
    position, own = own_number(network, layer)
    x, y = point(page, layer, position)
    shown = page.locator(".panel .at" if layer == "probabilities" else ".panel .value")
    expect(shown).to_have_text(re.compile(r"^−?[\d.]+(e.\d+)?$"))
    assert number(shown.inner_text()) == pytest.approx(own, rel=1e-6)
    page.mouse.click(x, y)
    expect(page.get_by_role("heading", name=re.compile(f"^{layer}: "))).to_be_visible()
    expect(page).to_have_url(re.compile(f"at={layer}(:|%3A){'.'.join(map(str, position))}$"))
    assert card_number(page, "The network’s own number") == pytest.approx(own, abs=1e-6)
    assert card_number(page, "Residual") < 1e-5


def test_every_column_by_mouse(page: Page, address: str, network: Network) -> None:
    open_transformer(page, address)
    for layer in OUTSIDE:
        check(page, network, layer)
    for block in range(BLOCKS):
        page.get_by_role("button", name=f"Block {block}").click()
        for part in INSIDE if block in (0, BLOCKS - 1) else ("self_attn.scores", "residual2"):
            check(page, network, f"encoder.layers.{block}.{part}")


def test_the_keyboard_opens_a_block_and_walks_through_it(page: Page, address: str) -> None:
    open_transformer(page, address)
    opener = page.get_by_role("button", name="Block 1")
    opener.focus()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.locator(".scroller .stage").focus()
    name, seen = page.locator(".panel .name"), []
    for _ in range(40):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(30)
        column = name.inner_text().rsplit(",", 1)[0]
        if column not in seen[-1:]:
            seen.append(column)
    inside = [column.removeprefix("Block 1, ") for column in seen if column.startswith("Block 1")]
    assert inside == "norm query key scores weights value heads project sum norm linear ReLU linear output".split()
    assert seen[-1] == "probabilities"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^probabilities: "))).to_be_visible()
    page.locator(".scroller .stage").press("Escape")
    expect(page.get_by_role("heading", name=re.compile("^probabilities: "))).to_have_count(0)
    page.locator(".scroller .stage").press("Escape")
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_a_copied_link_opens_the_block_in_another_browser(
    browser: Browser, page: Page, address: str, network: Network
) -> None:
    layer = "encoder.layers.2.self_attn.scores"
    open_transformer(page, address)
    page.get_by_role("button", name="Block 2").click()
    check(page, network, layer)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name=re.compile(f"^{layer}: "))).to_be_visible(timeout=60_000)
    expect(other.get_by_role("button", name="Block 2")).to_have_attribute("aria-expanded", "true")
    assert number(other.locator(".panel .value").inner_text()) == pytest.approx(own_number(network, layer)[1], rel=1e-6)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_transformer(page, address, "&at=encoder.layers.0.self_attn.context:3.40")
    expect(page.get_by_role("heading", name=re.compile("self_attn.context: "))).to_be_visible()
    page.wait_for_timeout(1000)
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
