"""Where the book lives: every link to the repository and to the published site follows from one address.

`_config.yml` names the repository; LAB_REPOSITORY_URL and LAB_REPOSITORY_BRANCH override it at build time, so that a
fork's site links to the fork. LAB_JUPYTERHUB_URL adds a JupyterHub, LAB_SITE_URL a site that is not on GitHub Pages.
"""

import os
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config


def site_url(repository: str) -> str:
    """GitHub Pages address of a repository: https://github.com/owner/name -> https://owner.github.io/name/."""
    owner, name = urlsplit(repository).path.strip("/").removesuffix(".git").split("/")[-2:]
    return f"https://{owner.lower()}.github.io/{name}/"


def choose_addresses(app: Sphinx, config: Config) -> None:
    """Put the repository, branch, hub and site addresses into the theme's options."""
    options = config.html_theme_options
    options["repository_url"] = os.environ.get("LAB_REPOSITORY_URL") or options["repository_url"]
    options["repository_branch"] = os.environ.get("LAB_REPOSITORY_BRANCH") or options["repository_branch"]
    hub = os.environ.get("LAB_JUPYTERHUB_URL")
    if hub:
        options["launch_buttons"]["jupyterhub_url"] = hub
    config.html_baseurl = os.environ.get("LAB_SITE_URL") or site_url(options["repository_url"])


def register(app: Sphinx) -> None:
    """Run before the theme reads its options, which it does at priority 500."""
    app.connect("config-inited", choose_addresses, priority=10)
