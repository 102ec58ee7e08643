"""The ground floor: seeds, devices, threads, data locations and errors that say what was expected and what came."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path

import numpy as np
import torch

TORCHVISION_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_operator_libraries: list[torch.library.Library] = []  # torch forgets the schemas when a Library object dies


class DataError(RuntimeError):
    """A shipped data file is missing or is not what it should be; the message says which, and how to get it back."""


def declare_missing_torchvision_operators() -> bool:
    """Let torchvision be imported beside a torch build that its compiled operators cannot load with.

    A CPU build of torch beside torchvision's CUDA build (a usual pair from PyPI) makes `import torchvision` fail with
    "operator torchvision::nms does not exist": torchvision registers fake versions of operators that never loaded.
    Declaring their schemas first is enough for its data sets, transforms and models; its detection operators stay
    unavailable. Returns True where the schemas were declared, False where there was nothing to cure.
    """
    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None or "torchvision" in sys.modules or _operator_libraries:
        return False
    if _operators_load(Path(found.origin).parent):
        return False
    library = torch.library.Library("torchvision", "DEF")
    for schema in TORCHVISION_OPERATORS:
        library.define(schema)
    _operator_libraries.append(library)
    return True


def _operators_load(package: Path) -> bool:
    """Whether torchvision's compiled operators load into this torch (torchvision loads the same file at import)."""
    for compiled in sorted(package.glob("_C.*")):
        try:
            torch.ops.load_library(str(compiled))
        except (OSError, ImportError):
            continue
        return True
    return False


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw reproducibly inside the block, and leave Python's, NumPy's and torch's global generators as they were.

    For code that takes no generator of its own (`nn.Linear`'s initialisation, dropout). Everything else in this book
    takes a `seed` or a `generator`.
    """
    if not isinstance(seed, Integral) or not -(2**63) <= seed < 2**64:
        raise ValueError(f"expected a whole number below 2**64 as seed, got {seed!r}")
    python_state, numpy_state, torch_state = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    cuda_states = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    try:
        random.seed(int(seed))
        np.random.seed(seed % 2**32)  # noqa: NPY002
        torch.manual_seed(seed)
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        torch.set_rng_state(torch_state)
        if cuda_states:
            torch.cuda.set_rng_state_all(cuda_states)


def generator(seed: int) -> torch.Generator:
    """A torch generator on the CPU that depends on `seed` alone."""
    return torch.Generator().manual_seed(seed)


def device(name: str = "auto") -> torch.device:
    """The device called `name`; "auto" takes a GPU where there is one, then Apple's MPS, then the CPU."""
    if name != "auto":
        return torch.device(name)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use `count` CPU threads inside the block: side by side with other work, one thread each is fastest."""
    if count < 1:
        raise ValueError(f"expected at least 1 thread, got {count}")
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def angle(a: torch.Tensor, b: torch.Tensor) -> float:
    """The angle in degrees between two tensors of one shape, each seen as a vector: 0 the same way, 90 unrelated."""
    if a.shape != b.shape:
        raise ValueError(f"expected tensors of one shape, got {tuple(a.shape)} and {tuple(b.shape)}")
    a, b = a.detach().double().flatten(), b.detach().double().flatten()
    if not (torch.isfinite(a).all() and torch.isfinite(b).all()):
        raise ValueError("expected finite tensors, got NaN or infinity among them")
    lengths = a.norm(), b.norm()
    if min(lengths) == 0:
        raise ValueError("expected tensors that are not all zero: nothing has no direction")
    a, b = a / lengths[0], b / lengths[1]
    # acos loses half of its digits near 0 and 180 degrees; this form does not (Kahan, 2006).
    return float(torch.rad2deg(2 * torch.atan2((a - b).norm(), (a + b).norm())))


def expect_images(x: torch.Tensor, channels: int | None = None) -> None:
    """Raise ValueError unless `x` is a floating-point batch of images of shape (B, C, H, W)."""
    wanted = f"(B, {channels if channels is not None else 'C'}, H, W)"
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"expected a torch.Tensor of shape {wanted}, got {type(x).__name__}")
    if x.ndim != 4 or (channels is not None and x.shape[1] != channels):
        hint = {2: "; add batch and channel axes with x[None, None]", 3: "; add a batch axis with x[None]"}.get(
            x.ndim, ""
        )
        raise ValueError(f"expected images of shape {wanted}, got {tuple(x.shape)}{hint}")
    if len(x) == 0:
        raise ValueError(f"expected at least one image, got shape {tuple(x.shape)}")
    if not x.is_floating_point():
        raise TypeError(f"expected floating-point images, got {x.dtype}; convert bytes with x.float() / 255")


def data_path(*parts: str) -> Path:
    """Where shipped data lies: `data/` of a checkout, or the copy inside an installed package."""
    package = Path(__file__).parent
    checkout = package.parent / "data"
    root = package / "_data" if (package / "_data").is_dir() else checkout
    return root.joinpath(*parts)
