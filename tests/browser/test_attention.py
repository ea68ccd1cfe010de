"""All attention in Chromium: what is pointed at, walked to and tabulated is the core’s own, of one head and of all."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.attention import Attention, read_attention
from scratchnn.inspection.patches import hide_patches
from scratchnn.inspection.subjects import open_model
from scratchnn.models import CustomTransformer
from tests.browser.helpers import in_matrix, number, point, wait_for_network


def seen(hidden: list[int] | None = None) -> Attention:
    """The pretrained network's attention on test digit 3."""
    model, dataset = open_model("pretrained", "transformer").model, load_dataset(DataConfig())
    assert isinstance(model, CustomTransformer)
    answer = hide_patches(model, dataset.normalise(dataset.test.images[3:4]), hidden or [])
    return read_attention(model, answer.trace)


def opened(page: Page, address: str, rest: str = "") -> Locator:
    page.goto(f"{address}/transformer?digit=test:3&ask=heads{rest}")
    section = page.get_by_role("region", name="Attention", exact=True)
    expect(section).to_be_visible()
    section.locator(".matrix").scroll_into_view_if_needed()
    return section


def hover(section: Locator, query: int, key: int, tokens: int = 16) -> None:
    matrix = section.locator(".matrix")
    matrix.scroll_into_view_if_needed()
    x, y = in_matrix(matrix, query, key, tokens)
    matrix.hover(position={"x": x, "y": y})


def facts(section: Locator) -> list[str]:
    """Query, key, weight, length of the value, their product."""
    return section.locator("dl dd").all_inner_texts()


def shows(section: Locator, view: Attention, layer: int, head: int, query: int, key: int) -> None:
    """What is read beside the digit is the core's own, and its last line the product of the two before."""
    patches = view.patches.tolist()
    expect(section.locator("dl dd").nth(1)).to_contain_text(f"patch {patches[key]} ")
    texts = facts(section)
    assert texts[0].startswith(f"patch {patches[query]} ")
    weight, size, brought = map(number, texts[2:])
    assert weight == pytest.approx(float(view.weights[layer, head, query, key]), rel=1e-6)
    assert size == pytest.approx(float(view.value_sizes[layer, head, key]), rel=1e-6)
    assert brought == pytest.approx(weight * size, rel=1e-6)


def test_every_head_by_mouse(page: Page, address: str) -> None:
    section, view = opened(page, address), seen()
    expect(section.get_by_text("In the cells: per cent")).to_be_visible()  # 16 tokens leave room for numbers
    for turn in range(24):
        layer, head, query, key = turn // 6, turn % 6, (5 * turn) % 16, (7 * turn + 3) % 16
        section.get_by_title(f"block {layer}, head {head}", exact=True).click()
        expect(section.get_by_role("heading", name=f"Block {layer}, head {head}", exact=True)).to_be_visible()
        hover(section, query, key)
        shows(section, view, layer, head, query, key)


def test_means_and_rollout_and_their_tables(page: Page, address: str) -> None:
    section, view = opened(page, address), seen()
    section.get_by_text("As tables").click()
    for name, what, shares in [
        ("block 2, mean of all heads", "The average of this block’s heads", view.mean()[2]),
        ("rollout through all blocks", "Attention multiplied through all blocks", view.rollout()),
    ]:
        section.get_by_title(f"{name}. {what}").click()
        expect(section.get_by_text(what)).to_be_visible()
        expect(section.locator(".sheet caption").first).to_have_text(re.compile(f"^{name}, query", re.IGNORECASE))
        hover(section, 4, 9)
        expect(section.locator("dl dd").nth(1)).to_contain_text("patch 9 ")
        assert number(facts(section)[2]) == pytest.approx(float(shares[4, 9]), rel=1e-6)
        rows = section.locator(".sheet table").first.locator("tbody td:nth-of-type(1)")
        row = [number(text) for text in rows.all_inner_texts()]
        assert row == pytest.approx(shares[4].tolist(), rel=1e-6, abs=1e-9)
        assert number(section.locator(".sheet tfoot td").first.inner_text()) == pytest.approx(1, abs=1e-6)


def comes_about(section: Locator) -> dict[str, tuple[str, str]]:
    """Below a mean's or the rollout's number: of each line the formula, in full, and what it comes to."""
    lines = {}
    for found in section.locator(".how dl div").all():
        name, formula = found.locator("dt").inner_text(), found.locator("dt span")
        short = formula.inner_text() if formula.count() else ""
        full = (formula.get_attribute("title") or "").partition(";")[0] if short else ""
        lines[name.removesuffix(short).strip()] = full, found.locator("dd").inner_text()
    return lines


def test_a_mean_is_made_anew_from_its_heads(page: Page, address: str) -> None:
    section, view = opened(page, address, "&look=1.3.8"), seen()
    section.get_by_text("As tables").click()
    expect(section.get_by_text("size of its value", exact=True)).to_be_visible()
    section.get_by_title(re.compile("^block 2, mean")).click()
    hover(section, 4, 9)
    expect(section.locator("dl dd").nth(1)).to_contain_text("patch 9 ")
    expect(section.get_by_text("size of its value", exact=True)).to_be_hidden()
    expect(section.get_by_text("weight × size", exact=True)).to_be_hidden()
    shown = number(facts(section)[2])
    *lines, total, mean, residual = ((name, number(text)) for name, (_, text) in comes_about(section).items())
    assert [name for name, _ in lines] == [f"head {head}" for head in range(6)]
    assert [share for _, share in lines] == pytest.approx(view.weights[2, :, 4, 9].tolist(), abs=1e-9)
    assert total == ("sum", pytest.approx(sum(share for _, share in lines), abs=5e-9))
    assert mean == ("÷ 6 heads", pytest.approx(total[1] / 6, abs=1e-9))
    assert residual == ("residual", pytest.approx(abs(mean[1] - shown), abs=2e-9))
    assert mean[1] == pytest.approx(shown, abs=1e-7)
    texts = section.locator(".sheet table").first.locator("tbody tr").nth(9).locator("td").all_inner_texts()
    weight, *heads, in_all, quotient, _ = map(number, texts)
    assert heads == pytest.approx(view.weights[2, :, 4, 9].tolist(), rel=1e-7)
    assert (in_all, quotient) == pytest.approx((sum(heads), weight), rel=1e-6)
    expect(section.locator(".follows")).to_have_text(
        "The sections below follow head 3 of block 2; choose a single head to follow its numbers."
    )
    page.get_by_role("heading", name="What head 3 of block 2 looks at").wait_for()
    section.get_by_title("block 0, head 5", exact=True).click()
    expect(section.locator(".follows")).to_have_text("The sections below follow head 5 of block 0.")
    expect(section.get_by_text("How it comes about")).to_be_hidden()


def test_the_rollout_is_made_anew_from_its_last_step(page: Page, address: str) -> None:
    section, view = opened(page, address), seen()
    section.get_by_text("As tables").click()
    section.get_by_title(re.compile("^rollout")).click()
    hover(section, 4, 9)
    expect(section.locator("dl dd").nth(1)).to_contain_text("patch 9 ")
    means, itself = view.mean().double(), torch.eye(16, dtype=torch.float64)
    after = [itself]
    for block in means:
        after.append((block + itself) / 2 @ after[-1])
    products = (means[-1, 4] + itself[4]) / 2 * after[-2][:, 9]
    shown, lines = number(facts(section)[2]), comes_about(section)
    assert [*lines] == [*(f"patch {token}" for token in products.topk(4).indices), "the other 12", "sum", "residual"]
    for token in products.topk(4).indices.tolist():
        formula, text = lines[f"patch {token}"]
        mean, before = float(means[-1, 4, token]), float(after[-2][token, 9])
        assert [float(factor) for factor in re.findall(r"[\d.]+(?:e-\d+)?", formula)] == pytest.approx([mean, before])
        assert ("+ ½" in formula) == (token == 4)
        assert number(text) == pytest.approx((mean + (token == 4)) / 2 * before, abs=1e-9)
    *terms, total, residual = (number(text) for _, text in lines.values())
    assert sum(terms) == pytest.approx(total, abs=5e-9)
    assert (total, residual) == pytest.approx((shown, abs(total - shown)), abs=1e-7)
    _, last, steps, _ = section.locator(".sheet table").all()
    table = torch.tensor(
        [[number(text) for text in row.split("\t")[1:]] for row in last.locator("tbody tr").all_inner_texts()]
    )
    expected = torch.stack([means[-1, 4], (means[-1, 4] + itself[4]) / 2, after[-2][:, 9], products], 1)
    torch.testing.assert_close(table.double(), expected, rtol=1e-6, atol=1e-9)
    assert number(last.locator("tfoot td").nth(3).inner_text()) == pytest.approx(shown, abs=1e-7)
    table = torch.tensor(
        [[number(text) for text in row.split("\t")[1:]] for row in steps.locator("tbody tr").all_inner_texts()]
    )
    torch.testing.assert_close(
        table.double(), torch.stack([shares[:, 9] for shares in after[1:]], 1), rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("width", [420, 760, 1440])
def test_no_number_in_a_cell_is_smaller_than_11_pixels(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script("""
        const write = CanvasRenderingContext2D.prototype.fillText;
        globalThis.written = {};
        CanvasRenderingContext2D.prototype.fillText = function (...line) {
            globalThis.written[this.font.match(/([0-9.]+)px/)[1]] = line[0];
            return write.apply(this, line);
        };
    """)
    opened(page, address)
    expect(page.get_by_role("region", name="From scores to weights")).to_be_visible()
    sizes = page.evaluate("written")
    assert sizes
    assert min(map(float, sizes)) >= 11, sizes


def test_the_keyboard_walks_the_maps_the_matrix_and_the_digit(page: Page, address: str) -> None:
    section, view = opened(page, address, "&look=1.2.8"), seen()
    wall = section.get_by_role("application", name=re.compile("^All heads"))
    wall.focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        wall.press(key)
    expect(section.get_by_role("heading", name="Block 2, head 3", exact=True)).to_be_visible()
    matrix = section.get_by_role("application", name=re.compile("^One map"))
    best = int(view.weights[2, 3, 8].argmax())  # from which it walks
    right = 1 if best < 15 else -1
    matrix.press("ArrowUp")
    matrix.press("ArrowRight" if right == 1 else "ArrowLeft")
    shows(section, view, 2, 3, 7, best + right)
    matrix.press("Enter")
    expect(page).to_have_url(re.compile(rf"look=2\.3\.7\.{best + right}(&|$)"))
    digit = section.get_by_role("application", name=re.compile("^The digit with"))
    digit.press("ArrowDown")
    expect(section.get_by_role("heading", name="What patch 11 looks at")).to_be_visible()
    digit.press("Enter")
    expect(page).to_have_url(re.compile(r"look=2\.3\.11(\.\d+)?"))


def test_a_number_chosen_in_the_network_is_looked_at_in_all_attention(page: Page, address: str) -> None:
    section, view = opened(page, address), seen()
    wait_for_network(page)
    for layer, place, url in (
        ("encoder.layers.1.self_attn.softmax", [3, 7, 12], "1.3.7.12"),
        ("encoder.layers.2.self_attn.softmax", [4, 7, 2], "2.4.7.2"),
    ):
        page.mouse.click(*point(page, layer, place))
        block, head, query, key = map(int, url.split("."))
        shows(section, view, block, head, query, key)
        page.get_by_role("heading", name=f"What head {head} of block {block} looks at").wait_for()
        expect(page).to_have_url(re.compile(rf"look={re.escape(url)}(&|$)"))
    page.get_by_role("button", name="Block 0").click()
    page.mouse.click(*point(page, "encoder.layers.0.self_attn.query", [5, 3, 1]))
    page.get_by_role("heading", name="What head 5 of block 0 looks at").wait_for()
    expect(page).to_have_url(re.compile(r"look=0\.5\.3\.2(&|$)"))


def test_hidden_patches_are_missing(page: Page, address: str) -> None:
    hidden = [0, 3, 12]
    section, view = opened(page, address, "&hidden=16:0.3.12&look=3.1.5"), seen(hidden)
    patches = view.patches.tolist()
    for query, key in ((0, 12), (7, 1), (12, 0)):
        hover(section, query, key, 13)
        expect(section.locator("dl dd").first).to_contain_text(f"patch {patches[query]} ")
        shows(section, view, 3, 1, query, key)
    section.get_by_text("As tables").click()
    names = section.locator(".sheet table").first.locator("tbody th")
    expect(names).to_have_count(len(patches))
    assert [int(re.findall(r"patch (\d+)", name)[0]) for name in names.all_inner_texts()] == patches


def test_a_stage_is_enlarged_for_its_numbers(page: Page, address: str) -> None:
    opened(page, address)
    deck = page.get_by_role("region", name="From scores to weights")
    canvas = deck.locator("figure canvas:not(.ramp)").first
    expect(canvas).to_be_visible()
    before = canvas.bounding_box()["width"]  # type: ignore[index]
    deck.get_by_role("button", name="Larger: q · k").click()
    expect(deck.get_by_role("button", name="Smaller: q · k")).to_be_visible()
    assert canvas.bounding_box()["width"] > 1.4 * before  # type: ignore[index]
    deck.get_by_role("button", name="Smaller: q · k").click()
    assert canvas.bounding_box()["width"] == before  # type: ignore[index]
