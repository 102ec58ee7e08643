"""One sandbox for all tests of a process; it has to survive whatever they send into it."""

import os
import shutil
from collections.abc import Iterator

import pytest

from lab_utils.grading.mark import Marker
from lab_utils.grading.sandbox import Sandbox
from lab_utils.grading.zygote import Limits
from tests.grading import small


@pytest.fixture(scope="session")
def needs_bubblewrap() -> None:
    """Without it, a failure in CI and a skip on a laptop."""
    if shutil.which("bwrap") is None:
        message = "bubblewrap is not installed: `sudo apt install bubblewrap`"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)


@pytest.fixture(scope="session")
def sandbox(needs_bubblewrap) -> Iterator[Sandbox]:
    with Sandbox(Limits(memory_mib=1200, processes=24, scratch_mib=16)) as made:
        yield made


@pytest.fixture(scope="session")
def marker() -> Marker:
    return Marker(small.assignment())
