"""What pages say about themselves, and where their links lead, here and on a fork."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image

from tests.site.checks import html_pages
from tests.site.test_pages import PAGES, ROOT
from theme.addresses import site_url
from theme.head import last_change

REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
FORK = "https://github.com/someone-else/my-edition"


def soup_of(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("name", PAGES)
def test_description_and_card(built_site: Path, name: str) -> None:
    soup = soup_of(built_site, name)
    meta = {tag.get("property") or tag.get("name"): tag.get("content") for tag in soup.find_all("meta")}
    descriptions = soup.find_all("meta", attrs={"name": "description"})
    assert len(descriptions) == 1
    assert 40 <= len(meta["description"]) <= 200
    assert meta["og:url"] == f"{site_url(REPOSITORY)}{name}.html"
    assert meta["og:image"].startswith(site_url(REPOSITORY))
    picture = built_site / meta["og:image"].removeprefix(site_url(REPOSITORY))
    with Image.open(picture) as card:
        assert card.size == (int(meta["og:image:width"]), int(meta["og:image:height"]))
    assert soup.find("link", rel="icon")


@pytest.mark.parametrize("name", PAGES)
def test_edit_link_date_and_neighbours(built_site: Path, name: str) -> None:
    soup = soup_of(built_site, name)
    ending = "ipynb" if name.startswith("chapters/") else "md"
    assert soup.find("a", href=f"{REPOSITORY}/edit/main/{name}.{ending}")
    assert soup.find(class_="last-updated").get_text().strip().removeprefix("Last updated on ")[:4].isdigit()
    assert soup.find(class_="prev-next-area").find("a")


def test_chapter_offers_colab_binder_and_its_notebook(built_site: Path) -> None:
    for name in (page for page in PAGES if page.startswith("chapters/")):
        soup = soup_of(built_site, name)
        links = [tag["href"] for tag in soup.find_all("a", href=True)]
        path = REPOSITORY.removeprefix("https://github.com/")
        assert f"https://colab.research.google.com/github/{path}/blob/main/{name}.ipynb" in links
        assert any(link.startswith("https://mybinder.org/v2/gh/" + path) for link in links)
        download = next(tag["href"] for tag in soup.find_all("a", class_="btn-download-source-button"))
        notebook = json.loads((built_site / name).parent.joinpath(unquote(download)).read_text(encoding="utf-8"))
        assert all(cell.get("outputs", []) == [] for cell in notebook["cells"])


def build_fork(target: Path, **settings: str) -> None:
    """Build the whole book with other addresses; the chapters' stored results are shared."""
    stored = ROOT / "_build" / "executed"
    target.mkdir(parents=True)
    (target / "executed").symlink_to(stored)
    command = [sys.executable, "-m", "theme.build", "--output", str(target)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True, stdout=subprocess.DEVNULL)


def test_a_fork_links_to_itself(built_site: Path, tmp_path: Path) -> None:
    hub = "https://hub.example.edu"
    build_fork(tmp_path / "fork", LAB_REPOSITORY_URL=FORK, LAB_REPOSITORY_BRANCH="autumn", LAB_JUPYTERHUB_URL=hub)
    site = tmp_path / "fork" / "html"
    for page in html_pages(site):
        html = page.read_text(encoding="utf-8")
        head_and_buttons = "".join(
            str(tag) for tag in BeautifulSoup(html, "html.parser").find_all(["a", "meta", "link"])
        )
        assert REPOSITORY not in head_and_buttons
        assert site_url(REPOSITORY) not in head_and_buttons
    chapter = (site / "chapters" / "cnns.html").read_text(encoding="utf-8")
    assert f"{FORK}/edit/autumn/chapters/cnns.ipynb" in chapter
    assert "https://colab.research.google.com/github/someone-else/my-edition/blob/autumn/chapters/cnns.ipynb" in chapter
    assert f"{hub}/hub/user-redirect/git-pull?repo={FORK.replace(':', '%3A')}" in chapter
    assert "https://someone-else.github.io/my-edition/_static/card.png" in chapter


def test_date_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "page.md"
    source.write_text("# A page")
    os.utime(source, (86400 * 365, 86400 * 365))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert last_change(tmp_path, source) == "1971-01-01"
