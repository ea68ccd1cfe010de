"""A person chooses what to look into: draws a digit, uploads good and bad files; and always sees what it is."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import DataConfig
from scratchnn.data import load_dataset
from tests.browser.helpers import picture, strip

INPUT = "[data-testid=stFileUploaderDropzoneInput]"


def open_page(page: Page, address: str, query: str = "digit=test:3") -> None:
    page.goto(f"{address}/cnn?{query}")
    expect(page.locator(".scroller .stage")).to_be_visible()
    expect(strip(page)).to_be_visible()


def choose(page: Page, source: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("radio", name=source).click()


def pad(page: Page) -> Locator:
    return page.get_by_role("application", name=re.compile("^Drawing pad"))


def wait_for_another_picture(page: Page, before: str) -> None:
    for _ in range(300):
        if picture(page) != before:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the network was not painted anew")


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def digit(index: int) -> bytes:
    """A test digit as ink on paper, larger than the network's image."""
    image = Image.fromarray(255 - load_dataset(DataConfig()).test.images[index].numpy())
    return png(image.resize((280, 280), Image.Resampling.BICUBIC))


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator(INPUT).set_input_files({"name": name, "mimeType": "image/png", "buffer": data})


def test_a_one_drawn_with_the_pointer_is_a_one(page: Page, address: str) -> None:
    open_page(page, address)
    expect(strip(page)).to_contain_text(re.compile("Test digit 3, a 0.*: 0 with"))
    choose(page, "Draw")
    box = pad(page).bounding_box()
    assert box is not None
    before, x = picture(page), box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + box["height"] * 0.15)
    page.mouse.down()
    for share in (0.3, 0.45, 0.6, 0.75, 0.85):
        page.mouse.move(x, box["y"] + box["height"] * share)
        page.wait_for_timeout(30)
    page.mouse.up()
    expect(strip(page)).to_contain_text(re.compile("Your drawing.*: 1 with"))
    wait_for_another_picture(page, before)
    expect(page).to_have_url(re.compile("digit=drawn"))
    page.get_by_role("button", name="Undo").click()
    expect(pad(page)).to_have_accessible_name(re.compile("empty$"))


def test_a_dot_is_seen(page: Page, address: str) -> None:
    open_page(page, address)
    choose(page, "Draw")
    empty = pad(page).evaluate("canvas => canvas.toDataURL()")
    pad(page).click()
    expect(strip(page)).to_contain_text("Your drawing")
    assert pad(page).evaluate("canvas => canvas.toDataURL()") != empty
    page.reload()
    expect(page.get_by_text("This digit was drawn before: draw here for another.")).to_be_visible()


def test_a_one_drawn_with_the_keyboard_alone(page: Page, address: str) -> None:
    open_page(page, address)
    choose(page, "Draw")
    pad(page).focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("status").filter(has_text="Pen down")).to_have_count(1)
    for _ in range(16):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("status").filter(has_text="Pen lifted: one stroke")).to_have_count(1)
    expect(strip(page)).to_contain_text(re.compile("Your drawing.*: 1 with"))
    page.keyboard.press("ArrowLeft")  # lifted, it only moves
    expect(pad(page)).to_have_accessible_name(re.compile("one stroke$"))
    page.keyboard.press("Backspace")
    expect(pad(page)).to_have_accessible_name(re.compile("empty$"))


def test_an_uploaded_digit_is_seen_with_both_its_stages(page: Page, address: str) -> None:
    open_page(page, address)
    before = picture(page)
    choose(page, "Upload")
    upload(page, "four.png", digit(4))
    expect(strip(page)).to_contain_text(re.compile("Your image.*: 4 with"))
    wait_for_another_picture(page, before)
    for stage in ("Fitted into 20×20", re.compile("^Centred by mass in 28×28")):
        painted = page.get_by_test_id("stSidebar").get_by_role("img", name=stage)
        expect(painted).to_be_visible()
        colours = painted.evaluate(
            "canvas => new Set(new Uint32Array(canvas.getContext('2d')"
            ".getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"
        )
        assert colours > 10, "an empty stage"
    expect(page.get_by_text("it was inverted")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("text.png", b"This is no picture.", "not a PNG, JPEG or WebP image"),
        ("short.png", digit(4)[:1500], "cut short or damaged"),
        ("large.png", png(Image.new("1", (8000, 6500))), "8,000×6,500 pixels"),
        ("heavy.png", b"\x89PNG" + bytes(11 * 2**20), "the file has 11.5 MB, and at most 10 MB are read"),
    ],
    ids=["text", "cut short", "52 megapixels", "11 MB"],
)
def test_a_bad_file_is_refused_with_a_sentence(page: Page, address: str, name: str, data: bytes, said: str) -> None:
    open_page(page, address)
    before = strip(page).inner_text()
    choose(page, "Upload")
    expect(page.locator(INPUT)).to_be_attached()
    upload(page, name, data)
    expect(page.get_by_test_id("stAlert").get_by_text(re.compile(said, re.IGNORECASE))).to_be_visible()
    assert strip(page).inner_text() == before


@pytest.mark.parametrize("width", [1440, 420])
def test_what_is_looked_into_stays_in_sight(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    open_page(page, address, "digit=test:3&at=conv2%3A5.7.6")
    expect(page.get_by_role("region", name=re.compile("^conv2: map 5"))).to_be_visible()
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, main.scrollHeight)")
    expect(strip(page)).to_be_in_viewport(ratio=1)
    expect(strip(page)).to_contain_text(re.compile("Test digit 3, a 0.*CNN, pretrained.*: 0 with .*✓ right"))
    box, bar = strip(page).bounding_box(), page.get_by_test_id("stHeader").bounding_box()
    assert box is not None
    assert bar is not None
    closed = width < 640  # the sidebar, which then is opened from Streamlit's own bar
    expect(page.get_by_test_id("stExpandSidebarButton")).to_have_count(int(closed))
    assert box["y"] == pytest.approx(bar["height"] if closed else 0, abs=2), "it is behind the bar, or away from it"
    assert box["height"] < 90
