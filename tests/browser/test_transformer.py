"""The whole Transformer in Chromium: every column of every block shows the core's own numbers; so does a link."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.figures.network.transformer import transformer_columns
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from scratchnn.models import CustomTransformer
from tests.browser.conftest import new_tab
from tests.browser.helpers import (
    Network,
    assert_accessible,
    card_number,
    middle,
    number,
    point,
    saved_run,
    settle,
    wait_for_network,
)

# of another kind than the pretrained one in everything that the canvas can show
OTHER = {
    "patch_size": 14, "width": 24, "heads": 3, "feed_forward": 20, "depth": 2, "norm_first": False,
    "activation": "gelu", "pooling": "class_token", "position": "sinusoidal",
}  # fmt: skip


def open_transformer(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/transformer?digit=test:3{query}")
    wait_for_network(page)


def core(model: CustomTransformer) -> Network:
    """A network on the third test digit."""
    dataset = load_dataset(DataConfig())
    return model, inspect(model, dataset.normalise(dataset.test.images[3:4]))[1]


@pytest.fixture(scope="module")
def network() -> Network:
    model = open_model("pretrained", "transformer").model
    assert isinstance(model, CustomTransformer)
    return core(model)


def check(page: Page, network: Network, layer: str) -> None:
    """The panel and the card show the network's own number."""
    position, own = middle(network, layer)
    x, y = point(page, layer, position)
    shown = page.locator(".panel .at" if layer == "probabilities" else ".panel .value")
    expect(shown).to_have_text(re.compile(r"^−?[\d.]+(e.\d+)?$"))
    assert number(shown.inner_text()) == pytest.approx(own, rel=1e-6)
    page.mouse.click(x, y)
    expect(page.get_by_role("region", name=re.compile(f"^{layer}: "))).to_be_visible()
    expect(page).to_have_url(re.compile(f"at={layer}(:|%3A){'.'.join(map(str, position))}(&|$)"))
    assert card_number(page, "The network’s own number") == pytest.approx(own, abs=1e-6)
    assert card_number(page, "Residual") < 1e-5


def walk(page: Page, network: Network, blocks: Iterable[int]) -> None:
    """Every column outside the blocks, and every column of some blocks."""
    model, trace = network
    assert isinstance(model, CustomTransformer)
    columns = transformer_columns(model, trace, torch.zeros(1, 10))[1:]  # without the image
    for column in columns:
        if column.block is None:
            check(page, network, column.name)
    for block in blocks:
        page.get_by_role("button", name=f"Block {block}").click()
        for column in columns:
            if column.block == block:
                check(page, network, column.name)


def test_every_column_by_mouse(page: Page, address: str, network: Network) -> None:
    open_transformer(page, address)
    walk(page, network, (0, 3))


def test_every_column_of_the_untrained_network(page: Page, address: str) -> None:
    model = open_model("untrained", "transformer").model
    assert isinstance(model, CustomTransformer)
    open_transformer(page, address, "&model=untrained")
    walk(page, core(model), (2,))


def test_every_column_of_a_saved_run_of_another_kind(
    page: Page, address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = open_model("pretrained", "transformer").config.changed("transformer", **OTHER)
    model = saved_run(tmp_path_factory.getbasetemp(), "another", config)
    assert isinstance(model, CustomTransformer)
    open_transformer(page, address, "&model=run:another@10")
    walk(page, core(model), (0, 1))


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
    attention = ["query", "key", "scores", "weights", "value", "heads", "project"]
    assert inside == ["norm1", *attention, "sum", "norm2", "linear1", "ReLU", "linear2", "output"]
    assert seen[-1] == "probabilities"
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name=re.compile("^probabilities: "))).to_be_visible()
    page.locator(".scroller .stage").press("Escape")
    expect(page.get_by_role("region", name=re.compile("^probabilities: "))).to_have_count(0)
    page.locator(".scroller .stage").press("Escape")
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_a_copied_link_opens_the_block_in_another_browser(
    browser: Browser, page: Page, address: str, network: Network
) -> None:
    layer = "encoder.layers.2.self_attn.scores"
    open_transformer(page, address)
    page.get_by_role("button", name="Block 2").click()
    check(page, network, layer)
    with new_tab(browser) as other:
        other.goto(page.url)
        expect(other.get_by_role("region", name=re.compile(f"^{layer}: "))).to_be_visible(timeout=60_000)
        expect(other.get_by_role("button", name="Block 2")).to_have_attribute("aria-expanded", "true")
        assert number(other.locator(".panel .value").inner_text()) == pytest.approx(
            middle(network, layer)[1], rel=1e-6
        )


def test_back_closes_a_block_under_the_pointer(page: Page, address: str) -> None:
    open_transformer(page, address)
    settle(page)
    opener = page.get_by_role("button", name="Block 0")
    opener.click()
    expect(page).to_have_url(re.compile("[?&]open=0(&|$)"))
    settle(page)
    point(page, "encoder.layers.0.linear2", [1, 3])
    expect(page.locator(".panel .name")).to_have_text("Block 0, linear2, patch 1")
    page.go_back()
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".panel .name")).not_to_contain_text("linear2")


def test_an_open_block_is_in_the_link(browser: Browser, page: Page, address: str) -> None:
    def is_open(tab: Page, block: int, answer: str = "true") -> None:
        expect(tab.get_by_role("button", name=f"Block {block}")).to_have_attribute("aria-expanded", answer)

    open_transformer(page, address)
    settle(page)
    page.get_by_role("button", name="Block 2").click()
    expect(page).to_have_url(re.compile("[?&]open=2(&|$)"))
    page.reload()
    is_open(page, 2)
    with new_tab(browser) as other:
        other.goto(page.url)
        is_open(other, 2)
    settle(page)
    page.get_by_role("button", name="Block 1").click()
    expect(page).to_have_url(re.compile("[?&]open=1(&|$)"))
    settle(page)
    page.go_back()
    is_open(page, 2)
    is_open(page, 1, "false")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_transformer(page, address, "&at=encoder.layers.0.self_attn.context:3.40")
    expect(page.get_by_role("region", name=re.compile("self_attn.context: "))).to_be_visible()
    page.wait_for_timeout(1000)
    assert_accessible(page)
