"""Headless Chromium for tests; it is patient, as a machine that does ten things at once is slow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

PATIENCE_MS = 120_000
expect.set_options(timeout=PATIENCE_MS)

_CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(_CHROMIUM is None, reason="chromium is not installed")


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A browser; its start costs as much as a screen, so one may serve the tests of a file."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", *arguments],
        )
        yield found
        found.close()


@contextmanager
def page_of(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page that speaks Vietnamese, of somebody who was never here."""
    with browser.new_context(locale="vi-VN", **options) as context:
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()
