"""The frame's digit in Chromium: on Train, too, where what is said of it changes as the network learns."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.helpers import begin_training, end_training, open_layers, strip


def test_the_digit_stays_in_sight_while_the_network_learns(page: Page, address: str) -> None:
    begin_training(page, address)
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_text("Digit to look at").click()
    sidebar.get_by_role("spinbutton", name="Test digit").fill("3")
    page.keyboard.press("Enter")
    expect(strip(page)).to_contain_text("Test digit 3, a 0")
    expect(page.locator(".subject figcaption")).to_have_text("Test digit 3, a 0")
    (began,) = re.findall(r"CNN, after ([\d,]+) step", strip(page).inner_text())
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    expect(strip(page)).not_to_contain_text(f"after {began} step")
    expect(strip(page)).to_be_in_viewport(ratio=1)
    open_layers(page, "cnn")
    expect(strip(page)).to_contain_text(re.compile("Test digit 3, a 0.*CNN, live training"))
    end_training(page)
