"""Choices below the Transformer's canvas in Chromium: a place is kept in the address, a class token stays."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from scratchnn.config import RunConfig
from tests.browser.helpers import saved_run, settle


def ask(page: Page, question: str) -> None:
    page.get_by_text(question).click()


def test_a_place_outlives_another_question_and_a_link(page: Page, address: str) -> None:
    page.goto(f"{address}/transformer?digit=test:3&ask=positions&place=sinusoidal.9.20")
    chosen = page.locator(".positions h4")
    expect(chosen).to_have_text("Patch 9 (row 2, column 1)")
    expect(page.get_by_role("radio", name="sinusoidal")).to_be_checked()
    page.locator(".positions .digit .cells b").nth(2).click()
    expect(page).to_have_url(re.compile(r"place=sinusoidal\.2\.20\b"))
    ask(page, "What if patches are hidden")
    expect(page.locator(".patches .sequence").first).to_be_visible()
    ask(page, "What does position encoding add")
    expect(chosen).to_have_text("Patch 2 (row 0, column 2)")
    page.locator(".positions .digit .cells").press("ArrowDown")
    expect(page).to_have_url(re.compile(r"place=sinusoidal\.6\.20\b"))
    page.reload()
    expect(chosen).to_have_text("Patch 6 (row 1, column 2)")


def test_the_way_back_to_the_first_place(page: Page, address: str) -> None:
    page.goto(f"{address}/transformer?digit=test:3&ask=positions")
    own, other = (page.get_by_role("radio", name=name) for name in ("learned", "sinusoidal"))
    expect(own).to_be_checked()
    settle(page)
    other.check(force=True)
    expect(page).to_have_url(re.compile(r"place=sinusoidal\.10\.8\b"))
    settle(page)
    page.go_back()
    expect(own).to_be_checked()


def test_the_class_token_stands_in_the_sequence_and_stays(
    page: Page, address: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = RunConfig(model="transformer").changed("transformer", pooling="class_token", depth=1)
    saved_run(tmp_path_factory.getbasetemp(), "classy", config)
    page.goto(f"{address}/transformer?model=run:classy@10&digit=test:3&ask=patches")
    tiles = page.locator(".patches .sequence button")
    expect(tiles).to_have_count(17)
    token = page.get_by_role("button", name="Class token, always there")
    expect(token).to_be_disabled()
    expect(tiles.first).to_have_class("class-token")
    tiles.nth(1).focus()
    page.keyboard.press("Enter")
    expect(tiles).to_have_count(16)
    expect(page.get_by_role("heading", name="The sequence: 17 → 16 tokens")).to_be_visible()
    expect(tiles.first).to_have_class("class-token")
    expect(tiles.nth(1)).to_have_attribute("aria-label", re.compile("^Patch 1,"))
