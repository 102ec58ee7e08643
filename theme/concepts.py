"""The concept map: prerequisites of the whole book as one drawing and one list, from `pages/concepts.yml`."""

from sphinx.application import Sphinx


def register(app: Sphinx) -> None:
    """."""
