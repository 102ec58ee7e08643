"""The package behind *Deep Representations*: everything that the chapters call, one room per question.

`data` (what goes in), `models` (what learns), `training` (how it learns), `measure` (what it learned), `plotting`
(how we see it), `live` (what you can touch), `practice` (quizzes and exercises). What puts results on a page stands at
the top: `show`, `show_source`, `say`, `table` and `claim`; measured numbers come from `ledger`.
"""

from lab_utils.core import declare_missing_torchvision_operators
from lab_utils.page import claim, say, show, show_source, table

declare_missing_torchvision_operators()  # before anything imports torchvision

__all__ = ["claim", "say", "show", "show_source", "table"]
