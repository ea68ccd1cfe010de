"""The walk through every layer holds on the network that trains: while it moves, frozen, and copied as Python."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from scratchnn.config import DataConfig, ModelName, preset
from scratchnn.data import load_dataset
from scratchnn.figures.network.cnn import cnn_columns
from scratchnn.figures.network.column import Column
from scratchnn.figures.network.transformer import transformer_columns
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.layers import inspect
from scratchnn.models import CustomTransformer, Model, build_model
from scratchnn.training.checkpoints import Checkpoint
from scratchnn.training.runs import RUNS
from tests.browser.conftest import new_tab
from tests.browser.helpers import (
    Network,
    begin_training,
    end_training,
    middle,
    number,
    open_layers,
    panel_number,
    picture,
    point,
    steps_of,
    strip,
    wait_for_network,
)

PRESETS: dict[ModelName, str] = {"cnn": "course", "transformer": "live"}

# The number in the panel and all rows of the card's table at one instant: at the next they may be another network's.
SHOWN = """(inPanel) => {
  const roots = [...document.querySelectorAll('*')].map((element) => element.shadowRoot).filter(Boolean);
  const find = (selector) => roots.map((root) => root.querySelector(selector)).find(Boolean);
  const table = find('.card .sheet tbody')?.rows ?? [];
  const rows = [...table].map((row) => [...row.cells].map((cell) => cell.textContent));
  return [find(inPanel).textContent, rows];
}"""


def core(model: Model) -> Network:
    """A network on the first test digit."""
    dataset = load_dataset(DataConfig())
    return model, inspect(model, dataset.normalise(dataset.test.images[:1]))[1]


def columns_of(network: Network) -> list[Column]:
    """Every column of the canvas but the image."""
    model, trace = network
    make = transformer_columns if isinstance(model, CustomTransformer) else cnn_columns
    return make(model, trace, torch.zeros(1, 10))[1:]  # type: ignore[arg-type]


def open_block(page: Page, column: Column) -> None:
    """So that all its columns are seen."""
    if column.block is None:
        return
    opener = page.get_by_role("button", name=f"Block {column.block}")
    if opener.get_attribute("aria-expanded") != "true":
        opener.click()


def comes_about(page: Page, layer: str) -> None:
    """Every step in the card's table recomputes, the last to the network's own number, and the panel shows that."""
    for _ in range(50):  # between two looks of the page, the panel may already be of newer weights than the card
        said, rows = page.evaluate(SHOWN, ".panel .at" if layer == "probabilities" else ".panel .said .value")
        own = number(rows[-2][-1]) if rows else math.nan  # the table may be on its way
        if number(said) == pytest.approx(own, rel=1e-6, abs=1e-7):
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError(f"{layer}: the panel says {said}, the card {own}")
    results = []
    for name, made, written in steps_of(rows):
        assert made == pytest.approx(written, rel=1e-9, abs=1e-9), f"{layer}: {name}"
        if not name.endswith(" instead"):
            results.append(made)
    assert results[-1] == pytest.approx(own, rel=1e-5, abs=1e-5), layer


def copied(page: Page, said: str) -> str:
    """What the card's button puts on the clipboard of this moment."""
    card = page.locator(".card")
    card.get_by_role("button", name="Copy as Python").click()
    expect(card.get_by_role("status")).to_contain_text(re.compile(said))
    text: str = page.evaluate("() => navigator.clipboard.readText()")
    return text


def kept(text: str) -> Checkpoint:
    """The weights that a copied text names, which are written at about the time of its copying."""
    folder, step = re.findall(r"open_model\('run:(.+)@(\d+)'", text)[0]
    file = RUNS / folder / "kept" / f"step-{int(step):06d}.safetensors"
    end = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < end, f"{file} is not there"
        time.sleep(0.05)
    return Checkpoint.read(file)


def pasted(text: str) -> float:
    """What the text computes."""
    names: dict[str, Any] = {}
    exec(text, names)
    return float(names["value"])


def seen_elsewhere(browser: Browser, link: str) -> tuple[str, str]:
    """What a copied link shows in another browser, which has no training of its own."""
    with new_tab(browser) as other:
        other.goto(re.sub("run=[^&]+&?", "", link))
        wait_for_network(other)
        return strip(other).text_content() or "", other.locator(".card dl").first.inner_text()


@pytest.mark.parametrize("kind", ["cnn", "transformer"])
def test_every_layer_of_the_network_in_training(
    page: Page,
    browser: Browser,
    address: str,
    kind: ModelName,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (server,) = tmp_path_factory.getbasetemp().glob("app[0-9]*")
    monkeypatch.chdir(server)  # where what is copied can be pasted
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    begin_training(page, address, kind)
    open_layers(page, kind)
    expect(strip(page)).to_contain_text("live training")
    network = core(build_model(preset(kind, PRESETS[kind])))
    columns = [(column, middle(network, column.name)[0]) for column in columns_of(network)]

    moments = set()
    for column, position in columns:
        open_block(page, column)
        page.mouse.click(*point(page, column.name, position))
        page.get_by_role("region", name=re.compile(f"^{column.name}: ")).wait_for()  # sooner than expect() would
        if not moments:
            page.get_by_text("Every term as a table").click()
            page.locator(".card .sheet tbody tr").first.wait_for()
        comes_about(page, column.name)
        moments.add(re.findall(r"after ([\d,]+) step", strip(page).inner_text())[0])
    assert len(moments) > 2, "the network did not follow"
    text = copied(page, r"Copied: .+ at step \d+, whose weights are kept")
    kept(text)
    shown = float(re.findall(r"# .+ was (\S+)$", text.strip())[0])
    assert pasted(text) == pytest.approx(shown, rel=1e-5, abs=1e-5)

    page.get_by_test_id("stSidebar").get_by_text("Follow the newest weights").click()
    expect(page.get_by_role("switch", name="Follow the newest weights")).not_to_be_checked()
    page.wait_for_timeout(1500)  # what was under way arrives
    held, before = strip(page).text_content() or "", picture(page)
    page.wait_for_timeout(2500)
    assert (strip(page).text_content(), picture(page)) == (held, before)
    numbers = page.locator(".card dl").first.inner_text()
    assert seen_elsewhere(browser, page.url) == (held, numbers), "the link shows another moment"
    field = page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Test digit")
    for digit in ("8", "0"):  # another one, and back: still at the weights of that moment
        field.fill(digit)
        field.press("Enter")
        expect(strip(page)).to_contain_text(f"Test digit {digit}")
    expect(strip(page)).to_have_text(held)
    network = core(kept(copied(page, r"Copied\. ")).model())  # type: ignore[arg-type]
    for column, position in columns:
        open_block(page, column)
        own = float(values(*network, column.name)[tuple(position)])
        point(page, column.name, position)
        expect(page.locator(".panel .name")).to_contain_text(re.compile(f"\\b{re.escape(column.label)}\\b"))
        shown = panel_number(page, column.name).inner_text()
        assert number(shown) == pytest.approx(own, rel=1e-5, abs=1e-6), column.name
    page.mouse.move(0, 0)
    assert strip(page).text_content() == held
    end_training(page)
