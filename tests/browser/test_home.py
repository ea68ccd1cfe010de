"""Home in Chromium: both networks whole on the chosen digit, and a click leads to where a number is explained."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import assert_accessible, strip

STAGES = "() => [...document.querySelectorAll('*')].map((e) => e.shadowRoot?.querySelector('.stage')).filter(Boolean)"


def open_home(page: Page, address: str) -> None:
    page.goto(address)
    for network in range(2):
        expect(page.locator(".panel .name").nth(network)).to_have_text("The digit")


@pytest.mark.parametrize(
    ("network", "layer", "position", "said"),
    [
        (0, "pool1", [3, 4, 5], "pool1: map 3, row 4, column 5"),
        (1, "position", [6, 40], "position: patch 6, number 40"),
    ],
)
def test_a_click_opens_the_number_on_its_own_page(
    page: Page, address: str, network: int, layer: str, position: list[int], said: str
) -> None:
    open_home(page, address)
    page.get_by_role("button", name="A 4").click()
    expect(strip(page)).to_contain_text(re.compile(r"Test digit \d+, a 4"))
    page.locator(".scroller .stage").nth(network).scroll_into_view_if_needed()
    place = page.evaluate(
        f"([network, layer, at]) => ({STAGES})()[network].placeOf(layer, ...at)", [network, layer, position]
    )
    page.mouse.move(place["x"], place["y"])
    name = page.locator(".panel .name").nth(network)
    expect(name).to_have_text(re.compile(f"^{layer}, "))
    value = page.locator(".panel .value").nth(network).inner_text()
    page.mouse.click(place["x"], place["y"])
    expect(page.get_by_role("region", name=said)).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/{['cnn', 'transformer'][network]}\?.*digit=test"))
    expect(page.locator(".panel .value")).to_have_text(value)  # the same number of the same digit


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_home(page, address)
    page.wait_for_timeout(1000)
    assert_accessible(page)
