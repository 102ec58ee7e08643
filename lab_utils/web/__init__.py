"""Self-contained HTML for what a reader can touch: one figure, one inline script, no request."""

from lab_utils.web.figure import LiveFigure, encode, figure_html
from lab_utils.web.linker import LinkError, link
from lab_utils.web.pictures import png_source

__all__ = ["LinkError", "LiveFigure", "encode", "figure_html", "link", "png_source"]
