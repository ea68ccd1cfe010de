"""The playground in Chromium: what is set, typed and pointed at answers, and every number on the screen adds up."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from scratchnn.inspection.playground import Kernel, Setting, play
from scratchnn.inspection.presets import PRESETS
from tests.browser.helpers import assert_accessible


def open_playground(page: Page, address: str) -> Locator:
    page.goto(f"{address}/cnn?digit=test:3")
    section = page.locator(".playground")
    expect(section.locator(".plugged")).to_contain_text("= 28")
    section.scroll_into_view_if_needed()
    return section


def digit() -> torch.Tensor:
    dataset = load_dataset(DataConfig())
    return dataset.normalise(dataset.test.images[3:4])[0, 0]


def slide(page: Page, label: str, steps: int) -> None:
    page.get_by_role("slider", name=label).focus()
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")


def number(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


def place(section: Locator) -> tuple[int, int]:
    found = re.search(r"row (\d+), column (\d+)", section.locator("h3").inner_text())
    assert found is not None
    return int(found[1]), int(found[2])


def check_the_sum(section: Locator, setting: Setting, kernel: Kernel | None) -> None:
    """The numbers of the open table make its result, which is the core's own pixel."""
    rows = section.locator("tbody tr")
    expect(rows).to_have_count(setting.kernel_size**2)
    numbers = [[number(cell) for cell in row.split("\t")[2:]] for row in rows.all_inner_texts()]
    foot = [number(row.split("\t")[-1]) for row in section.locator("tfoot tr").all_inner_texts()]
    if setting.operation == "convolution":
        assert [pixel * weight for pixel, weight, _ in numbers] == pytest.approx([row[2] for row in numbers], abs=1e-9)
        value = sum(product for _, _, product in numbers) + foot[1]
    elif setting.operation == "max-pool":
        value = max(pixel for (pixel,) in numbers)
    else:
        value = sum(pixel for (pixel,) in numbers) / len(numbers)
    assert foot[-1] == pytest.approx(value, abs=1e-9)
    assert number(section.locator("dl div:last-child dd").inner_text()) == foot[-1]
    row, column = place(section)
    assert foot[-1] == pytest.approx(float(play(digit(), setting, kernel).output[row, column]), abs=1e-9)
    assert number(section.locator(".result .note").first.inner_text().split(" by ")[1].rstrip(".")) < 1e-5


def test_every_setting_changes_the_output_and_its_numbers_add_up(page: Page, address: str) -> None:
    section = open_playground(page, address)
    section.locator("summary").click()
    edges = PRESETS["Vertical edges"].make
    check_the_sum(section, Setting("convolution", 3, padding=1), Kernel(edges(3)))
    slide(page, "Stride", 1)
    expect(section.locator(".plugged")).to_have_text("⌊(28 + 2·1 − 1·(3 − 1) − 1) / 2⌋ + 1 = 14")
    expect(section.locator(".formula .note")).to_contain_text("27 / 2 = 13.5 is rounded down to 13")
    slide(page, "Padding", 2)
    slide(page, "Dilation", 3)
    slide(page, "Kernel size", 1)
    expect(section.locator(".plugged")).to_have_text("⌊(28 + 2·3 − 4·(4 − 1) − 1) / 2⌋ + 1 = 11")
    expect(section.locator(".counts")).to_have_text(
        "11 × 11 = 121 output pixels; 11 × 11 × 16 = 1,936 multiplications"
    )
    check_the_sum(section, Setting("convolution", 4, 2, 3, 4), Kernel(edges(4)))
    slide(page, "Padding", -2)
    slide(page, "Stride", 1)
    for name, operation in (("Max-pool", "max-pool"), ("Average-pool", "average-pool")):
        page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).click()
        expect(section.locator(".plugged")).to_have_text("⌊(28 + 2·1 − 4) / 3⌋ + 1 = 9")
        word = "largest" if operation == "max-pool" else "mean"
        expect(section.locator(".patch h4")).to_have_text(f"Under the window: its {word} is the output")
        check_the_sum(section, Setting(operation, 4, 3, 1), None)  # type: ignore[arg-type]
    expect(section.locator(".kernel")).to_be_hidden()


def test_an_impossible_setting_says_why_and_the_page_lives_on(page: Page, address: str) -> None:
    section = open_playground(page, address)
    slide(page, "Kernel size", 4)
    slide(page, "Dilation", 4)
    slide(page, "Padding", -1)
    expect(section.locator(".problem")).to_contain_text(
        "The window reaches over 5·(7 − 1) + 1 = 31 pixels, but the padded input has only 28 + 2·0 = 28: take a "
        "kernel size of at most 6, a dilation of at most 4 or a padding of at least 2."
    )
    expect(section.get_by_text("No output")).to_be_visible()
    expect(section.locator("dl")).to_be_hidden()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    slide(page, "Padding", 2)
    expect(section.locator(".problem")).to_be_hidden()
    expect(section.locator("dl")).to_be_visible()


def test_a_kernel_is_typed_pasted_and_kept_from_nonsense(page: Page, address: str) -> None:
    section = open_playground(page, address)
    section.locator("summary").click()
    cell = section.get_by_role("spinbutton", name="Kernel, row 1, column 1")
    cell.fill("2.5")
    cell.press("Enter")
    expect(page.get_by_role("combobox", name=re.compile("Kernel"))).to_have_value("By hand")
    expect(section.locator(".kernel .note")).to_have_text("Your own numbers.")
    kernel = PRESETS["Vertical edges"].make(3)
    kernel[1, 1] = 2.5
    check_the_sum(section, Setting("convolution", 3, padding=1), Kernel(kernel))
    for text, said in (("", "A cell needs a number: it keeps 2.5."), ("1e99", "1e99 is beyond ±1,000: it keeps 2.5.")):
        cell.fill(text)
        cell.press("Enter")
        expect(section.locator(".said")).to_have_text(said)
        expect(cell).to_have_value("2.5")
    cell.press("ArrowUp")  # a key held down sends many edits: the last one counts
    for _ in range(9):
        cell.press("ArrowUp")
    bias = section.get_by_role("spinbutton", name="Bias")
    bias.fill("-1")
    bias.press("Tab")
    expect(section.locator("dl dd").nth(1)).to_have_text("−1")
    kernel[1, 1] = 3.5
    check_the_sum(section, Setting("convolution", 3, padding=1), Kernel(kernel, -1))
    paste(cell, "0.5, nothing")
    expect(section.locator(".said")).to_contain_text("nothing was changed")
    paste(cell, "[[1, 2, 3], [4, 5, 6], [7, 8, −9]]")
    pasted = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, -9]], dtype=torch.float64)
    expect(section.locator("tbody tr").nth(8).locator("td").nth(2)).to_have_text("−9")
    check_the_sum(section, Setting("convolution", 3, padding=1), Kernel(pasted, -1))


def test_no_cell_is_lost_when_many_are_typed_at_once(page: Page, address: str) -> None:
    section = open_playground(page, address)
    section.locator("summary").click()
    for turn in range(3):  # answers to earlier edits come in between
        for cell in range(9):
            section.locator(".kernel .grid input").nth(cell).fill(str(10 * turn + cell))
    page.keyboard.press("Enter")
    expect(section.locator("tbody tr").nth(8).locator("td").nth(2)).to_have_text("28")
    typed = torch.arange(20, 29, dtype=torch.float64).view(3, 3)
    check_the_sum(section, Setting("convolution", 3, padding=1), Kernel(typed))


def paste(cell: Locator, text: str) -> None:
    cell.evaluate(
        """(cell, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            cell.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def test_the_window_is_placed_by_pointer_on_either_picture(page: Page, address: str) -> None:
    section = open_playground(page, address)
    output = section.locator(".output .stage")
    output.scroll_into_view_if_needed()
    box = output.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 5.5 / 28, box["y"] + box["height"] * 20.5 / 28)
    expect(section.locator("h3")).to_contain_text("row 20, column 5 ")
    source = section.locator(".input .stage")
    box = source.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 11.5 / 30, box["y"] + box["height"] * 8.5 / 30)
    expect(section.locator("h3")).to_contain_text("row 7, column 10 ")
    page.mouse.move(box["x"] + box["width"] * 20.5 / 30, box["y"] + box["height"] * 8.5 / 30)
    page.wait_for_timeout(200)
    assert place(section) == (7, 10), "a press holds it"


def test_with_the_keyboard_only(page: Page, address: str) -> None:
    section = open_playground(page, address)
    page.get_by_role("slider", name="Dilation").focus()
    page.keyboard.press("Tab")
    expect(section.locator(".input .stage")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(section.locator("h3")).to_contain_text("row 1, column 2 ")
    page.keyboard.press("Tab")
    expect(section.locator(".output .stage")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(section.locator("h3")).to_contain_text("row 26, column 27 ")
    expect(section.locator(".spoken")).to_have_text(re.compile(r"^Row 26, column 27: \S+$"))
    page.keyboard.press("Tab")
    expect(section.get_by_role("button", name="Slide the window")).to_be_focused()
    page.keyboard.press("Tab")
    expect(section.get_by_role("spinbutton", name="Kernel, row 0, column 0")).to_be_focused()
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    expect(section.get_by_role("spinbutton", name="Kernel, row 0, column 1")).to_be_focused()
    expect(section.locator(".kernel .note")).to_have_text("Your own numbers.")
    for _ in range(9):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    section.locator("tbody tr").first.wait_for()
    kernel = PRESETS["Vertical edges"].make(3)
    kernel[0, 0] = 7
    check_the_sum(section, Setting("convolution", 3, padding=1), Kernel(kernel))


def test_it_slides_by_itself_and_rests_under_the_pointer(moving: Page, address: str) -> None:
    section = open_playground(moving, address)
    button = section.get_by_role("button", name="Pause")
    expect(button).to_be_visible()
    title = section.locator("h3")
    before = title.inner_text()
    expect(title).not_to_have_text(before)
    section.locator(".grids").hover()
    moving.wait_for_timeout(200)
    resting = title.inner_text()
    moving.wait_for_timeout(1600)
    assert title.inner_text() == resting
    moving.mouse.move(2, 2)
    expect(title).not_to_have_text(resting)
    button.click()
    moving.mouse.move(2, 2)
    paused = title.inner_text()
    moving.wait_for_timeout(1600)
    assert title.inner_text() == paused
    section.get_by_role("button", name="Slide the window").click()
    section.locator(".output .stage").press("ArrowDown")
    expect(section.get_by_role("button", name="Slide the window")).to_be_visible()


def test_with_less_motion_it_waits_to_be_asked(page: Page, address: str) -> None:
    section = open_playground(page, address)
    before = place(section)
    page.wait_for_timeout(1600)
    assert place(section) == before
    section.get_by_role("button", name="Slide the window").click()
    page.mouse.move(2, 2)
    expect(section.locator("h3")).not_to_contain_text(f"row {before[0]}, column {before[1]} ")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_fault(page: Page, address: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    section = open_playground(page, address)
    section.locator("summary").click()
    page.wait_for_timeout(1000)
    assert_accessible(page)
    slide(page, "Padding", 2)
    page.get_by_role("radio", name="Max-pool").or_(page.get_by_role("button", name="Max-pool", exact=True)).click()
    expect(section.locator(".problem")).to_contain_text("more than half of the 3×3 window")
    page.wait_for_timeout(500)
    assert_accessible(page)
