"""A person trains both networks: curves move, buttons act, a reload and other pages change nothing."""

from __future__ import annotations

import re
from itertools import combinations
from math import dist

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import new_tab
from tests.browser.helpers import assert_accessible, begin_training, button, figure, open_train, strip, wait_for


def wait_for_curve(page: Page, chart: str, longer_than: int) -> None:
    """Until a curve of a chart has more points than that in the browser, from the first few batches on."""
    curves = "(document.querySelector(`[data-chart=${chart}] .plot`)?.data ?? [])"
    grown = f"([chart, points]) => {curves}.some(curve => curve.x.length > points && curve.x[0] < 1000)"
    page.wait_for_function(grown, arg=[chart, longer_than])


def test_cnn_learns_pauses_and_survives_a_reload(page: Page, address: str) -> None:
    open_train(page, address)
    button(page, "Train").click()
    wait_for(page, "Validation accuracy", 60)
    wait_for_curve(page, "loss", longer_than=20)
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
    wait_for_curve(page, "loss", longer_than=20)  # those from before the reload
    button(page, "Stop").click()
    expect(page.get_by_text("Stopped. The run is kept in")).to_be_visible()
    stopped = figure(page, "Step")
    button(page, "Continue").click()
    expect(button(page, "Pause")).to_be_visible()
    wait_for(page, "Step", stopped + 5)
    wait_for_curve(page, "loss", longer_than=20)  # those from before it was stopped
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
    button(page, "Pause").click()  # or the next evaluation may find that it is no mistake any more
    expect(button(page, "Resume")).to_be_visible()
    page.get_by_label("Worst mistakes").get_by_role("button").first.click()
    expect(page.get_by_label("Worst mistakes").locator("button[aria-pressed=true]").first).to_be_visible()
    button(page, "Stop").click()
    expect(page.get_by_text("Stopped. The run is kept in")).to_be_visible()


def test_a_mistake_and_a_cell_of_the_confusion_matrix_are_shown_large(page: Page, address: str) -> None:
    open_train(page, address)
    large = page.locator(".subject")

    def expect_large(true: str, said: str) -> None:
        expect(large.locator("figcaption")).to_have_text(re.compile(f"^Validation digit [\\d,]+, an? {true}$"))
        shares = large.locator("li")
        most = max(range(10), key=lambda i: float(shares.nth(i).locator(".value").get_attribute("title") or ""))
        assert shares.nth(most).locator(".name").inner_text() == said

    mistake = page.get_by_label("Worst mistakes").get_by_role("button").nth(2)
    spoken = re.fullmatch(r"True (\d); the network says (\d) with .*", mistake.get_attribute("aria-label") or "")
    assert spoken is not None
    before = large.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    mistake.click()
    expect(mistake).to_have_attribute("aria-pressed", "true")
    expect_large(spoken[1], spoken[2])
    assert large.locator("canvas").evaluate("canvas => canvas.toDataURL()") != before

    taken = page.get_by_role("button", name=re.compile(r"^\d+ times \d was taken for \d$"))
    cell = taken.and_(page.locator("button:enabled")).last
    words = (cell.get_attribute("aria-label") or "").split()
    cell.click()
    expect(page.locator("td button[aria-pressed=true]")).to_have_attribute("aria-label", " ".join(words))
    expect_large(words[2], words[-1])


def test_a_training_that_rests_is_not_computed_again_and_again(page: Page, address: str) -> None:
    heard: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(bytes(frame))))
    open_train(page, address)
    button(page, "One step").click()
    expect(button(page, "Resume")).to_be_visible()
    wait_for(page, "Step", 1)
    page.wait_for_timeout(4000)
    assert any(b"Images per second" in frame for frame in heard), "the figures are not among what the page is sent"
    heard.clear()
    page.wait_for_timeout(4000)
    assert not any(b"Images per second" in frame for frame in heard)
    button(page, "One step").click()
    wait_for(page, "Step", 2)
    button(page, "Stop").click()
    expect(button(page, "Train")).to_be_enabled()


def test_two_tabs_do_not_disturb_each_other(browser: Browser, page: Page, address: str) -> None:
    open_train(page, address)
    button(page, "Train").click()
    wait_for(page, "Step", 5)
    with new_tab(browser) as other:
        open_train(other, address)
        assert figure(other, "Step") == 0
        button(other, "Train").click()
        wait_for(other, "Step", 5)
        button(other, "Stop").click()
        expect(button(other, "Train")).to_be_enabled()
        before = figure(page, "Step")
        wait_for(page, "Step", before + 10)
    button(page, "Stop").click()
    expect(button(page, "Train")).to_be_enabled()


def test_a_spike_is_cut_off_and_marked_and_a_phone_begins_with_the_digits(page: Page, address: str) -> None:
    open_train(page, address)
    rate = page.get_by_test_id("stSidebar").get_by_role("spinbutton", name="Learning rate")
    rate.fill("0.1")
    rate.press("Enter")
    expect(page.get_by_test_id("stSidebar").get_by_role("radio", name="Course")).not_to_be_checked()
    button(page, "Train").click()
    wait_for(page, "Step", 80)
    loss = page.locator("[data-chart=loss]")
    expect(loss.get_by_role("listitem").filter(has_text=re.compile("above the axis, up to [1-9]"))).to_be_visible()
    top, highest, drawn_at = loss.locator(".plot").evaluate(
        """plot => {
          const high = (curve) => Math.max(...curve.y);
          const marks = plot.data.find(({ text }) => text);
          return [plot.layout.yaxis.range[1], Math.max(...plot.data.map(high)), high(marks)];
        }"""
    )
    assert highest > 20
    assert top == pytest.approx(drawn_at)
    assert top < 10
    page.set_viewport_size({"width": 420, "height": 900})
    digits, chart = page.get_by_label("Probe digits"), loss
    page.wait_for_timeout(500)
    first, second = digits.bounding_box(), chart.bounding_box()
    assert first is not None
    assert second is not None
    assert first["y"] < 700, "no digit on the first screen"
    assert first["y"] < second["y"]
    button(page, "Stop").click()
    expect(button(page, "Train")).to_be_enabled()
    assert_accessible(page)


@pytest.mark.parametrize("width", [1440, 420])
def test_nothing_moves_when_a_training_begins_and_ends(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_train(page, address)
    below = ".st-key-status", ".st-key-charts", "[data-chart=gradients] .plot", ".st-key-probes", ".st-key-tiles"
    expect(page.locator(below[-1])).to_be_visible()

    def tops() -> list[int]:
        page.wait_for_timeout(1000)
        top = "(element) => Math.round(element.getBoundingClientRect().top)"
        return [page.locator(selector).evaluate(top) for selector in below]

    before = tops()
    button(page, "Train").click()
    wait_for(page, "Validation accuracy", 5)
    wait_for_curve(page, "gradients", longer_than=0)
    assert tops() == before
    button(page, "Stop").click()
    expect(button(page, "Continue")).to_be_visible()
    assert tops() == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_layers_are_told_apart_and_one_can_be_made_to_stand_out(browser: Browser, address: str, scheme: str) -> None:
    with new_tab(browser, color_scheme=scheme) as page:
        open_train(page, address)
        page.get_by_test_id("stSidebar").get_by_role("radio", name="Transformer").click()
        expect(page.get_by_role("heading", name="Where it looks")).to_be_visible()
        chart = page.locator("[data-chart=gradients]")
        layers = chart.get_by_role("button")
        expect(layers).to_have_count(8)
        button(page, "One step").click()
        wait_for_curve(page, "gradients", longer_than=0)
        lines = chart.locator(".plot").evaluate("plot => plot.data.map(({ line }) => [line.dash, line.color])")
        assert [bool(dash) for dash, _ in lines] == [False, True] * 4
        colours = [[int(part) for part in re.findall(r"\d+", colour)[:3]] for _, colour in lines]
        for alike in (colours[::2], colours[1::2]):  # in their dashes
            assert min(dist(one, other) for one, other in combinations(alike, 2)) > 40
        brightness = [0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in colours]
        assert brightness == sorted(brightness, reverse=True), "the colour-blind have only this to go by"

        opacities = "plot => plot.data.map(({ opacity }) => opacity)"
        layers.nth(3).hover()
        assert chart.locator(".plot").evaluate(opacities) == [0.15] * 3 + [1] + [0.15] * 4
        page.mouse.move(5, 5)
        assert chart.locator(".plot").evaluate(opacities) == [1] * 8
        button(page, "Stop").click()
        expect(button(page, "Train")).to_be_enabled()


def test_a_training_that_was_stopped_elsewhere_is_called_so(browser: Browser, page: Page, address: str) -> None:
    begin_training(page, address)
    job = re.search(r"run=([\w-]+)", page.url)
    assert job is not None
    with new_tab(browser) as other:
        other.goto(f"{address}/cnn?model=live:{job[1]}")
        expect(strip(other)).to_contain_text("CNN, live training, after")
        button(page, "Stop").click()
        expect(strip(other)).to_contain_text("CNN, stopped training, after")
        choice = other.get_by_role("combobox", name=re.compile("Model"))
        expect(choice).to_have_value("Stopped training")
        assert f"model=live%3A{job[1]}" in other.url
        choice.click()
        other.get_by_role("option", name="Pretrained").click()
        expect(strip(other)).to_contain_text("CNN, pretrained, after")


def test_another_layer_is_all_that_is_drawn_again(page: Page, address: str) -> None:
    heard: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(bytes(frame))))
    open_train(page, address)
    page.wait_for_timeout(1000)
    assert any(b"in front of you" in frame for frame in heard), "the page's own words are not among what it is sent"
    heard.clear()
    maps = page.get_by_role("img", name=re.compile("^conv2, map 31"))
    page.get_by_test_id("stMain").get_by_role("radio", name="conv2").or_(button(page, "conv2")).click()
    maps.wait_for()
    page.wait_for_timeout(1000)
    assert any(b"32 maps of" in frame for frame in heard)
    assert not any(b"in front of you" in frame for frame in heard), "the whole page was drawn again"


@pytest.mark.parametrize("path", ["", "train"])
def test_no_serious_accessibility_fault(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}")
    expect(page.get_by_role("img").first).to_be_visible()
    page.wait_for_timeout(1000)
    assert_accessible(page)
