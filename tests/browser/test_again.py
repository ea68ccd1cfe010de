"""A canvas that Streamlit takes off the page and puts there anew goes on where the one before was."""

from __future__ import annotations

import base64
import json
from typing import Any

from playwright.sync_api import Page

from scratchnn.figures.network import Begun, network
from scratchnn.ui.components import script_of
from tests.browser.test_canvas import network_of

# The page's own component, in a page of our own: mounted, given data, taken away, as Streamlit does it.
STAND_IN = """async ([script, data]) => {
  const { default: draw } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  globalThis.mount = () => {
    const host = document.body.appendChild(document.createElement("div")), sent = [];
    const parentElement = host.attachShadow({ mode: "open" });
    let end = () => {};
    const give = (name) => {
      const bytes = Uint8Array.from(atob(data[name]), (letter) => letter.charCodeAt(0));
      end = draw({ parentElement, data: bytes, setTriggerValue: (trigger, value) => sent.push([trigger, value]) });
    };
    const find = (selector) => parentElement.querySelector(selector);
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const standing = async () => {
      await drawn();
      return [find(".panel .name").textContent, parentElement.activeElement === find(".stage"), sent.length];
    };
    return { give, find, standing, away: () => { host.remove(); end(); } };
  };
}"""


def stand_in(page: Page) -> None:
    (model, trace), columns = network_of("cnn")
    chosen = columns[4].name, (3, 2, 4)
    data = {
        name: base64.b64encode(network(model, trace, columns[-1].values.view(1, -1), "0123456789", 0, begun))
        for name, begun in {"nothing": Begun(), "chosen": Begun(chosen, turn=1), "no more": Begun(turn=2)}.items()
    }
    page.goto("about:blank")
    page.evaluate(STAND_IN, [script_of("network"), {name: text.decode() for name, text in data.items()}])


def standing(page: Page, script: str) -> Any:
    return page.evaluate(f"async () => {{ {script} }}")


def test_it_goes_on(page: Page) -> None:
    stand_in(page)
    key = json.dumps({"key": "ArrowRight"})
    standing(page, "globalThis.one = mount(); one.give('nothing'); one.find('.stage').focus()")
    walk = f"find('.stage').dispatchEvent(new KeyboardEvent('keydown', {key}))"
    standing(page, f"for (let i = 0; i < 3; i++) one.{walk}")
    name, has_focus, _ = standing(page, "return one.standing()")
    assert name != "The digit"
    assert has_focus
    # with the data of before, though the page has heard of more since
    again = standing(page, "one.away(); globalThis.two = mount(); two.give('nothing'); return two.standing()")
    assert again == [name, True, 0]
    assert standing(page, f"two.{walk}; return two.standing()")[0] != name, "the keys lead nowhere"


def test_the_pages_newer_choice_counts(page: Page) -> None:
    stand_in(page)
    standing(page, "globalThis.one = mount(); one.give('nothing'); one.find('.stage').focus()")
    chosen, _, _ = standing(page, "one.give('chosen'); return one.standing()")
    assert chosen != "The digit"
    assert standing(page, "one.give('no more'); return one.standing()")[0] == "The digit"
