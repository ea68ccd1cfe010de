"""The network canvas as it is used: its legend, its columns' names, the way up."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import DataConfig, ModelName
from scratchnn.data import load_dataset
from scratchnn.figures.network.about import about
from scratchnn.figures.network.cnn import cnn_columns
from scratchnn.figures.network.column import Column
from scratchnn.figures.network.transformer import transformer_columns
from scratchnn.figures.numbers import short
from scratchnn.inspection.arithmetic import explain, values
from scratchnn.inspection.layers import inspect
from scratchnn.inspection.subjects import open_model
from scratchnn.models import CustomTransformer
from tests.browser.helpers import STAGE, Network, card_number, number, point, wait_for_network


def network_of(kind: ModelName) -> tuple[Network, list[Column]]:
    """The pretrained network on the third test digit, and the canvas's columns."""
    model, dataset = open_model("pretrained", kind).model, load_dataset(DataConfig())
    probabilities, trace = inspect(model, dataset.normalise(dataset.test.images[3:4]))
    if isinstance(model, CustomTransformer):
        return (model, trace), transformer_columns(model, trace, probabilities)
    return (model, trace), cnn_columns(model, trace, probabilities)


def open_canvas(page: Page, address: str, kind: ModelName, query: str = "") -> None:
    page.goto(f"{address}/{kind}?digit=test:3{query}")
    wait_for_network(page)


def stage(page: Page) -> Locator:
    return page.locator(".scroller .stage")


def column_name(page: Page, label: str) -> Locator:
    return page.get_by_role("toolbar", name="What each column does").get_by_role("button", name=label, exact=True)


def card(page: Page, layer: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^{re.escape(layer)}: "))


def click_nothing(page: Page) -> None:
    """Below the digit, where no map is."""
    box = stage(page).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 12, box["y"] + 80)


# --- the legend -----------------------------------------------------------------------------------------------


def ends(page: Page) -> list[str]:
    return page.locator(".panel .ticks span").all_inner_texts()


def test_the_legend_is_that_of_the_map_under_the_pointer(page: Page, address: str) -> None:
    network, _ = network_of("cnn")
    open_canvas(page, address, "cnn")
    maps, units = values(*network, "conv2"), values(*network, "fc1")
    point(page, "conv2", [5, 7, 6])
    expect(page.locator(".panel .name")).to_have_text("conv2, map 5")
    most = short(float(maps.abs().max()))
    assert ends(page) == [f"−{most}", "0", most]
    page.get_by_role("radio", name="each item").check()
    point(page, "conv2", [5, 7, 6])
    most = short(float(maps[5].abs().max()))
    assert ends(page) == [f"−{most}", "0", most]
    # of a unit the loupe shows what each map adds to it, and so does the legend
    model, trace = network
    unit = int(units.argmax())
    point(page, "fc1", [unit])
    parts = (model.fc1.weight.value[unit] * trace["fc1"].saved["x"][0]).view(64, -1).sum(1)  # type: ignore[union-attr]
    most = short(float(parts.abs().max()))
    assert ends(page) == [f"−{most}", "0", most]
    dead = int((values(*network, "pool3").amax((1, 2)) == 0).nonzero()[0])
    point(page, "pool3", [dead, 1, 1])
    expect(page.locator(".panel .range")).to_contain_text("All zero on this digit")
    assert ends(page) == ["0", "", "0"]
    expect(page.locator(".panel .key")).to_contain_text("struck through: all zero on this digit")
    point(page, "input", [0, 9, 10])
    assert ends(page) == ["−0.424", "", "2.82"]  # and it has a scale bar of its own
    expect(page.locator(".labels .scale.image")).to_have_text("−0.4 to 2.8")


# --- what a pixel is made of ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("layer", "position"), [("conv1", (3, 0, 14)), ("conv2", (6, 13, 0)), ("conv3", (20, 3, 3))])
def test_the_largest_parts_are_those_of_the_pixel(
    page: Page, address: str, layer: str, position: tuple[int, ...]
) -> None:
    """Also at the edge, where the window reaches into the padding."""
    network, _ = network_of("cnn")
    partial = explain(*network, layer, position).parts["partial"]
    open_canvas(page, address, "cnn")
    point(page, layer, list(position))
    expect(page.locator(".panel .fed .told + p")).to_have_text("The largest parts of its sum:")
    shown = page.locator(".panel .fed li:visible .number").all_inner_texts()
    largest = partial[partial.abs().argsort(descending=True)][:4]
    assert [number(text.lstrip("+")) for text in shown] == [pytest.approx(float(part), rel=0.01) for part in largest]


# --- the way down ----------------------------------------------------------------------------------------------


def test_from_a_chosen_number_to_how_it_comes_about(page: Page, address: str) -> None:
    open_canvas(page, address, "cnn")
    down = page.get_by_role("button", name="How it comes about")
    expect(down).to_be_hidden()
    page.mouse.click(*point(page, "pool2", [3, 2, 4]))
    card(page, "pool2").wait_for()
    down.click()
    top = "([...document.querySelectorAll('h2')].find(({ textContent }) => textContent.startsWith('pool2'))"
    page.wait_for_function(f"{top}?.getBoundingClientRect().top ?? 999) < 200")


# --- one way up -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["click", "Escape"])
def test_one_level_up_at_a_time(page: Page, address: str, way: str) -> None:
    layer = "encoder.layers.1.self_attn.scores"
    open_canvas(page, address, "transformer", f"&at={layer}:2.3.4")
    expect(card(page, layer)).to_be_visible()
    opener = page.get_by_role("button", name="Block 1")
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.locator(".scroller").first.evaluate("element => element.scrollTo(0, 0)")
    column_name(page, "input").click()
    told = page.locator(".panel .told")
    expect(told).to_have_text("input: normalised pixels")

    def up() -> None:
        if way == "click":
            click_nothing(page)
        else:
            page.keyboard.press("Escape")

    up()
    expect(told).to_have_text("")
    expect(card(page, layer)).to_be_visible()
    up()
    expect(card(page, layer)).to_have_count(0)
    expect(opener).to_have_attribute("aria-expanded", "true")
    up()
    expect(opener).to_have_attribute("aria-expanded", "false")
    up()
    expect(page.locator(".panel .name")).to_have_text("The digit")


def test_a_mouse_that_drags_moves_the_picture_and_chooses_nothing(page: Page, address: str) -> None:
    open_canvas(page, address, "transformer")
    opener = page.get_by_role("button", name="Block 1")
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    scrolled = "element => element.scrollLeft"
    scroller = page.locator(".scroller").first
    page.wait_for_timeout(1000)  # until the block has come to rest
    before, box = scroller.evaluate(scrolled), stage(page).bounding_box()
    assert box is not None
    left, top = box["x"] + before + 40, box["y"] + 80  # below the digit's name, where no map is
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + 60, top + 5, steps=5)
    page.mouse.up()
    assert scroller.evaluate(scrolled) == before - 60
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(page).not_to_have_url(re.compile("[?&]at="))


def test_a_column_s_name_is_marked_while_its_text_is_read(page: Page, address: str) -> None:
    open_canvas(page, address, "cnn")
    name = column_name(page, "conv2")
    name.click()
    expect(name).to_have_attribute("aria-expanded", "true")
    page.mouse.click(*point(page, "conv1", [3, 5, 5]))
    expect(page.locator(".panel .name")).to_have_text("conv1, map 3")
    expect(name).to_have_attribute("aria-expanded", "false")


def test_arrow_keys_go_on_from_where_escape_left_them(page: Page, address: str) -> None:
    open_canvas(page, address, "cnn")
    stage(page).focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    name = page.locator(".panel .name")
    page.wait_for_timeout(500)  # until the last step is drawn
    reached = name.inner_text()
    page.keyboard.press("Enter")
    expect(card(page, reached.split(",")[0])).to_be_visible()
    page.keyboard.press("Escape")
    expect(name).to_have_text("The digit")
    page.keyboard.press("ArrowRight")
    expect(name).to_have_text(reached)


# --- the columns' names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cnn", "transformer"])
def test_every_column_s_name_says_what_it_does(page: Page, address: str, kind: ModelName) -> None:
    """By keyboard alone, with one block open."""
    _, columns = network_of(kind)
    open_canvas(page, address, kind)
    if kind == "transformer":
        page.get_by_role("button", name="Block 1").press("Enter")
        columns = [column for column in columns if not column.inside or column.block == 1]
    column_name(page, "input").focus()
    told, text = page.locator(".panel .told"), page.locator(".panel .fed p").nth(1)
    for column in columns:
        page.keyboard.press("Enter")
        expect(told).to_have_text(re.compile(rf"\b{re.escape(column.label)}: {re.escape(column.title)}$"))
        expect(text).to_have_text(about(column))
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # still on the last
    expect(told).to_have_text("")


def test_the_names_stand_in_nobody_s_way(page: Page, address: str) -> None:
    """No name lies over a map, nor over another name; the topmost row of maps is still to be clicked."""
    open_canvas(page, address, "cnn")
    boxes = stage(page).evaluate(
        """stage => [stage, ...stage.querySelectorAll(".names button")].map((element) => {
            const { left, right, top, bottom } = element.getBoundingClientRect();
            return { left, right, top, bottom };
        })"""
    )
    whole, *names = boxes
    assert all(name["bottom"] <= whole["top"] + 46 for name in names)
    assert all(one["right"] <= other["left"] for one, other in pairwise(names))
    x, y = point(page, "conv1", [0, 0, 14])
    page.mouse.click(x, y)
    expect(page.get_by_role("region", name="conv1: map 0, row 0, column 14")).to_be_visible()


# --- the input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cnn", "transformer"])
def test_a_pixel_of_the_digit_has_its_card(page: Page, address: str, kind: ModelName) -> None:
    dataset = load_dataset(DataConfig())
    open_canvas(page, address, kind)
    page.mouse.click(*point(page, "input", [0, 9, 10]))
    expect(card(page, "input")).to_be_visible()
    expect(page.get_by_role("heading", name="row 9, column 10 of the digit")).to_be_visible()
    expect(page.locator(".panel .at")).to_have_text("row 9, column 10 of the digit")
    assert card_number(page, "The network’s own number") == float(
        dataset.normalise(dataset.test.images[3:4])[0, 0, 9, 10]
    )
    page.get_by_text("Every term as a table").click()
    expect(page.locator(".card .sheet tbody tr").first).to_contain_text(str(int(dataset.test.images[3, 9, 10])))


@pytest.mark.parametrize("canvas", ["edges", "hot"])
def test_no_edge_is_seen_between_the_heads_that_it_passes_behind(page: Page, address: str, canvas: str) -> None:
    open_canvas(page, address, "transformer")
    if canvas == "hot":  # the edges into the number that is looked at
        point(page, "encoder.layers.1.residual2", [8, 40])
    painted = """([name, layer]) => {
        const stage = (STAGE)(), corner = stage.getBoundingClientRect();
        const canvas = stage.querySelector(`canvas.${name}`);
        const [above, below] = [[0, 15, 0], [1, 0, 15]].map((place) => stage.placeOf(layer, ...place));
        const inked = (left, top, right, bottom) => {
            const dots = canvas.width / corner.width, [x, y] = [left - corner.left, top - corner.top];
            const box = [x, y, right - left, bottom - top].map((length) => length * dots);
            return canvas.getContext("2d").getImageData(...box).data.some((value, i) => i % 4 === 3 && value);
        };
        const gap = [above.x, above.y + 3, below.x, below.y - 3];
        return [inked(above.x - 14, above.y - 30, above.x - 4, below.y + 30), inked(...gap)];
    }"""
    beside, between = page.evaluate(painted.replace("STAGE", STAGE), [canvas, "encoder.layers.1.self_attn.softmax"])
    assert beside  # so there are edges that pass there
    assert not between
