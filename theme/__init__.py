"""The book's Sphinx extension: one small module per concern, wired together here."""

from typing import Any

from sphinx.application import Sphinx

from theme import addresses, assets, cells, concepts, execute, head, live, policy, tables


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every module's hooks; Sphinx calls this once per build."""
    for module in (addresses, assets, cells, concepts, execute, head, live, policy, tables):
        module.register(app)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
