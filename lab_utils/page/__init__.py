"""What a notebook puts on the page: figures, source code, measured prose, claims and tables.

Part of the ground floor: every room may use it, and it uses none of them.
"""

from lab_utils.page.claims import ClaimFailed, claim, say
from lab_utils.page.figures import picture, show
from lab_utils.page.source import show_source
from lab_utils.page.tables import table

__all__ = ["ClaimFailed", "claim", "picture", "say", "show", "show_source", "table"]
