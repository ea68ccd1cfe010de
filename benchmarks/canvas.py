"""The network canvas: a frame of it while the pointer moves over it, and another digit until it is painted."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from benchmarks.browser import chromium
from benchmarks.server import app_command, free_port, server

if TYPE_CHECKING:
    from playwright.sync_api import Page

NETWORKS = ("cnn", "transformer")
WARM_UP = 5  # rounds that do not count
PATIENCE = 60_000  # ms

# Point at places all over the stage. Of each: how long from the frame's first script until it was handed on painted.
_HOVER = """async (count) => {
  const stage = scratchnnStage(), { left, top, width, height } = stage.getBoundingClientRect();
  const painted = () => new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(performance.now());
    port2.postMessage(0);  // comes after what the frame paints
  });
  const found = [];
  for (let i = 0; i < count; i++) {
    const frame = new Promise((resolve) => requestAnimationFrame(resolve));  // before the canvas's own script
    const clientX = left + width * ((i * 0.618034) % 1), clientY = top + height * (0.12 + 0.76 * ((i * 0.414214) % 1));
    stage.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY, bubbles: true }));
    await frame;
    const began = performance.now();
    found.push((await painted()) - began);
  }
  return found;
}"""

# From now on `scratchnnClicked` is the time of the last click, `scratchnnPainted` that of the first painting after it.
_LISTEN = """() => {
  window.scratchnnStage = () => [...document.querySelectorAll("*")]
    .map((element) => element.shadowRoot?.querySelector(".scroller .stage")).find(Boolean);
  document.addEventListener("click", () => {
    window.scratchnnClicked = performance.now();
    window.scratchnnPainted = null;
  }, true);
  const proto = CanvasRenderingContext2D.prototype, own = proto.clearRect;
  proto.clearRect = function (...box) {  // each painting of the maps begins with it
    if (this.canvas.classList.contains("maps") && window.scratchnnPainted === null) {
      window.scratchnnPainted = undefined;
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => (window.scratchnnPainted = performance.now());
        port2.postMessage(0);
      });
    }
    return own.apply(this, box);
  };
}"""


def run(quick: bool) -> dict[str, Any]:
    port = free_port()
    with server(app_command(port), port), chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.set_default_timeout(PATIENCE)
        return {kind: _network(page, f"http://localhost:{port}/{kind}", quick) for kind in NETWORKS}


def _network(page: Page, address: str, quick: bool) -> dict[str, Any]:
    page.goto(address)
    page.locator(".panel .name").filter(has_text="The digit").wait_for()
    page.wait_for_timeout(3000)
    page.evaluate(_LISTEN)
    figures = {
        "hover_frame": _summary(page.evaluate(_HOVER, 60 if quick else 300)[WARM_UP:]),
        "another_digit": _summary([_another_digit(page) for _ in range(15 if quick else 55)][WARM_UP:]),
    }
    name = address.rpartition("/")[2]
    for what, found in figures.items():
        print(f"  {name}, {what.replace('_', ' ')}: median {found['median_ms']:.1f} ms, 95th {found['p95_ms']:.1f} ms")
    return figures


def _another_digit(page: Page) -> float:
    """Milliseconds from the click on 'Random' until its digit's maps are painted."""
    page.get_by_role("button", name="Random", exact=True).click()
    page.wait_for_function("() => window.scratchnnPainted")
    milliseconds: float = page.evaluate("() => window.scratchnnPainted - window.scratchnnClicked")
    page.wait_for_timeout(400)  # the rest of the page comes after it
    return milliseconds


def _summary(milliseconds: list[float]) -> dict[str, Any]:
    return {
        "median_ms": statistics.median(milliseconds),
        "p95_ms": statistics.quantiles(milliseconds, n=20)[-1],
        "milliseconds": milliseconds,
    }
