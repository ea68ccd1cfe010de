"""The sections below the Transformer's canvas in Chromium: by mouse and by keyboard, their numbers are the core's."""

from __future__ import annotations

import math
import re

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.figures.numbers import percent
from scratchnn.inspection.arithmetic.softmax import softmax_row
from scratchnn.inspection.attention_block import AttentionBlock, read_block
from scratchnn.inspection.attention_row import AttentionRow, read_row
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.patches import Answer, hide_patches, random_order
from scratchnn.inspection.position_swap import compare_orders
from scratchnn.inspection.positions import bare_tokens, in_comparison
from scratchnn.inspection.subjects import open_model
from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace
from tests.browser.helpers import assert_accessible, in_matrix

HEADS, POSITIONS, PATCHES = (
    "What do the heads look at?", "What does position encoding add?", "What if patches are hidden or shuffled?",
)  # fmt: skip


def opened(page: Page, address: str, question: str, section: str) -> Locator:
    """The section that answers one question about test digit 3."""
    page.goto(f"{address}/transformer?digit=test:3")
    page.get_by_role("button", name=question).or_(page.get_by_role("radio", name=question)).first.click()
    found = page.get_by_role("region", name=section, exact=True)
    expect(found).to_be_visible()
    return found


def core() -> tuple[CustomTransformer, torch.Tensor, Trace]:
    model, dataset = open_model("pretrained", "transformer").model, load_dataset(DataConfig())
    assert isinstance(model, CustomTransformer)
    image = dataset.normalise(dataset.test.images[3:4])
    return model, image, inspect(model, image)[1]


def number(found: Locator) -> float:
    return float(found.inner_text().replace("−", "-"))


def fact(section: Locator, name: str) -> Locator:
    """The number beside a name."""
    return section.locator("dl div").filter(has=section.page.get_by_text(name, exact=True)).locator("dd")


def cell(grid: Locator, patch: int) -> dict[str, float]:
    """Where in a grid of 4 × 4 patches one of them has its middle."""
    box = grid.bounding_box()
    assert box is not None
    return {"x": (patch % 4 + 0.5) * box["width"] / 4, "y": (patch // 4 + 0.5) * box["height"] / 4}


@pytest.mark.parametrize("kind", ["learned", "sinusoidal"])
def test_a_places_row_and_its_likeness_are_the_cores(page: Page, address: str, kind: str) -> None:
    section = opened(page, address, POSITIONS, "Position encoding")
    model, _, trace = core()
    shown = in_comparison(model)[kind]  # type: ignore[index]
    section.get_by_role("radio", name=re.compile(f"^{kind}")).check(force=True)
    digit, likeness = section.get_by_role("application", name="The digit’s patches"), section.locator(".like")
    digit.click(position=cell(digit, 6))  # type: ignore[arg-type]
    expect(section.get_by_role("heading", name="Patch 6 (row 1, column 2)")).to_be_visible()
    likeness.hover(position=cell(likeness, 9))  # type: ignore[arg-type]
    expect(fact(section, "with")).to_have_text("patch 9 (row 2, column 1)")
    one, other = shown.table[6], shown.table[9]
    token = bare_tokens(trace)[6].double()
    assert number(fact(section, "length of its token")) == pytest.approx(float(token.norm()), rel=1e-6)
    bare, added = number(fact(section, "component 8 of its token")), number(fact(section, "+ what its place adds"))
    assert (bare, added) == (pytest.approx(float(token[8]), rel=1e-6), pytest.approx(float(one[8]), rel=1e-6))
    reads = "= what the first block reads" if kind == "learned" else "= what the first block would read"
    assert number(fact(section, reads)) == pytest.approx(bare + added, abs=1e-6)
    if kind == "learned":
        assert bare + added == pytest.approx(float(trace["position"].output[0, 6, 8]), abs=1e-6)
    assert number(fact(section, "length of what is added")) == pytest.approx(float(one.norm()), rel=1e-6)
    assert number(fact(section, "product of the two rows")) == pytest.approx(float(one @ other), abs=1e-5)
    cosine = number(fact(section, "= cosine"))
    assert cosine == pytest.approx(float(shown.similarity()[6, 9]), abs=1e-6)
    product, *lengths = (
        number(fact(section, name)) for name in ("product of the two rows", "÷ its length", "÷ the other’s length")
    )
    assert product / math.prod(lengths) == pytest.approx(cosine, abs=1e-6)


def test_every_place_with_every_other_side_by_side(page: Page, address: str) -> None:
    section = opened(page, address, POSITIONS, "Position encoding")
    model, image, _ = core()
    kinds = in_comparison(model)
    answers = {answer.kind: answer for answer in compare_orders(model, image, random_order(16, 1))}
    cards = section.locator(".kind")
    expect(cards).to_have_count(3)
    box = cards.nth(1).locator("canvas").bounding_box()
    assert box is not None
    for one, other in ((6, 9), (0, 15), (13, 2)):  # a small map for each place, and in it every other
        x, y = (one % 4 + (other % 4 + 0.5) / 4) / 4, (one // 4 + (other // 4 + 0.5) / 4) / 4
        cards.nth(1).locator("canvas").hover(position={"x": x * box["width"], "y": y * box["height"]})
        for card, (kind, shown) in zip(cards.all(), kinds.items(), strict=True):
            name, text = card.locator("dl div").first.locator("dt, dd").all_inner_texts()
            assert name == f"cosine of patch {one} and patch {other}"
            if kind == "none":
                assert text == "none"
            else:
                assert float(text.replace("−", "-")) == pytest.approx(float(shown.similarity()[one, other]), abs=1e-6)
            said = card.locator("dd").all_inner_texts()[1:]
            sure = answers[kind].in_order, answers[kind].shuffled
            assert said == [f"{int(p.argmax())} with {percent(float(p.max()))}" for p in sure]
    cards.nth(1).locator("canvas").click(position={"x": x * box["width"], "y": y * box["height"]})
    expect(section.get_by_role("radio", name="sinusoidal")).to_be_checked()
    expect(section.get_by_role("heading", name="Patch 13 (row 3, column 1)")).to_be_visible()
    cards.nth(0).locator("canvas").press("ArrowUp")
    expect(section.get_by_role("radio", name="learned (its own)")).to_be_checked()
    expect(section.get_by_role("heading", name="Patch 9 (row 2, column 1)")).to_be_visible()
    section.get_by_text("All cosines as a table").click()
    rows = section.get_by_role("region", name="All cosines as a table").locator("tbody tr")
    expect(rows).to_have_count(16)
    table = [[float(text.replace("−", "-")) for text in row.split("\t")[1:]] for row in rows.all_inner_texts()]
    for shown_row, own in zip(table, kinds["learned"].similarity().tolist(), strict=True):
        assert shown_row == pytest.approx(own, abs=1e-6)


def test_the_keyboard_walks_places_and_components(page: Page, address: str) -> None:
    section = opened(page, address, POSITIONS, "Position encoding")
    model, _, _ = core()
    digit = section.get_by_role("application", name="The digit’s patches")
    digit.focus()  # at patch 10
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowLeft"):
        digit.press(key)
    expect(section.get_by_role("heading", name="Patch 1 (row 0, column 1)")).to_be_visible()
    table = section.get_by_role("application", name="The encoding")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        table.press(key)
    expect(section.locator(".here")).to_contain_text("Place of patch 2, component 10: ")
    shown = section.locator(".here").inner_text().rpartition(": ")[2].replace("−", "-")
    assert float(shown) == pytest.approx(float(model.position.weight.value[2, 10]), rel=1e-6)
    section.get_by_role("radio", name="none").check(force=True)
    expect(section.get_by_text("cosine would divide by 0")).to_be_visible()


def said(section: Locator, before: torch.Tensor, after: torch.Tensor) -> None:
    """Both answers stand beside each class."""
    for pair, line in zip(
        zip(before.tolist(), after.tolist(), strict=True), section.locator("tbody tr").all(), strict=True
    ):
        for p, found in zip(pair, line.locator("td").all()[:2], strict=True):
            expect(found).to_contain_text(percent(p))
            assert float(found.get_attribute("title") or "") == pytest.approx(p, abs=1e-6)


def hid(section: Locator, answer: Answer, tokens: int) -> None:
    expect(section.get_by_role("heading", name=f"The sequence: 16 → {tokens} token")).to_be_visible()
    said(section, answer.before, answer.after)


def test_patches_hide_by_mouse_and_by_keyboard(page: Page, address: str) -> None:
    section = opened(page, address, PATCHES, "Hide patches")
    model, image, _ = core()
    grid, sequence = (section.get_by_role("group", name=name) for name in ("The digit’s patches", "The sequence"))
    grid.get_by_role("button", name="Patch 5,").click()
    hid(section, hide_patches(model, image, [5]), 15)
    sequence.get_by_role("button", name="Patch 6,").click()
    hid(section, hide_patches(model, image, [5, 6]), 14)
    grid.get_by_role("button", name="Patch 0,").focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):  # patch 5 again
        page.keyboard.press(key)
    hid(section, hide_patches(model, image, [6]), 15)
    section.get_by_role("button", name="Show all").click()
    expect(section.get_by_role("heading", name="The sequence: 16 tokens")).to_be_visible()


def test_the_last_patch_cannot_be_hidden(page: Page, address: str) -> None:
    section = opened(page, address, PATCHES, "Hide patches")
    sequence = section.get_by_role("group", name="The sequence")
    for left in range(15, 0, -1):
        sequence.get_by_role("button").first.click()
        expect(sequence.get_by_role("button")).to_have_count(left)
    sequence.get_by_role("button").click()
    expect(section.get_by_role("alert")).to_contain_text("leave at least one")
    expect(sequence.get_by_role("button")).to_have_count(1)


def pictures(grid: Locator) -> list[str]:
    """What is painted in each cell of a grid of patches."""
    painted: list[str] = grid.locator("canvas").evaluate_all("found => found.map((canvas) => canvas.toDataURL())")
    assert len(set(painted)) > 8
    return painted


def test_shuffled_patches_are_where_the_order_puts_them(page: Page, address: str) -> None:
    patches = pictures(opened(page, address, PATCHES, "Hide patches").get_by_role("group", name="The digit’s patches"))
    model, image, _ = core()
    section = page.get_by_role("region", name="Shuffled patches")
    for number, press in ((1, None), (2, "Shuffle anew"), (0, "In order")):
        if press:
            page.get_by_role("button", name=press).click()
        order = random_order(16, number) if number else list(range(16))
        names = ", ".join(map(str, order))
        expect(section.get_by_role("img", name=re.compile(f"show the patches {names}$"))).to_be_visible()
        assert pictures(section.locator(".grid")) == [patches[patch] for patch in order]
        own, *_ = compare_orders(model, image, order)
        said(section, own.in_order, own.shuffled)


def row(section: Locator, expected: AttentionRow, temperature: float = 1) -> None:
    """The table's weights, and the chosen key's way to its weight, are those of the core."""
    scores = expected.keys.double() @ expected.query.double() / math.sqrt(len(expected.query))
    weights = softmax_row(scores, temperature).quotients
    expect(section.locator("tbody tr td.weights").first).to_have_text(percent(float(weights[0])))
    for weight, found in zip(weights.tolist(), section.locator("tbody tr td.weights").all(), strict=True):
        assert float(found.get_attribute("title").replace("−", "-")) == pytest.approx(weight, abs=1e-6)  # type: ignore[union-attr]
    key = section.get_by_role("radio").evaluate_all("radios => radios.findIndex((radio) => radio.checked)")
    chain = section.locator(".detail dl").first.locator("dd")
    dot, scaled = (float(number(chain.nth(step))) for step in (0, 1))
    assert dot == pytest.approx(float(expected.keys[key].double() @ expected.query.double()), abs=1e-5)
    assert scaled == pytest.approx(float(scores[key]), abs=1e-5)
    assert number(chain.nth(5)) == pytest.approx(float(weights[key]), abs=1e-6)
    context = number(section.locator(".detail dl").last.locator(".total dd"))
    component = int(section.get_by_role("spinbutton").input_value())
    assert context == pytest.approx(float(weights @ expected.values[:, component].double()), abs=1e-5)


def test_one_row_of_attention_by_mouse_and_by_keyboard(page: Page, address: str) -> None:
    section = opened(page, address, HEADS, "One row of attention")
    model, _, trace = core()
    for name, value in (("Block", "2"), ("Head", "3"), ("Query", "5")):
        section.get_by_role("combobox", name=re.compile(f"^{name}")).select_option(value)
    expect(page.get_by_role("heading", name="What head 3 of block 2 looks at, from patch 5")).to_be_visible()
    expected = read_row(model, trace, 2, 3, 5)
    row(section, expected)
    section.get_by_role("radio", name="patch 7").check()
    section.get_by_role("spinbutton").fill("11")
    row(section, expected)
    section.get_by_role("radio", name="patch 7").press("ArrowDown")
    expect(section.get_by_role("heading", name="Patch 5 asks patch 8")).to_be_visible()
    row(section, expected)
    section.get_by_role("slider").fill("-1")
    expect(section.get_by_text("a trial: the network itself keeps 1")).to_be_visible()
    row(section, expected, temperature=0.1)
    section.get_by_role("button", name="Back to 1").click()
    expect(section.get_by_text("the network’s own", exact=False).first).to_be_visible()
    row(section, expected)


def numbers(found: Locator) -> list[float]:
    """All numbers in a text; a root’s is none of them."""
    texts = re.findall(r"(?<!√)(?<![\d.])−?\d+(?:\.\d+)?(?:e−?\d+)?", found.inner_text())
    return [float(text.replace("−", "-")) for text in texts]


def passage(section: Locator, block: AttentionBlock, head: int, query: int, key: int) -> None:
    """Under the pointer, all three stages show the core’s numbers, each made of those that stand there."""
    expect(section.locator(".query dd")).to_contain_text(f"patch {query} ")
    expect(section.locator(".key dd")).to_contain_text(f"patch {key} ")
    scores = block.keys[head].double() @ block.queries[head, query].double()
    readings = section.locator(".reading")
    _, product = numbers(readings.nth(0))
    assert product == pytest.approx(float(scores[key]), abs=1e-5)
    above, scaled = numbers(readings.nth(1))
    assert (above, scaled) == (product, pytest.approx(product / math.sqrt(block.keys.shape[2]), abs=1e-6))
    expect(readings.nth(2).locator("span").last).to_have_text(re.compile("^= "))
    score, largest, exponential, total, weight = numbers(readings.nth(2))
    assert score == scaled
    assert exponential == pytest.approx(math.exp(score - largest), rel=1e-6)
    assert weight == pytest.approx(exponential / total, abs=1e-6)
    assert weight == pytest.approx(float(block.weights[head, query, key]), abs=1e-6)


def looks_at(page: Page, block: int, head: int, query: int) -> None:
    """All three parts show this head of this block, and this query."""
    deck = page.get_by_role("region", name="From scores to weights")
    maps = page.get_by_role("region", name="Attention", exact=True)
    expect(deck.get_by_role("heading", name=f"Head {head}", exact=True)).to_be_visible()
    expect(deck.locator(".turner .note").first).to_have_text(f"of 6 in block {block}")
    expect(deck.get_by_role("radio", name=f"block {block}")).to_be_checked()
    expect(maps.get_by_role("heading", name=f"Block {block}, head {head}")).to_be_visible()
    expect(maps.get_by_role("heading", name=f"What patch {query} looks at")).to_be_visible()
    title = f"What head {head} of block {block} looks at, from patch {query}"
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()


def deck_turns(page: Page, section: Locator) -> None:
    """By its buttons and by the keyboard; and a choice in any of the three parts is made in all of them."""
    model, _, trace = core()
    looks_at(page, 0, 0, 8)
    after = section.get_by_role("button", name="Next head")
    after.click()
    looks_at(page, 0, 1, 8)
    after.press("ArrowRight")
    section.get_by_role("application").press("PageDown")
    looks_at(page, 0, 3, 8)
    after.press("ArrowLeft")
    section.get_by_role("button", name="Previous head").click()
    for _ in range(2):
        section.get_by_role("button", name="Previous head").press("Enter")
    looks_at(page, 0, 5, 8)  # before the first is the last
    behind = section.locator(".backs div").first
    behind.click(position={"x": behind.bounding_box()["width"] - 4, "y": 200})  # type: ignore[index]
    looks_at(page, 0, 0, 8)
    card = section.locator(".front:not([inert])")  # not the one that is on its way out
    for event, x in (("pointerdown", 200), ("pointerup", 290)):  # a finger to the right
        card.dispatch_event(event, {"pointerType": "touch", "clientX": x, "bubbles": True})
    looks_at(page, 0, 5, 8)
    section.get_by_role("radio", name="block 2").check(force=True)
    looks_at(page, 2, 5, 8)
    canvas = section.locator(".matrix canvas").nth(1)
    for query, key in ((3, 12), (14, 2)):
        x, y = in_matrix(canvas, query, key)
        canvas.hover(position={"x": x, "y": y})
        passage(section, read_block(model, trace, 2), 5, query, key)
    canvas.click(position={"x": x, "y": y})
    looks_at(page, 2, 5, 14)
    section.get_by_role("application").press("ArrowLeft")
    passage(section, read_block(model, trace, 2), 5, 14, 1)
    page.get_by_role("region", name="Attention", exact=True).get_by_title("block 1, head 4").click()
    looks_at(page, 1, 4, 14)
    page.get_by_role("region", name="One row of attention").get_by_label("Query").select_option("6")
    looks_at(page, 1, 4, 6)
    expect(page).to_have_url(re.compile(r"[?&]look=1\.4\.6(&|$)"))


def test_the_stages_play_and_the_deck_turns(page: Page, address: str) -> None:
    page.emulate_media(reduced_motion="no-preference")
    section = opened(page, address, HEADS, "From scores to weights")
    stages = section.locator("figure")

    def press(name: str) -> None:
        section.get_by_role("button", name=name, exact=True).click()

    section.locator(".stages").scroll_into_view_if_needed()
    expect(section.get_by_role("button", name="Play again")).to_be_visible()  # it has played by itself
    for shown in (1, 2, 3, 1):
        press("Step")
        expect(stages.nth(0)).to_be_visible()
        expect(stages.nth(1)).to_be_visible(visible=shown > 1)
        expect(stages.nth(2)).to_be_visible(visible=shown > 2)
        expect(section.get_by_role("button", name="Play again" if shown == 3 else "Play", exact=True)).to_be_visible()
    press("Play")
    expect(section.get_by_role("button", name="Play again")).to_be_visible()
    press("Step")
    press("All at once")
    expect(stages.nth(2)).to_be_visible()
    expect(section.get_by_role("button", name="All at once")).to_be_disabled()
    ends = [tuple(numbers(stage.locator(".ticks"))) for stage in stages.all()]
    model, _, trace = core()
    block = read_block(model, trace, 0)
    scores = block.queries[0].double() @ block.keys[0].double().T
    for shown, own in zip(ends, (scores, scores / 4, block.weights[0]), strict=True):
        assert shown == pytest.approx((float(own.min()), float(own.max())), rel=6e-3)
    deck_turns(page, section)


def test_on_a_narrow_screen_stages_to_come_are_seen_as_empty_seats(phone: Page, address: str) -> None:
    section = opened(phone, address, HEADS, "From scores to weights")
    stages = section.locator("figure")
    section.locator(".stages").scroll_into_view_if_needed()
    section.get_by_role("button", name="All at once").click()
    height = section.bounding_box()["height"]  # type: ignore[index]
    section.get_by_role("button", name="Step", exact=True).click()  # from the first again
    for k, title in enumerate(["q · k", "÷ √16, + mask", "softmax"]):
        stage = stages.nth(k)
        expect(stage.get_by_role("heading", name=title)).to_be_visible()
        expect(stage.locator(".reading")).to_have_css("opacity", "0" if k else "1")
        colours = stage.locator(".matrix canvas").evaluate(
            """(canvas) => {
                const quarter = canvas.width / 4, box = [quarter, quarter, 2 * quarter, 2 * quarter];
                return new Set(new Uint32Array(canvas.getContext("2d").getImageData(...box).data.buffer)).size;
            }"""
        )
        assert colours > 1  # not an empty box
    assert section.bounding_box()["height"] == height  # type: ignore[index]
    section.get_by_role("button", name="All at once").click()
    expect(stages.nth(2).locator(".reading")).to_have_css("opacity", "1")


def test_the_mask_is_said_to_hide_nothing(page: Page, address: str) -> None:
    section = opened(page, address, HEADS, "From scores to weights")
    expect(section.locator("figure").nth(1)).to_contain_text("mask 0: no key is hidden")


def check_access(page: Page, part: Locator) -> None:
    """Of contrast axe sees only what is in sight."""
    part.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    assert_accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for question, name in [
        (POSITIONS, "Position encoding"), (PATCHES, "Hide patches"), (HEADS, "One row of attention"),
    ]:  # fmt: skip
        section = opened(page, address, question, name)
        check_access(page, section.locator("details summary, .track").first)
    deck = page.get_by_role("region", name="From scores to weights")
    expect(deck.locator("figure").nth(2)).to_be_visible()  # less motion was asked for, so all came at once
    check_access(page, deck.locator(".stages"))
