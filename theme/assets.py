"""The files each page loads: ours added, the theme's idle ones dropped."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

PALETTE = "lab_utils/web/palette.css"
# Loaded by the defaults of Jupyter Book though no page uses them; the first even declares its constants twice.
IDLE = ("thebe", "togglebutton", "toggleHint", "toggleOpenOnPrint", "togglebuttonSelector", "comments")

SPARES = ("mathjax/mml-*.js", "mathjax/tex-mml-*.js", "mathjax/tex-svg*.js", "mathjax/tex-chtml-full*.js", "**/*.map")


def choose_files(app: Sphinx, config: Config) -> None:
    """The palette comes from its one source in the package; it is copied beside our own style sheet."""
    config.html_static_path = [*config.html_static_path, PALETTE]
    app.add_css_file("palette.css", priority=850)
    app.add_css_file("book.css", priority=900)
    app.add_js_file("book.js", priority=600)  # behind the options that it changes


def drop_idle(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Leave out the scripts and styles of extensions that no page uses."""
    for kind in ("script_files", "css_files"):
        context[kind] = [asset for asset in context.get(kind, []) if not _idle(asset)]


def _idle(asset: Any) -> bool:
    text = f"{getattr(asset, 'filename', asset)} {getattr(asset, 'attributes', {}).get('body', '')}"
    return any(word in text for word in IDLE)


def forget_removed(app: Sphinx, error: Exception | None) -> None:
    """Delete pages whose source is gone: a rebuilt site equals one built from nothing."""
    if error is None and app.builder.format == "html":
        kept = {*app.env.found_docs, "search", "genindex"}
        for page in Path(app.outdir).rglob("*.html"):
            name = page.relative_to(app.outdir).with_suffix("").as_posix()
            if not name.startswith("_static/") and name not in kept:
                page.unlink()


def drop_spares(app: Sphinx, error: Exception | None) -> None:
    """Delete what no page can load: MathJax for other inputs and outputs than ours, and source maps."""
    static = Path(app.outdir) / "_static"
    for pattern in SPARES:
        for path in static.glob(pattern):
            path.unlink()


def register(app: Sphinx) -> None:
    """Dropping comes after all others have added theirs."""
    app.connect("config-inited", choose_files)
    app.connect("html-page-context", drop_idle, priority=900)
    app.connect("build-finished", forget_removed)
    app.connect("build-finished", drop_spares, priority=800)  # the files are copied at 500
