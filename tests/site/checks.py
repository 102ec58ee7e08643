"""What is checked on a page, as functions that return what is wrong; the tests of the checks use the same ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from tests.conftest import PATIENCE

PICTURE_ENDINGS = (".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp")
# On top of axe-core's own choice: what a control is called must contain what is written on it.
AXE = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
LISTEN = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""


@dataclass
class Visit:
    """What happened while a page was open."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def strangers(self, address: str) -> list[str]:
        """Requests to anywhere but the site itself."""
        home = urlsplit(address)
        return [url for url in self.requests if not _is_home(urlsplit(url), home)]


def _is_home(url: object, home: object) -> bool:
    if url.scheme in ("data", "blob"):
        return True
    return (url.scheme, url.netloc) == (home.scheme, home.netloc)


def visit(browser: Browser, address: str, act: Callable[[Page], None] | None = None, **context: object) -> Visit:
    """Open `address` afresh, let it settle, perhaps act on it; returns what it asked for and what went wrong."""
    seen = Visit()
    with browser.new_context(**context) as fresh:
        fresh.set_default_timeout(PATIENCE)
        page = fresh.new_page()
        page.add_init_script(LISTEN)
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.goto(address, wait_until="load")
        page.wait_for_timeout(400)
        if act:
            act(page)
        seen.violations = page.evaluate("window.__violations")
    return seen


def axe_violations(page: Page) -> list[str]:
    """Every accessibility violation that axe-core finds, with the rule and the element."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def bad_alternatives(html: str) -> list[str]:
    """Pictures and figures without a text that says what they show; a file's name is no such text."""
    soup = BeautifulSoup(html, "html.parser")
    article = soup.find("article") or soup
    wrong = []
    for picture in article.find_all(["img", "svg"]):
        if picture.find_parent("svg") or picture.get("aria-hidden") == "true" or picture.get("role") == "presentation":
            continue
        if picture.find_parent(class_=["lab-live", "lab-quiz"]) and picture.name == "svg" and not picture.get("role"):
            continue
        text = _alternative(picture, soup)
        if len(text) < 8 or text.lower().endswith(PICTURE_ENDINGS) or "/" in text.split(" ")[0]:
            wrong.append(f"{picture.name}: {text!r} in {str(picture)[:120]}")
    return wrong


def _alternative(picture: object, soup: BeautifulSoup) -> str:
    named = picture.get("aria-labelledby")
    if named:
        return " ".join(soup.find(id=name).get_text(" ") for name in named.split() if soup.find(id=name)).strip()
    return (picture.get("alt") or picture.get("aria-label") or "").strip()


def broken_links(site: Path) -> list[str]:
    """Links between the site's own files that lead to no file, or to no element of that page."""
    pages = {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in html_pages(site)}
    names = {path: {tag["id"] for tag in soup.find_all(id=True)} for path, soup in pages.items()}
    wrong = []
    for path, soup in pages.items():
        for tag in soup.find_all(["a", "link", "img", "script"]):
            target = urlsplit(tag.get("href") or tag.get("src") or "")
            if target.scheme or target.netloc or not (target.path or target.fragment):
                continue
            file = (path.parent / unquote(target.path)).resolve() if target.path else path
            if not file.exists():
                wrong.append(f"{path.relative_to(site)}: no file for {target.geturl()}")
            elif target.fragment and file in names and unquote(target.fragment) not in names[file]:
                wrong.append(f"{path.relative_to(site)}: no element for {target.geturl()}")
    return wrong


def html_pages(site: Path) -> list[Path]:
    """All pages of the built site, without the theme's own files."""
    return [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
