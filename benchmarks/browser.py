"""A headless Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """The browser that CHROMIUM names, or the one that is installed.

    Raises:
        RuntimeError: there is none.
    """
    names = [os.environ.get("CHROMIUM") or "chromium", "chromium-browser", "google-chrome"]
    for name in names:
        if path := shutil.which(name):
            return path
    raise RuntimeError("no Chromium was found; install it, or name it: CHROMIUM=/path/to/chrome")


def cores_of_the_server() -> list[int]:
    """All cores but the browser's, so that neither is in the other's way; the only one where there is but one."""
    return _cores()[:-1] or _cores()


def _cores() -> list[int]:
    return sorted(psutil.Process().cpu_affinity())


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for as long as the block lasts, kept to the last core; `cores_of_the_server` are for the app.

    Raises:
        RuntimeError: there is none.
    """
    from playwright.sync_api import sync_playwright

    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        for process in psutil.Process().children(recursive=True):  # what they start later inherits it
            process.cpu_affinity(_cores()[-1:])
        try:
            yield browser
        finally:
            browser.close()
