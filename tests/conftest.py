"""Fixtures that several folders of tests share: a browser, and the built site."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120_000  # milliseconds: a busy machine draws late, and only a test that fails waits so long
expect.set_options(timeout=PATIENCE)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Path of a Chromium: the variable CHROMIUM, then the usual names; None leaves the choice to Playwright."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def launch(playwright: Playwright) -> Browser:
    """Start the browser; without one, a failure in CI and a skip on a laptop."""
    path = chromium()
    if path is None and not Path(playwright.chromium.executable_path).exists():
        message = "no Chromium found: install one, set CHROMIUM, or run `python -m playwright install chromium`"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    with sync_playwright() as playwright:
        engine = launch(playwright)
        yield engine
        engine.close()


@pytest.fixture(scope="session")
def built_site() -> Path:
    """Folder of the built pages; built first unless the caller has just done so."""
    site = ROOT / "_build" / "html"
    if not os.environ.get("LAB_SITE_IS_FRESH") or not (site / "index.html").exists():
        subprocess.run([sys.executable, "-m", "theme.build"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return site
