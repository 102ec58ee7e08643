"""The house keeps its shape: rooms do not know each other, public names are typed and described, files stay small."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GROUND_FLOOR = {"core", "evaluate", "page", "ledger", "web"}
ROOMS = {"data", "models", "training", "measure", "plotting", "live", "practice", "grading"}
ALSO = {"grading": {"practice"}}  # marking reads exercises
BELOW = {"core": set(), "evaluate": {"core"}, "page": {"core", "web"}, "ledger": {"core", "page"}, "web": {"core"}}
LONGEST_FUNCTION, LONGEST_FILE = 40, 300
FILES = sorted((ROOT / "lab_utils").rglob("*.py"))


def room(file: Path, root: Path = ROOT) -> str:
    """The room or ground-floor module that a file of the package belongs to ("" for the package's own __init__)."""
    first = file.relative_to(root / "lab_utils").parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imported(file: Path, root: Path = ROOT) -> set[str]:
    """Full names of all that a file imports, wherever in it the import stands."""
    found: set[str] = set()
    package = file.relative_to(root).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = list(package[: len(package) - node.level + 1]) if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def arrows(file: Path, root: Path = ROOT) -> list[str]:
    """Imports that the design forbids."""
    here, faults = room(file, root), []
    allowed = BELOW.get(here, GROUND_FLOOR | ALSO.get(here, set())) | {here}
    for name in sorted(imported(file, root)):
        top, _, rest = name.partition(".")
        if top in ("chapters", "experiments", "tests", "theme"):
            faults.append(f"{file.name} imports {name}: the package stands without it")
        target = rest.partition(".")[0]
        if top == "lab_utils" and here and target in GROUND_FLOOR | ROOMS and target not in allowed:
            faults.append(
                f"{here}/{file.name} imports {name}: {here} may use {', '.join(sorted(allowed - {here}))} only"
            )
        if top == "lab_utils" and here and not target:
            faults.append(f"{here}/{file.name} imports the whole package; import the module that is needed")
    return faults


def shape(file: Path) -> list[str]:
    """Long files, long functions, public names without types or description."""
    text = file.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    faults = [f"{file.name} has {lines} lines, more than {LONGEST_FILE}"] if lines > LONGEST_FILE else []
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            long = (node.end_lineno or node.lineno) - node.lineno + 1
            if long > LONGEST_FUNCTION:
                faults.append(f"{file.name}: {node.name} has {long} lines, more than {LONGEST_FUNCTION}")
    return faults + [fault for node in tree.body for fault in described(node, file.name)]


def described(node: ast.stmt, where: str) -> list[str]:
    """Faults of one public function or class, its public methods included."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
        return []
    faults = [] if ast.get_docstring(node) else [f"{where}: {node.name} has no docstring"]
    if isinstance(node, ast.ClassDef):
        # What a subclass overrides is described where it was first declared.
        methods = [m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)]
        return faults + [fault for m in methods for fault in untyped(m, f"{where}: {node.name}.")]
    return faults + untyped(node, f"{where}: ")


def untyped(node: ast.FunctionDef | ast.AsyncFunctionDef, where: str) -> list[str]:
    """Arguments and results of a public function without annotation."""
    if node.name.startswith("_") and node.name not in ("__init__", "__call__"):
        return []
    given = node.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
    bare = [a.arg for a in named if a.annotation is None and a.arg not in ("self", "cls")]
    faults = [f"{where}{node.name}: no type for {', '.join(bare)}"] if bare else []
    result = node.returns is not None or node.name == "__init__"
    return faults if result else [*faults, f"{where}{node.name}: no type for its result"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "lab_utils")))
def test_arrows(file):
    assert arrows(file) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "lab_utils")))
def test_shape(file):
    assert shape(file) == []


def test_live_figures_do_not_know_each_other():
    """A live figure's modules use their own folder, live/shared and web; live/shared uses no figure."""
    live, faults = ROOT / "lab_utils" / "live", []
    for file in sorted(live.glob("*/*.js")):
        for target in re.findall(r"""(?:from |import\()"(\.[^"]+)""", file.read_text(encoding="utf-8")):
            folder = (file.parent / target).resolve().parent
            if folder not in (file.parent, live / "shared", ROOT / "lab_utils" / "web"):
                faults.append(f"{file.relative_to(live)} imports {target}")
    for file in sorted(live.glob("*/*.py")):
        for name in imported(file):
            package, _, rest = name.partition("lab_utils.live.")
            if not package and rest and rest.split(".")[0] not in (file.parent.name, "shared"):
                faults.append(f"{file.relative_to(live)} imports {name}")
    assert not faults


def test_every_part_of_the_package_has_its_place():
    unknown = {room(file) for file in FILES} - GROUND_FLOOR - ROOMS - {""}
    assert not unknown, f"neither ground floor nor room: {unknown}"


def plant(root: Path, place: str, text: str) -> Path:
    """Write a file into a house of its own."""
    file = root / "lab_utils" / place
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("plotting/a.py", "from lab_utils.models import MLP"),
        ("plotting/a.py", "import lab_utils.training.fit"),
        ("plotting/a.py", "from lab_utils import models"),
        ("plotting/a.py", "def f():\n    from ..measure import scores"),
        ("models/a.py", "import experiments.harness"),
        ("models/a.py", "import lab_utils"),
        ("live/a.py", "from lab_utils.practice import quiz"),
        ("page/a.py", "from lab_utils.plotting import style"),
        ("web/a.py", "from lab_utils.page import show"),
    ],
)
def test_a_forbidden_arrow_is_found(tmp_path, place, text):
    assert len(arrows(plant(tmp_path, place, text), tmp_path)) == 1


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("plotting/a.py", "import torch\nfrom lab_utils.core import seeded\nfrom . import style\nfrom .style import x"),
        ("grading/a.py", "from lab_utils.practice import exercises"),
        ("models/a.py", "from lab_utils.models.mlp import MLP\nfrom lab_utils import core"),
    ],
)
def test_arrows_that_point_down_are_allowed(tmp_path, place, text):
    assert arrows(plant(tmp_path, place, text), tmp_path) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1\n" * 301, "301 lines"),
        ("def _f() -> None:\n" + "    x = 1\n" * 40, "41 lines"),
        ("def f() -> None:\n    return", "no docstring"),
        ("class A:\n    x = 1", "no docstring"),
        ('def f(a) -> None:\n    """D."""', "no type for a"),
        ('def f(*, a: int):\n    """D."""', "no type for its result"),
        ('class A:\n    """D."""\n    def f(self, **more) -> None:\n        """D."""', "no type for more"),
        ('class A:\n    """D."""\n    def __init__(self, a):\n        self.a = a', "no type for a"),
    ],
)
def test_a_bad_shape_is_found(tmp_path, text, found):
    (fault,) = shape(plant(tmp_path, "models/a.py", text))
    assert found in fault


def test_a_good_shape_is_let_through(tmp_path):
    text = 'def f(a: int, *b: int) -> int:\n    """D."""\n    return a\n\ndef _g(x):\n    return x\n'
    assert shape(plant(tmp_path, "models/a.py", text)) == []
