"""A content-security policy for each page: nothing from elsewhere, and no script that the build did not write.

The policy names the SHA-256 of each inline script of its page, so that a live figure runs and an injected script does
not. Styles may be inline: the figures set positions and colours in attributes.
"""

import base64
import hashlib
import re
from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

NAME = "Content-Security-Policy"
META = re.compile(rf'\s*<meta http-equiv="{NAME}"[^>]*>')
CHARSET = re.compile(r"<meta charset=[^>]*>")
NOT_CODE = {"application/json", "application/ld+json", "importmap", "text/plain"}


def inline_scripts(html: str) -> list[str]:
    """The text of each inline script of a page that a browser would run."""
    scripts = BeautifulSoup(html, "html.parser").find_all("script")
    return [s.string or "" for s in scripts if not s.has_attr("src") and s.get("type", "") not in NOT_CODE]


def fingerprint(script: str) -> str:
    """A script's source expression: 'sha256-…' over the bytes between its tags."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(html: str) -> str:
    """The strictest policy under which a page still works: its own files and its own inline scripts."""
    hashes = sorted({fingerprint(script) for script in inline_scripts(html)})
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", *hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def with_policy(html: str) -> str:
    """The page with its policy right behind the character set, ahead of every script; an earlier one is replaced."""
    bare = META.sub("", html)
    tag = f'<meta http-equiv="{NAME}" content="{policy(bare)}">'
    page, count = CHARSET.subn(lambda found: f"{found.group(0)}\n    {tag}", bare, count=1)
    if count != 1:
        raise ValueError("expected a <meta charset> to put the policy behind, got none")
    return page


def protect(app: Sphinx, error: Exception | None) -> None:
    """Write the policy into every page once all are there."""
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            if "_static" not in page.parts:
                before = page.read_text(encoding="utf-8")
                after = with_policy(before)
                if after != before:
                    page.write_text(after, encoding="utf-8")


def register(app: Sphinx) -> None:
    """Last of all, when nothing changes a page any more."""
    app.connect("build-finished", protect, priority=900)
