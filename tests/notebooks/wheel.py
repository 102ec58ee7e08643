"""The package as Colab gets it: built into a wheel, unpacked where no checkout can be seen."""

import subprocess
import sys
from pathlib import Path

from tests.notebooks.files import ROOT


def build(folder: Path) -> Path:
    """Build the wheel of this checkout into `folder`; returns its path."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the wheel could not be built:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return next(folder.glob("*.whl"))


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel alone into `folder` with pip, as on a reader's machine; its dependencies are there already."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*command, "--target", str(folder), str(wheel)], check=True, capture_output=True)
    return folder
