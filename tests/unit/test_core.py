import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from lab_utils import core


@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_seeded_repeats_itself_and_leaves_the_global_generators_alone(seed):
    def draw():
        return random.random(), np.random.rand(), torch.rand(3).tolist()  # noqa: NPY002

    with core.seeded(seed):
        first = draw()
    random.seed(7), np.random.seed(7), torch.manual_seed(7)  # noqa: NPY002
    expected = draw()
    random.seed(7), np.random.seed(7), torch.manual_seed(7)  # noqa: NPY002
    with core.seeded(seed):
        assert draw() == first
    assert draw() == expected


def test_seeded_restores_after_an_error():
    before = torch.get_rng_state()

    def fail():
        with core.seeded(3):
            raise RuntimeError(f"inside, after {torch.rand(2)}")

    with pytest.raises(RuntimeError, match="inside"):
        fail()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("seed", [1.5, 2**70, "a", None])
def test_an_impossible_seed_leaves_the_global_generators_alone(seed):
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist()  # noqa: NPY002
    with (
        pytest.raises((TypeError, ValueError), match=r"expected a whole number below 2.*64 as seed, got"),
        core.seeded(seed),
    ):
        pass
    assert before == (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())  # noqa: NPY002


def test_generator_depends_on_its_seed_alone():
    torch.manual_seed(99)
    first = torch.rand(4, generator=core.generator(5))
    torch.manual_seed(1)
    assert torch.equal(torch.rand(4, generator=core.generator(5)), first)
    assert not torch.equal(torch.rand(4, generator=core.generator(6)), first)


def test_threads_are_given_back():
    before = torch.get_num_threads()
    with core.threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    with pytest.raises(ValueError, match="at least 1 thread, got 0"), core.threads(0):
        pass


def test_expect_images_says_what_to_do():
    core.expect_images(torch.zeros(2, 1, 28, 28), channels=1)
    with pytest.raises(ValueError, match=r"expected images of shape \(B, 1, H, W\), got \(28, 28\); add batch"):
        core.expect_images(torch.zeros(28, 28), channels=1)
    with pytest.raises(ValueError, match=r"\(B, 3, H, W\), got \(2, 1, 28, 28\)"):
        core.expect_images(torch.zeros(2, 1, 28, 28), channels=3)
    with pytest.raises(TypeError, match=r"floating-point images, got torch\.uint8"):
        core.expect_images(torch.zeros(2, 1, 28, 28, dtype=torch.uint8))
    with pytest.raises(ValueError, match=r"at least one image, got shape \(0, 1, 28, 28\)"):
        core.expect_images(torch.zeros(0, 1, 28, 28))
    with pytest.raises(ValueError, match=r"got \(1, 28, 28\); add a batch axis with x\[None\]"):
        core.expect_images(torch.zeros(1, 28, 28))
    with pytest.raises(TypeError, match="got list"):
        core.expect_images([[0.0]])


def in_a_new_process(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


BROKEN_OPERATORS = """
import torch
whole = torch.ops.load_library
def load_library(path):
    if "torchvision" in str(path):
        raise OSError("cannot load, planted")
    return whole(path)
torch.ops.load_library = load_library
"""


def test_torchvision_is_usable_where_its_operators_do_not_load():
    code = BROKEN_OPERATORS + "import lab_utils, torchvision; from torchvision.transforms import v2; print('usable')"
    ran = in_a_new_process(code)
    assert ran.stdout == "usable\n", ran.stderr


def test_torchvision_fails_there_without_the_cure():
    ran = in_a_new_process(BROKEN_OPERATORS + "import torchvision")
    assert "torchvision::nms does not exist" in ran.stderr


def test_nothing_is_declared_where_torchvision_has_its_operators():
    code = """
import torch
torch.ops.load_library = lambda path: None  # stands for operators that load, and register themselves
from lab_utils import core
assert core._operator_libraries == []
assert not core.declare_missing_torchvision_operators()
print("untouched")
"""
    ran = in_a_new_process(code)
    assert ran.stdout == "untouched\n", ran.stderr
