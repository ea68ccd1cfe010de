"""The app as people meet it: a server of its own on a free port, and real Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 60_000  # ms: how long a slow, busy machine may take for anything
LONGEST = 600  # s: of one test; a walk through every layer takes that long where the browser draws slowly
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A machine that stalls for a while may let one walk through a live page wait in vain; a fault is there twice."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))
            item.add_marker(pytest.mark.timeout(LONGEST))


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app, whose runs are written into a temporary folder."""
    folder = tmp_path_factory.mktemp("app")
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true"]
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        [*command, "--server.port", str(port)], cwd=folder, stdout=log, stderr=log, start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    url = f"http://localhost:{port}"
    try:
        _wait_until_healthy(url, server)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
        log.close()


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert server.poll() is None, "the server ended at once; see server.log"
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.25)
    raise AssertionError("the server did not become healthy")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the PATH; set CHROMIUM to its path")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@contextmanager
def new_tab(browser: Browser, expected: str = "", **options: Any) -> Iterator[Page]:
    """A tab of a browser that has not been here before; it is a fault if anything goes wrong in its console.

    Args:
        expected: an error in the console that is none.
        options: of the browser's context.
    """
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"} | options)
    context.set_default_timeout(PATIENCE)
    tab, faults = context.new_page(), []

    def listen(message: ConsoleMessage) -> None:
        # Streamlit asks for its own files below each page's path when a page is opened by its address: not ours
        is_ours = "/_stcore/" not in message.location.get("url", "")
        if message.type == "error" and is_ours and message.text != expected:
            faults.append(message.text)

    tab.on("console", listen)
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    context.close()
    assert not faults


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh tab, in which nothing moves by itself."""
    with new_tab(browser) as tab:
        yield tab


@pytest.fixture
def moving(browser: Browser) -> Iterator[Page]:
    """A fresh tab of a person who likes movement."""
    with new_tab(browser, reduced_motion="no-preference") as tab:
        yield tab


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A fresh tab on a narrow touch screen, with movement."""
    size = {"width": 420, "height": 900}
    with new_tab(browser, viewport=size, has_touch=True, is_mobile=True, reduced_motion="no-preference") as tab:
        yield tab
