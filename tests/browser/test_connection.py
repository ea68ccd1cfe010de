"""The connection between browser and server drops and comes back: what shows a training goes on doing so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.conftest import new_tab
from tests.browser.helpers import begin_training, end_training, open_layers, strip

AWAY = 3_000  # ms: what the browser wants to send meanwhile is lost …
LOST = "Cannot send rerun backMessage when disconnected from server."  # … and Streamlit says so


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with new_tab(browser, expected=LOST) as tab:
        yield tab


@pytest.fixture
def cut(page: Page) -> Callable[[], None]:
    """Drops the connection; the browser's attempts to get another one fail for a while."""
    open_ends: list[WebSocketRoute] = []
    away = False

    def route(socket: WebSocketRoute) -> None:
        if away:
            socket.close()
            return
        open_ends.extend((socket, socket.connect_to_server()))

    page.route_web_socket(re.compile("/_stcore/stream"), route)

    def drop() -> None:
        nonlocal away
        away = True
        for end in open_ends:
            end.close()
        open_ends.clear()
        page.wait_for_timeout(AWAY)
        away = False

    return drop


def steps_shown(page: Page) -> int:
    return int(re.findall(r"after ([\d,]+) step", strip(page).inner_text())[0].replace(",", ""))


def test_a_page_that_follows_a_training_goes_on_following(page: Page, address: str, cut: Callable[[], None]) -> None:
    begin_training(page, address)
    open_layers(page, "cnn")
    expect(strip(page)).to_contain_text("live training")
    for _ in range(2):
        cut()
        page.wait_for_timeout(AWAY)
        seen = steps_shown(page)
        expect(strip(page)).not_to_contain_text(f"after {seen:,} step")
    end_training(page)
