"""What several browser tests do: train, look into a network's canvas and its card, ask axe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from scratchnn.config import ModelName, RunConfig
from scratchnn.inspection.arithmetic import values
from scratchnn.inspection.subjects import TITLES
from scratchnn.models import Model, build_model
from scratchnn.trace import Trace
from scratchnn.training.runs import Run
from scratchnn.ui.link import LATE
from tests.closing import CLOSING

Network = tuple[Model, Trace]

STAGE = (
    "() => [...document.querySelectorAll('*')]"
    ".map((element) => element.shadowRoot?.querySelector('.scroller .stage')).find(Boolean)"
)


# --- training -------------------------------------------------------------------------------------------------


def open_train(page: Page, address: str) -> None:
    page.goto(f"{address}/train")
    expect(button(page, "Train")).to_be_enabled()
    expect(page.get_by_label("Probe digits")).to_be_visible()


def begin_training(page: Page, address: str, kind: ModelName = "cnn", epochs: int = 200) -> None:
    """Train a network for so long that it does not finish by itself."""
    open_train(page, address)
    sidebar = page.get_by_test_id("stSidebar")
    if kind == "transformer":
        sidebar.get_by_role("radio", name="Transformer").click()
        expect(page.get_by_role("heading", name="Where it looks")).to_be_visible()
    field = sidebar.get_by_role("spinbutton", name="Epochs")
    field.fill(str(epochs))
    field.press("Enter")
    expect(page.get_by_text(f"of {epochs}", exact=True)).to_be_visible()
    button(page, "Train").click()
    wait_for(page, "Step", 5)


def end_training(page: Page) -> None:
    """From any page."""
    page.get_by_role("link", name="Train", exact=True).click()
    button(page, "Stop").click()
    expect(button(page, "Train")).to_be_enabled()


def button(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)


def figure(page: Page, label: str) -> float:
    """A figure of the status strip; −1 where there is none yet."""
    text = page.locator("dl div").filter(has_text=re.compile(f"^{label}")).locator("dd").first.inner_text()
    digits = re.sub(r"[^\d.]", "", text)
    return float(digits) if digits else -1.0


def wait_for(page: Page, label: str, least: float) -> None:
    """Wait until a figure of the status strip has reached `least`."""
    for _ in range(600):
        if figure(page, label) >= least:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{label} stayed at {figure(page, label)}, below {least}")


def saved_run(servers: Path, name: str, config: RunConfig) -> Model:
    """Among the runs of the app whose folder is below `servers`, one with a snapshot after 10 steps: its network."""
    (server,) = servers.glob("app[0-9]*")
    model = build_model(config).eval()
    run = Run.create(server / "runs" / name, config)
    run.begin()
    run.write_snapshot(10, model.state_dict())
    return model


# --- looking into a network -----------------------------------------------------------------------------------


def strip(page: Page) -> Locator:
    """The line that says what is looked into."""
    return page.get_by_test_id("stMain").get_by_role("region", name="What you look into")


def open_layers(page: Page, kind: ModelName) -> None:
    """From any page, go to the one that shows this network layer by layer."""
    page.get_by_role("link", name=f"{TITLES[kind]}, layer by layer").click()
    wait_for_network(page)


def wait_for_network(page: Page) -> None:
    expect(page.locator(".scroller .stage")).to_be_visible()
    expect(page.locator(".panel .name")).not_to_be_empty()
    expect(page.get_by_test_id("stMainBlockContainer")).to_have_css("padding-top", "56px")  # page.css moves everything


def picture(page: Page) -> str:
    """All pixels of the network's maps."""
    text: str = page.locator(".scroller .stage canvas.maps").evaluate("canvas => canvas.toDataURL()")
    return text


def point(page: Page, layer: str, position: list[int]) -> tuple[float, float]:
    """As a person does: scroll the column into sight, and move there."""
    page.locator(".scroller .stage").scroll_into_view_if_needed()
    find = f"([layer, at]) => ({STAGE})().placeOf(layer, ...at)"
    place = page.evaluate(find, [layer, position])
    page.locator(".scroller").first.evaluate("(element, x) => element.scrollBy(x - 800, 0)", place["x"])
    place = page.evaluate(find, [layer, position])
    page.mouse.move(place["x"], place["y"])
    return place["x"], place["y"]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def steps_of(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, float, float]]:
    """Of each step in a card's table: its name, its result made anew from its terms, and the result written there."""
    terms: list[float] = []
    for name, how, _, text in rows[:-2]:  # without the network's own number and the residual
        if how != "=":
            rule = how
            terms.append(number(text))
            continue
        yield name, CLOSING[rule](terms), number(text)
        terms = []


def middle(network: Network, layer: str) -> tuple[list[int], float]:
    """A position in the middle of a layer, and the network's own number there."""
    numbers = values(*network, layer)
    position = [side // 2 for side in numbers.shape]
    return position, float(numbers[tuple(position)])


def panel_number(page: Page, layer: str) -> Locator:
    """The number at which the pointer is."""
    return page.locator(".panel .at" if layer == "probabilities" else ".panel .said .value")


def card_number(page: Page, name: str) -> float:
    """A number below the card's arithmetic, in full precision."""
    line = page.locator(".card dl div").filter(has=page.get_by_text(name, exact=True))
    return number(line.locator("dd").get_attribute("title") or "")


def in_matrix(canvas: Locator, query: int, key: int, tokens: int = 16) -> tuple[float, float]:
    """Where in a matrix of the attention a query meets a key: left of it and above stand the patches (tokens.js)."""
    box = canvas.bounding_box()
    assert box is not None
    numbers = 13 if box["width"] / (tokens + 1.6) >= 15 else 0
    cell = (box["width"] - numbers) / (tokens + 1.6)
    return numbers + (key + 2.1) * cell, numbers + (query + 2.1) * cell


# --- access ---------------------------------------------------------------------------------------------------


def assert_accessible(page: Page) -> None:
    """Axe finds no serious or critical fault on the whole page.

    It judges the contrast of what is in sight, so the window is made as tall as the page.
    """
    size = page.viewport_size
    assert size is not None
    tall = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
    found = Axe().run(page).response["violations"]
    page.set_viewport_size(size)
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []


def settle(page: Page) -> None:
    """Until an address that comes back is no longer taken for one that the browser sent late."""
    page.mouse.move(5, 5)
    page.wait_for_timeout(1000 * LATE + 500)
