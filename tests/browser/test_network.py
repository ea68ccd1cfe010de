"""The whole CNN in Chromium: every layer shows the core's own numbers, by mouse and by keyboard; so does a link."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from scratchnn.models import Model
from tests.browser.conftest import new_tab
from tests.browser.helpers import (
    Network,
    assert_accessible,
    card_number,
    middle,
    number,
    point,
    saved_run,
    wait_for_network,
)

LAYERS = [
    *(f"{kind}{block}" for block in (1, 2, 3) for kind in ("conv", "norm", "relu", "pool")),
    *("fc1", "relu", "fc2", "probabilities"),
]


def open_network(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/cnn?digit=test:3{query}")
    wait_for_network(page)


def core(model: Model | None = None) -> Network:
    """The pretrained network, or another, on the third test digit."""
    model, dataset = model or open_model("pretrained", "cnn").model, load_dataset(DataConfig())
    return model, inspect(model, dataset.normalise(dataset.test.images[3:4]))[1]


def walk_by_mouse(page: Page, network: Network) -> None:
    """Point at every layer and click it: the panel and the card show the network's own number."""
    for layer in LAYERS:
        position, own = middle(network, layer)
        x, y = point(page, layer, position)
        expect(page.locator(".panel .name")).to_have_text(re.compile(f"^{layer}, "))
        shown = page.locator(".panel .at" if layer == "probabilities" else ".panel .value").inner_text()
        assert number(shown) == pytest.approx(own, rel=1e-6, abs=1e-7)
        page.mouse.click(x, y)
        expect(page.get_by_role("region", name=re.compile(f"^{layer}: "))).to_be_visible()
        assert card_number(page, "The network’s own number") == own
        assert card_number(page, "Arithmetic above") == pytest.approx(own, rel=1e-5, abs=1e-5)
        expect(page).to_have_url(re.compile(f"at={layer}(:|%3A){'.'.join(map(str, position))}$"))


@pytest.mark.parametrize("model", ["pretrained", "untrained"])
def test_every_layer_by_mouse(page: Page, address: str, model: str) -> None:
    open_network(page, address, f"&model={model}")
    walk_by_mouse(page, core(open_model(model, "cnn").model))


def test_every_layer_of_a_saved_run(page: Page, address: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    config = open_model("pretrained", "cnn").config.changed("training", seed=4)
    model = saved_run(tmp_path_factory.getbasetemp(), "walked", config)
    open_network(page, address, "&model=run:walked@10")
    walk_by_mouse(page, core(model))


def test_the_card_opens_its_source_its_table_and_copies_python(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_network(page, address, "&at=fc2%3A4")
    card = page.get_by_role("region", name=re.compile("^fc2: "))
    expect(card).to_be_visible()
    own = float(values(*core(), "fc2")[4])
    assert card_number(page, "The network’s own number") == own

    card.get_by_role("button", name="Source").click()
    marked = card.locator("pre .here")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text("y = matmul(rows, self.weight.value.T")
    expect(marked).to_be_in_viewport()
    expect(card.get_by_text(re.compile(r"^scratchnn/layers/linear\.py, line \d+$"))).to_be_visible()

    card.get_by_role("button", name="Copy as Python").click()
    expect(card.get_by_role("status")).to_contain_text("Copied")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert "open_model('pretrained', 'cnn')" in copied
    assert "find_digit('test:3'" in copied
    assert repr(own) in copied

    card.get_by_text("Every term as a table").click()
    expect(card.locator("tbody tr").last).to_contain_text("residual")
    cells = [row.split("\t") for row in card.locator("tbody").inner_text().splitlines()]
    last = cells[-3][0]
    terms = [number(line[-1]) for line in cells if line[0] == last and line[1] != "="]
    assert math.fsum(terms) == pytest.approx(own, abs=1e-5)


def test_a_maximum_says_what_the_mean_would_have_been(page: Page, address: str) -> None:
    open_network(page, address, "&at=pool1%3A7.5.9")
    instead = page.locator(".card .instead")
    expect(instead).to_be_visible()
    *terms, mean = [number(text) for text in instead.locator("b").all_inner_texts()]
    assert len(terms) == 4
    assert max(terms) > mean == pytest.approx(math.fsum(terms) / 4, rel=0.01)


def test_the_keyboard_walks_through_the_whole_network(page: Page, address: str) -> None:
    open_network(page, address)
    page.locator(".scroller .stage").focus()
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
    expect(page.get_by_role("region", name=re.compile("^probabilities: "))).to_be_visible()
    page.locator(".scroller .stage").press("Escape")
    expect(page.get_by_role("region", name=re.compile("^probabilities: "))).to_have_count(0)


def test_a_copied_link_shows_the_same_in_another_browser(browser: Browser, page: Page, address: str) -> None:
    open_network(page, address)
    x, y = point(page, "conv2", [5, 7, 6])
    page.mouse.click(x, y)
    expect(page.get_by_role("region", name=re.compile("^conv2: map 5"))).to_be_visible()
    expect(page).to_have_url(re.compile("at="))
    value = page.locator(".panel .value").inner_text()
    with new_tab(browser) as other:
        other.goto(page.url)
        expect(other.get_by_role("region", name=re.compile("^conv2: map 5"))).to_be_visible(timeout=60_000)
        expect(other.locator(".panel .value")).to_have_text(value)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    open_network(page, address, "&at=conv2%3A5.7.6")
    expect(page.get_by_role("region", name=re.compile("^conv2: map 5"))).to_be_visible()
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Source").click()
    page.get_by_text("Every term as a table").click()
    assert_accessible(page)
