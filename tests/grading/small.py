"""A chapter of two exercises with its key, and what students may hand in for it."""

import json
from typing import Any

from lab_utils.grading.mark import Assignment
from lab_utils.grading.release import release

CANARY = "the-canary-of-the-key-8271"
KEY = f'''
"""{CANARY}"""
import torch
from lab_utils.grading.key import Key, same

key = Key()


@key.test("double", hint="Two times each number.")
def doubles(student, draw):
    x = torch.randn(3, 4, generator=draw)
    assert same(student.double(x), 2 * x)


@key.test("double", hint="Whole numbers too.")
def doubles_whole_numbers(student, draw):
    assert student.double(21) == 42


@key.test("layer", hint="One weight.", weight=2)
def layer_scales(student, draw):
    layer = student.Scale(3.0)
    x = torch.randn(2, 5, generator=draw)
    assert same(layer(x), 3 * x)
    assert len(layer.parameters()) == 1


key.wrong("double", "adds two", "def double(x):\\n    return x + 2")
key.wrong("double", "squares", "def double(x):\\n    return x * x")
key.wrong("double", "prints", "def double(x):\\n    print(2 * x)")
key.wrong("layer", "no parameter", """
class Scale(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return self.by * x
""")
key.wrong("layer", "adds", """
class Scale(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, x):
        return self.by + x
""")
key.wrong("layer", "forgets the input", """
class Scale(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, x):
        return self.by
""")
key.limit("double", seconds=2)
'''
DOUBLE = "def double(x):\n    return 2 * x"
LAYER = """
class Scale(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, x):
        return self.by * x
"""


def code(text: str, **mark: Any) -> dict[str, Any]:
    """A code cell."""
    metadata = {"exercise": mark} if mark else {}
    name = "-".join(str(mark.get(each)) for each in ("id", "role")) if mark else "imports"
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata,
        "source": text,
        "outputs": [],
        "execution_count": None,
    }


def chapter() -> dict[str, Any]:
    """The chapter's notebook."""
    cells = [
        code("import torch\nfrom torch import nn"),
        code("def double(x):\n    return x", id="double", role="stub", points=2, hint="Add it to itself."),
        code(DOUBLE, id="double", role="solution"),
        code("assert double(2) == 4, 'twice 2 is 4'", id="double", role="check"),
        code(
            "class Scale(nn.Module):\n    pass",
            id="layer",
            role="stub",
            points=3,
            hint="nn.Parameter holds one weight.",
        ),
        code(LAYER, id="layer", role="solution"),
        code("assert Scale(2.0)(torch.ones(1)).item() == 2, 'scaling 1 by 2 is 2'", id="layer", role="check"),
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def assignment(**changed: Any) -> Assignment:
    """The chapter with its key."""
    return Assignment(**{"chapter": "small", "notebook": json.dumps(chapter()), "key": KEY, **changed})


def submission(**answers: str) -> bytes:
    """A student's notebook with these answers; others stay stubs."""
    notebook = release(chapter(), chapter="small")
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("exercise", {})
        if mark.get("role") == "stub" and mark["id"] in answers:
            cell["source"] = f"# exercise: {mark['id']} (keep this line)\n{answers[mark['id']]}"
    return json.dumps(notebook).encode()
