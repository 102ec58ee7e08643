"""Every page of the built site, in a real browser: self-contained, silent, accessible."""

from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from tests.site.checks import axe_violations, bad_alternatives, broken_links, html_pages, visit

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
PAGES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
GENERATED = ["search", "genindex"]
VIEWS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True},
}


@pytest.mark.parametrize("name", [*PAGES, *GENERATED])
@pytest.mark.parametrize("way", ["http", "file"])
def test_page_asks_nobody_else_and_reports_no_error(
    browser: Browser, built_site: Path, address: str, name: str, way: str
) -> None:
    url = f"{address}{name}.html" if way == "http" else (built_site / f"{name}.html").as_uri()
    seen = visit(browser, url, lambda page: page.evaluate("window.scrollTo(0, document.body.scrollHeight)"))
    assert seen.strangers(url) == []
    assert seen.errors == []
    assert seen.violations == []


@pytest.mark.parametrize("name", [*PAGES, *GENERATED])
@pytest.mark.parametrize("view", VIEWS)
def test_page_is_accessible(browser: Browser, address: str, name: str, view: str) -> None:
    with browser.new_context(**VIEWS[view]) as context:
        page = context.new_page()
        page.emulate_media(reduced_motion="reduce")
        page.goto(f"{address}{name}.html", wait_until="load")
        page.wait_for_timeout(300)
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        assert axe_violations(page) == []


@pytest.mark.parametrize("name", [*PAGES, *GENERATED])
def test_page_fits_a_phone(browser: Browser, address: str, name: str) -> None:
    with browser.new_context(**VIEWS["phone"]) as context:
        page = context.new_page()
        page.goto(f"{address}{name}.html", wait_until="load")
        assert page.evaluate("document.documentElement.scrollWidth") <= VIEWS["phone"]["viewport"]["width"]


@pytest.mark.parametrize("name", PAGES)
def test_pictures_say_what_they_show(built_site: Path, name: str) -> None:
    assert bad_alternatives((built_site / f"{name}.html").read_text(encoding="utf-8")) == []


def test_internal_links_lead_somewhere(built_site: Path) -> None:
    assert broken_links(built_site) == []


def test_every_page_is_in_the_table_of_contents(built_site: Path) -> None:
    built = {path.relative_to(built_site).with_suffix("").as_posix() for path in html_pages(built_site)}
    assert built == {*PAGES, *GENERATED}
