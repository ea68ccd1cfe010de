"""A person trains both networks: curves move, buttons act, a reload and other pages change nothing."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.timeout(300)


def open_train(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    expect(button(page, "Train")).to_be_enabled()
    expect(page.get_by_label("Probe digits")).to_be_visible()


def button(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)


def figure(page: Page, label: str) -> float:
    """A figure of the status strip; −1 where there is none yet."""
    text = page.locator("dl div").filter(has_text=re.compile(f"^{label}")).locator("dd").first.inner_text()
    digits = re.sub(r"[^\d.]", "", text)
    return float(digits) if digits else -1.0


def wait_for(page: Page, label: str, least: float) -> None:
    """Wait until a figure of the status strip has reached `least`."""
    for _ in range(600):
        if figure(page, label) >= least:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{label} stayed at {figure(page, label)}, below {least}")


def points(page: Page, chart: str) -> int:
    """How many points the longest curve of a chart has in the browser."""
    curves = "(document.querySelector(`[data-chart=${name}] .plot`)?.data ?? [])"
    count: int = page.evaluate(f"name => Math.max(0, ...{curves}.map(curve => curve.x.length))", chart)
    return count


def test_cnn_learns_pauses_and_survives_a_reload(page: Page, address: str) -> None:
    open_train(page, address)
    button(page, "Train").click()
    wait_for(page, "Validation accuracy", 60)
    assert points(page, "loss") > 20
    button(page, "Pause").click()
    expect(button(page, "Resume")).to_be_visible()
    page.wait_for_timeout(1500)
    standing = figure(page, "Step")
    button(page, "One step").click()
    wait_for(page, "Step", standing + 1)
    assert figure(page, "Step") == standing + 1

    page.get_by_role("link", name="Home").click()
    expect(page.get_by_role("heading", name="Two networks")).to_be_visible()
    page.get_by_role("link", name="Train", exact=True).click()
    expect(button(page, "Resume")).to_be_visible()
    assert figure(page, "Step") == standing + 1

    button(page, "Resume").click()
    wait_for(page, "Step", standing + 20)
    page.reload()
    expect(button(page, "Pause")).to_be_visible()
    wait_for(page, "Step", standing + 30)
    assert points(page, "loss") > 20, "the curves before the reload are gone"
    button(page, "Stop").click()
    expect(page.get_by_text("Stopped. The run is kept in")).to_be_visible()
    button(page, "Reset").click()
    expect(button(page, "Train")).to_be_enabled()
    expect(page.get_by_text(re.compile("after 0 steps")).first).to_be_visible()


def test_transformer_learns_and_shows_where_it_looks(page: Page, address: str) -> None:
    open_train(page, address)
    page.get_by_test_id("stSidebar").get_by_role("radio", name="Transformer").click()
    expect(page.get_by_role("heading", name="Where it looks")).to_be_visible()
    button(page, "Train").click()
    wait_for(page, "Validation accuracy", 60)
    expect(page.get_by_role("img", name=re.compile("^head 5"))).to_be_visible()
    page.get_by_label("Worst mistakes").get_by_role("button").first.click()
    expect(page.get_by_label("Worst mistakes").locator("button[aria-pressed=true]").first).to_be_visible()
    button(page, "Stop").click()
    expect(page.get_by_text("Stopped. The run is kept in")).to_be_visible()


def test_two_tabs_do_not_disturb_each_other(browser: Browser, page: Page, address: str) -> None:
    open_train(page, address)
    button(page, "Train").click()
    wait_for(page, "Step", 5)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    other = context.new_page()
    other.set_default_timeout(60_000)
    open_train(other, address)
    assert figure(other, "Step") == 0
    button(other, "Train").click()
    wait_for(other, "Step", 5)
    button(other, "Stop").click()
    expect(button(other, "Train")).to_be_enabled()
    before = figure(page, "Step")
    wait_for(page, "Step", before + 10)
    context.close()
    button(page, "Stop").click()
    expect(button(page, "Train")).to_be_enabled()


@pytest.mark.parametrize("path", ["", "train"])
def test_no_serious_accessibility_fault(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    expect(page.get_by_role("img").first).to_be_visible()
    page.wait_for_timeout(1000)
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
