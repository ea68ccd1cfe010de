"""A copied link shows the same in another browser: whatever is set on the pages that look inside."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PATIENCE, new_tab
from tests.browser.helpers import (
    picture,
    point,
    settle,
    strip,
    wait_for_network,
)
from tests.browser.test_canvas import card


def open_at(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    wait_for_network(page)


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def same_elsewhere(browser: Browser, page: Page, shown: Callable[[Page], object]) -> None:
    """What a function reads off this tab, it reads off another browser's that has nothing but the address."""
    with new_tab(browser) as other:
        other.goto(page.url)
        wait_for_network(other)
        for _ in range(PATIENCE // 100):  # here, too, an answer may still be on its way
            here, there = shown(page), shown(other)
            if here == there:
                return
            other.wait_for_timeout(100)
        assert there == here


def attention_of(page: Page) -> object:
    """What the three parts on attention show."""
    maps, deck, row = (region(page, name) for name in ("Attention", "From scores to weights", "One row of attention"))
    row.locator(".rows tbody tr").first.wait_for()
    return (
        maps.locator("h3").all_inner_texts(), maps.locator("dd").all_inner_texts(),
        maps.locator("fieldset input:checked").get_attribute("value"),
        deck.locator("h3").inner_text(), deck.locator(".cell dd").all_inner_texts(),
        deck.locator(".reading").all_inner_texts(),
        page.locator(".softmax .facts dd").all_inner_texts(), row.locator(".temperature b").inner_text(),
        page.get_by_role("heading", name=re.compile("^What head")).inner_text(),
    )  # fmt: skip


def test_what_is_looked_at_in_the_attention(browser: Browser, page: Page, address: str) -> None:
    open_at(page, address, "transformer?digit=test:3&ask=heads")
    maps, row = region(page, "Attention"), region(page, "One row of attention")
    maps.get_by_title("block 2, head 4").click()
    row.get_by_label("Query").select_option("6")
    row.get_by_role("radio", name="patch 3", exact=True).check()
    expect(page).to_have_url(re.compile(r"[?&]look=2\.4\.6\.3(&|$)"))
    row.get_by_role("slider").fill("-0.5")
    expect(page).to_have_url(re.compile(r"[?&]temperature=0\.316(&|$)"))
    maps.get_by_role("radio", name="all maps").check(force=True)
    expect(page).to_have_url(re.compile(r"[?&]range=all(&|$)"))
    same_elsewhere(browser, page, attention_of)
    maps.get_by_title("block 1, mean of all heads").click()
    expect(page).to_have_url(re.compile(r"[?&]look=1\.4\.6\.3\.mean(&|$)"))
    expect(region(page, "From scores to weights").get_by_role("radio", name="block 1")).to_be_checked()
    same_elsewhere(browser, page, attention_of)
    maps.get_by_title("rollout through all blocks").click()
    expect(page).to_have_url(re.compile(r"[?&]look=1\.4\.6\.3\.rollout(&|$)"))
    same_elsewhere(browser, page, attention_of)


def patches_of(page: Page) -> object:
    names = "Hide patches", "Shuffled patches"
    texts = [region(page, name).inner_text() for name in names]
    return texts, page.get_by_role("spinbutton", name="Shuffle number").input_value()


def test_hidden_and_shuffled_patches(browser: Browser, page: Page, address: str) -> None:
    open_at(page, address, "transformer?digit=test:3&ask=patches")
    grid = region(page, "Hide patches").get_by_role("group", name="The digit’s patches")
    for patch in (5, 6, 9):
        grid.get_by_role("button", name=f"Patch {patch},").click()
    expect(page).to_have_url(re.compile(r"hidden=16(:|%3A)5\.6\.9(&|$)"))
    page.get_by_role("button", name="Shuffle anew").click()
    expect(page).to_have_url(re.compile(r"[?&]order=2(&|$)"))
    expect(page.get_by_role("spinbutton", name="Shuffle number")).to_have_value("2")
    same_elsewhere(browser, page, patches_of)
    page.get_by_text("What do the heads look at?").click()
    expect(page.get_by_text("13 of 16 patches")).to_be_visible()
    same_elsewhere(browser, page, attention_of)
    expect(region(page, "One row of attention").locator(".rows tbody tr")).to_have_count(13)
    page.get_by_role("button", name="Show all patches").click()
    expect(region(page, "One row of attention").locator(".rows tbody tr")).to_have_count(16)


def played(page: Page) -> object:
    section = page.locator(".playground")
    grid = [field.input_value() for field in section.locator(".grid input, .bias input").all()]
    return section.locator(".plugged").inner_text(), grid, section.locator(".counts").inner_text()


def test_the_playgrounds_settings(browser: Browser, page: Page, address: str) -> None:
    open_at(page, address, "cnn?digit=test:3&play=convolution.3.2.1.1:blur")
    section = page.locator(".playground")
    expect(section.locator(".plugged")).to_contain_text("= 14")
    same_elsewhere(browser, page, played)
    cell = section.get_by_role("spinbutton", name="Kernel, row 1, column 1")
    cell.fill("-2.5")
    cell.press("Enter")
    expect(page).to_have_url(re.compile(r"play=convolution\.3\.2\.1\.1[^&]*-2\.5"))
    same_elsewhere(browser, page, played)


def test_a_digit_and_a_model(browser: Browser, page: Page, address: str) -> None:
    open_at(page, address, "cnn?digit=test:8&model=untrained")
    page.get_by_test_id("stSidebar").get_by_role("button", name="Random").click()
    expect(strip(page)).not_to_contain_text(re.compile("Test digit 8, a"))  # nor is it digit 8,123
    expect(page).not_to_have_url(re.compile(r"digit=test(:|%3A)8(&|$)"))
    same_elsewhere(browser, page, lambda tab: (strip(tab).inner_text(), picture(tab)))


def test_the_way_back_from_page_to_page(page: Page, address: str) -> None:
    """What a page fills into its address by itself is no step on the way."""
    page.goto(address)
    expect(page.locator(".scroller .stage")).to_have_count(2)
    for name in ("CNN", "Transformer"):
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
        page.get_by_role("heading", name=f"{name}, layer by layer").wait_for()
        wait_for_network(page)
        settle(page)
    page.go_back()
    page.get_by_role("heading", name="CNN, layer by layer").wait_for()
    settle(page)
    page.go_back()
    page.get_by_role("heading", name="Two networks, written out by hand").wait_for()


def test_one_choice_is_one_step_back(page: Page, address: str) -> None:
    """A head's number that is chosen is looked at in all attention, too: two changes of the address."""
    open_at(page, address, "transformer?digit=test:3&open=0")
    scores = "encoder.layers.0.self_attn.scores"
    settle(page)
    page.mouse.click(*point(page, scores, [3, 5, 6]))
    card(page, scores).wait_for()
    expect(page).to_have_url(re.compile(r"[?&]look=0\.3\.5\.6(&|$)"))
    settle(page)
    page.go_back()
    expect(card(page, scores)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"[?&]look=0\.0\.8(&|$)"))


def test_the_way_back_from_a_page_opened_by_its_address(page: Page, address: str) -> None:
    """However many parameters the page fills into its address before the script for Back is there."""
    open_at(page, address, "transformer")
    settle(page)
    page.go_back()
    page.wait_for_url("about:blank")


def test_the_way_back_from_no_page(browser: Browser, address: str) -> None:
    with browser.new_context() as context:  # of its own: that there is no such page is an error in the console
        page = context.new_page()
        page.goto(f"{address}/nowhere")
        expect(page.locator(".scroller .stage")).to_have_count(2)  # Home
        settle(page)
        for _ in range(4):
            page.go_back()
            page.wait_for_timeout(2000)
            if page.url == "about:blank":
                return
        raise AssertionError(f"Back leads to {page.url}")


def test_an_address_that_is_being_left_makes_no_entry(page: Page, address: str) -> None:
    """Between two pages, Streamlit now and then writes a part of the new page's address below the old one's path."""
    open_at(page, address, "cnn?digit=test:3")
    settle(page)
    page.mouse.click(5, 5)
    before, entries = page.url, page.evaluate("history.length")
    page.evaluate("history.pushState({}, '', '?run=some')")
    assert (page.url, page.evaluate("history.length")) == (before, entries)


def test_the_way_back_from_a_link_that_was_put_right(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".scroller .stage")).to_have_count(2)
    settle(page)
    page.mouse.click(5, 5)
    page.evaluate("history.pushState({}, '', '/cnn?digit=test:3&model=live:gone')")
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
    expect(page.get_by_text("That training is no longer here")).to_be_visible()
    expect(page).to_have_url(re.compile("model=pretrained"))
    settle(page)
    page.go_back()
    page.get_by_role("heading", name="Two networks, written out by hand").wait_for()
    expect(page.get_by_text("That training is no longer here")).to_have_count(0)  # it concerned the other page


def test_the_way_back_in_the_cnn(page: Page, address: str) -> None:
    open_at(page, address, "cnn?digit=test:3&at=conv1:0.10.10")
    name = page.locator(".panel .name")
    expect(name).to_have_text("conv1, map 0")
    page.mouse.click(*point(page, "pool1", [2, 5, 5]))
    card(page, "pool1").wait_for()
    settle(page)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Random").click()
    expect(strip(page)).not_to_contain_text("Test digit 3, a 0")  # nor is it digit 3,192
    settle(page)
    page.go_back()
    expect(strip(page)).to_contain_text("Test digit 3, a 0")
    card(page, "pool1").wait_for()
    settle(page)
    page.go_back()
    card(page, "conv1").wait_for()
    expect(name).to_have_text("conv1, map 0")


def test_the_way_back_in_the_transformer(page: Page, address: str) -> None:
    open_at(page, address, "transformer?digit=test:3")
    maps, row = region(page, "Attention"), region(page, "One row of attention")
    first = page.get_by_role("heading", name=re.compile("^What head 0 of block 0"))
    first.wait_for()
    settle(page)
    maps.get_by_title("block 1, head 2").click()
    before = page.get_by_role("heading", name=re.compile("^What head 2 of block 1"))
    before.wait_for()
    settle(page)
    maps.get_by_title("block 2, head 4").click()
    heading = page.get_by_role("heading", name=re.compile("^What head 4 of block 2"))
    heading.wait_for()
    settle(page)
    row.get_by_role("slider").fill("-0.5")
    expect(row.locator(".temperature b")).to_contain_text("0.316")
    settle(page)
    page.get_by_text("What if patches are hidden or shuffled?").click()
    region(page, "Hide patches").wait_for()
    settle(page)
    page.go_back()
    expect(row.locator(".temperature b")).to_contain_text("0.316")
    heading.wait_for()
    settle(page)
    page.go_back()
    expect(row.locator(".temperature b")).to_contain_text("1, the network’s own")
    heading.wait_for()
    settle(page)
    page.go_back()
    before.wait_for()
    expect(maps.get_by_role("heading", name="Block 1, head 2", exact=True)).to_be_visible()
    settle(page)
    page.go_back()
    first.wait_for()
    expect(maps.get_by_role("heading", name="Block 0, head 0", exact=True)).to_be_visible()


def test_the_way_back_to_what_was_there_at_first(page: Page, address: str) -> None:
    open_at(page, address, "transformer?digit=test:3&ask=patches")
    grid = region(page, "Hide patches").get_by_role("group", name="The digit’s patches")
    patch = grid.get_by_role("button", name="Patch 5,")
    expect(patch).to_have_attribute("aria-pressed", "false")
    settle(page)
    patch.click()
    expect(patch).to_have_attribute("aria-pressed", "true")
    settle(page)
    page.get_by_role("button", name="Shuffle anew").click()
    order = page.get_by_role("spinbutton", name="Shuffle number")
    expect(order).to_have_value("2")
    settle(page)
    page.go_back()
    expect(order).to_have_value("1")
    settle(page)
    page.go_back()
    expect(patch).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    "path",
    [
        "transformer?look=9.9.9.9.9&range=x&temperature=hot&hidden=16:99&order=-1&place=x.y&ask=why&at=nowhere:1",
        "transformer?ask=patches&hidden=16:0.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15&order=1e9",
        "cnn?play=convolution.3.1.1.1:nan,nan&at=conv2:9.9.9.9&digit=test:x&model=run:../..@1",
    ],
)
def test_a_broken_link_is_no_fault(page: Page, address: str, path: str) -> None:
    open_at(page, address, path)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
