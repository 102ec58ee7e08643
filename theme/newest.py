"""Requirements for the weekly run: the book's direct dependencies, newest versions within the limits given here.

usage: python -m theme.newest requirements.txt > newest.txt
"""

import re
import sys
from pathlib import Path

TRANSITIVE = "# What those bring with them"
# Beyond these limits the book needs work that a weekly run cannot report usefully; each says what.
LIMITS = {
    "jupyter-book": "<2",  # version 2 has no _config.yml and no Sphinx extensions
}


def loosen(pinned: str) -> list[str]:
    """The direct requirements of a pinned list, without their versions."""
    direct = pinned.split(TRANSITIVE)[0]
    names = re.findall(r"^([A-Za-z0-9._-]+)==", direct, flags=re.MULTILINE)
    return [name + LIMITS.get(name, "") for name in names]


if __name__ == "__main__":
    print("\n".join(loosen(Path(sys.argv[1]).read_text(encoding="utf-8"))))
