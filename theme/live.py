"""The directive `{live}`: a live figure of the package on a page that is not a notebook."""

import importlib

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class LiveFigure(SphinxDirective):
    """`{live} convolution_arithmetic` shows `lab_utils.live.convolution_arithmetic()`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The figure's own HTML, unchanged; a misspelt name fails the build with the names there are."""
        live = importlib.import_module("lab_utils.live")
        name = self.arguments[0]
        if not hasattr(live, name):
            raise self.error(f"expected a figure of lab_utils.live ({', '.join(live.__all__)}), got {name!r}")
        figure = getattr(live, name)()
        return [nodes.raw("", figure._repr_html_(), format="html")]


def register(app: Sphinx) -> None:
    """Make the directive known; the pages that use it are read again whenever the package changes."""
    app.add_directive("live", LiveFigure)
