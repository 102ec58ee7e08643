"""The site in use: search, colours, keyboard, print, and a policy that blocks."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.site.checks import visit
from theme.policy import NAME, inline_scripts, policy


def test_search_finds_a_word(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}search.html?q=checkerboard")
        page.wait_for_selector("#search-results li a")
        assert "Glossary" in page.inner_text("#search-results")


def test_search_works_from_a_folder(browser: Browser, built_site: Path) -> None:
    def results(page: Page) -> None:
        page.wait_for_selector("#search-results li a")

    seen = visit(browser, (built_site / "search.html").as_uri() + "?q=checkerboard", results)
    assert seen.errors == []


def test_colour_mode_switches(browser: Browser, address: str) -> None:
    with browser.new_context(color_scheme="light", viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(address)
        ground = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(ground)
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        for theme, same in (("dark", False), ("light", True)):
            page.click(".article-header-buttons .theme-switch-button")
            page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
            page.wait_for_function(
                f"(given) => ({ground} === given.light) === given.same", arg={"light": light, "same": same}
            )


def test_folded_parts_open_by_keyboard(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}chapters/cnns.html")
        folded = page.locator("article details:not([open]) > summary")
        assert folded.count() > 0
        summary = folded.first.element_handle()
        summary.focus()
        page.keyboard.press("Enter")
        assert summary.evaluate("summary => summary.parentElement.open")


def test_print_shows_the_text_alone(browser: Browser, address: str) -> None:
    with browser.new_context(viewport={"width": 1000, "height": 1200}, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{address}chapters/cnns.html")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        for hidden in (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article", ".prev-next-footer"):
            assert not page.locator(hidden).first.is_visible(), hidden
        assert page.locator("article h1").is_visible()
        assert page.locator("article details:not([open])").count() == 0
        page.emulate_media(media="screen", color_scheme="dark")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator("article details:not([open])").count() > 0
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_print_button_prints(browser: Browser, address: str) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script("window.print = () => { window.printed = true; };")
        page.goto(f"{address}pages/notation.html")
        page.click(".dropdown-download-buttons > button")
        page.click("[data-book-action='download-pdf-button']")
        assert page.evaluate("window.printed")


def test_policy_blocks_what_the_build_did_not_write(browser: Browser, address: str) -> None:
    def inject(page: Page) -> None:
        page.evaluate(
            """() => {
              const script = document.createElement("script");
              script.textContent = "window.injected = true";
              document.head.append(script);
              const link = document.createElement("button");
              link.setAttribute("onclick", "window.injected = true");
              document.body.append(link);
              link.click();
              const picture = new Image();
              picture.src = "http://203.0.113.1/pixel.png";
            }"""
        )
        page.wait_for_function("() => new Set(window.__violations.map((each) => each.split(' ')[0])).size >= 3")
        assert page.evaluate("window.injected") is None

    seen = visit(browser, address, inject)
    assert {violation.split()[0] for violation in seen.violations} >= {"script-src-elem", "script-src-attr", "img-src"}


def test_policy_names_each_script_and_nothing_unsafe(built_site: Path) -> None:
    html = (built_site / "chapters" / "cnns.html").read_text(encoding="utf-8")
    assert html.count(NAME) == 1
    assert html.index(NAME) < html.index("<script")
    rules = dict(rule.split(" ", 1) for rule in policy(html).split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in rules["script-src"]
    assert rules["script-src"].count("sha256-") == len(set(inline_scripts(html)))
    assert not any(address in policy(html) for address in ("http:", "https:", "*"))
