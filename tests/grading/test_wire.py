"""The border: what goes over comes back equal; what cannot go is refused; nothing is built that was not meant."""

import socket

import numpy as np
import pytest
import torch

from lab_utils.grading import wire


def refuse(tree, inner):
    raise ValueError(f"unknown kind {tree['$']!r}")


def there_and_back(value):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, *wire.encode(value))
        tree, arrays = wire.receive(theirs)
    return wire.decode(tree, arrays, refuse)


@pytest.mark.parametrize(
    "value", [None, True, 3, -1.5, "ü\n", [1, [2]], (1, "a"), {"a": 1, 2: (3,)}, {1, 2}, [], {}, float("inf")]
)
def test_plain_values_come_back(value):
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3)])
def test_tensors_come_back_bit_for_bit(dtype, shape):
    tensor = (torch.randn(shape) * 3).to(dtype)
    back = there_and_back(tensor)
    assert back.dtype == dtype
    assert back.shape == tensor.shape
    assert torch.equal(back, tensor)


def test_odd_layouts_come_back():
    turned = torch.arange(6.0).reshape(2, 3).T
    assert torch.equal(there_and_back(turned), turned)
    assert torch.equal(there_and_back(torch.ones(1).expand(4)), torch.ones(4))
    array = np.arange(6).reshape(2, 3)[:, ::2]
    assert np.array_equal(there_and_back(array), array)


@pytest.mark.parametrize(
    "value", [object(), len, torch.nn.Linear(1, 1), 1j, b"bytes", torch.ones(1, dtype=torch.complex64)]
)
def test_what_cannot_cross_is_refused(value):
    with pytest.raises(wire.WireError, match="expected"):
        wire.encode(value)


@pytest.mark.parametrize(
    "tree",
    [
        {"$": "tensor"},
        {"$": "tensor", "dtype": "float32", "shape": [2], "at": 0},
        {"$": "tensor", "dtype": "object", "shape": [1], "at": 0},
        {"$": "tensor", "dtype": "float32", "shape": [-1], "at": 0},
        {"$": "tensor", "dtype": "float32", "shape": [1], "at": 7},
        {"$": "tensor", "dtype": "float32", "shape": "x", "at": 0},
        {"$": "dict", "items": [[[], 1]]},
        {"$": "set", "items": [[1]]},
        {"$": "record", "type": "os:system", "fields": {}},
        {"$": "named", "path": "os.system"},
        {},
    ],
)
def test_malformed_trees_are_refused(tree):
    with pytest.raises(wire.WireError):
        wire.decode(tree, [b"abcd"], refuse)
