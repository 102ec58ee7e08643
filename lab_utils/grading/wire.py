"""What crosses the border between a student's process and the grader: JSON and raw bytes, never pickle.

A message is a 4-byte length, that many bytes of JSON, then the arrays which the JSON counts, as they lie in memory. The
grader's side builds nothing but plain values, tensors and arrays from what it reads, however the bytes were made.
"""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch

DEPTH = 12
LARGEST_JSON = 4 << 20
LARGEST_MESSAGE = 512 << 20
MOST_KEYS = 1000  # of a dict or set: hashes chosen to collide make more of them take for ever
DTYPES = {
    name: getattr(torch, name)
    for name in ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
}
_HEADER = struct.Struct("<I")


class WireError(ValueError):
    """Bytes that are no message, or a value that cannot cross."""


class Closed(EOFError):
    """The other side is gone."""


class TimedOut(TimeoutError):
    """The other side did not answer in time."""


def encode(value: Any, keep: Callable[[Any], Any] | None = None) -> tuple[bytes, list[bytes]]:
    """JSON and the raw arrays of `value`; `keep` names what cannot cross, or WireError is raised."""
    arrays: list[bytes] = []
    tree = _plain(value, arrays, keep, 0)
    text = json.dumps({"value": tree, "arrays": [len(each) for each in arrays]}).encode()
    return text, arrays


def _plain(value: Any, arrays: list[bytes], keep: Callable[[Any], Any] | None, depth: int) -> Any:
    if depth > DEPTH:
        raise WireError(f"expected values nested at most {DEPTH} deep")
    inner = lambda each: _plain(each, arrays, keep, depth + 1)  # noqa: E731
    if value is None or isinstance(value, bool | str) or type(value) in (int, float):
        return value
    if isinstance(value, np.generic):
        return inner(value.item())
    if isinstance(value, torch.Tensor):
        return {"$": "tensor", **_raw(value, arrays)}
    if isinstance(value, np.ndarray) and value.dtype.name in DTYPES:
        return {"$": "array", **_raw(torch.from_numpy(np.ascontiguousarray(value)), arrays)}
    if isinstance(value, list):
        return [inner(each) for each in value]
    if isinstance(value, tuple | set | frozenset):
        return {"$": type(value).__name__ if not hasattr(value, "_fields") else "tuple", "items": [*map(inner, value)]}
    if isinstance(value, Mapping):
        return {"$": "dict", "items": [[inner(key), inner(item)] for key, item in value.items()]}
    if hasattr(value, "to_wire"):
        return value.to_wire()
    if is_dataclass(value) and type(value).__module__.startswith("lab_utils."):
        items = {field.name: inner(getattr(value, field.name)) for field in fields(value)}
        return {"$": "record", "type": f"{type(value).__module__}:{type(value).__qualname__}", "fields": items}
    if keep is None:
        raise WireError(
            f"expected numbers, text, tensors, or lists, tuples and dicts of them, got {type(value).__name__}"
        )
    return keep(value)


def _raw(tensor: torch.Tensor, arrays: list[bytes]) -> dict[str, Any]:
    name = str(tensor.dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise WireError(f"expected a tensor of dtype {', '.join(DTYPES)}, got {name}")
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    arrays.append(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
    return {"dtype": name, "shape": list(tensor.shape), "at": len(arrays) - 1}


def decode(tree: Any, arrays: list[bytes], special: Callable[[Mapping[str, Any], Callable[[Any], Any]], Any]) -> Any:
    """The value behind a message; `special` builds what is neither plain nor an array. Raises WireError."""
    return _value(tree, arrays, special, 0)


def _value(tree: Any, arrays: list[bytes], special: Any, depth: int) -> Any:
    if depth > DEPTH + 1:
        raise WireError(f"expected values nested at most {DEPTH} deep")
    inner = lambda each: _value(each, arrays, special, depth + 1)  # noqa: E731
    if isinstance(tree, list):
        return [inner(each) for each in tree]
    if not isinstance(tree, dict):
        return tree
    kind = tree.get("$")
    try:
        if kind in ("set", "frozenset", "dict") and len(tree["items"]) > MOST_KEYS:
            raise WireError(f"expected at most {MOST_KEYS} keys")
        if kind in ("tensor", "array"):
            tensor = _tensor(tree, arrays)
            return tensor if kind == "tensor" else tensor.numpy()
        if kind in ("tuple", "set", "frozenset"):
            return {"tuple": tuple, "set": set, "frozenset": frozenset}[kind](inner(each) for each in tree["items"])
        if kind == "dict":
            return {inner(key): inner(item) for key, item in tree["items"]}
        return special(tree, inner)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError, OverflowError) as error:
        raise WireError(f"a malformed {kind!r}") from error


def _tensor(tree: Mapping[str, Any], arrays: list[bytes]) -> torch.Tensor:
    dtype, shape = DTYPES[tree["dtype"]], [int(side) for side in tree["shape"]]
    # Each array once: a few bytes that name a large one again and again would fill the memory.
    data, arrays[tree["at"]] = arrays[tree["at"]], b""
    if len(shape) > 16 or min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data):
        raise WireError("a tensor whose shape and bytes disagree")
    if not data:
        return torch.empty(shape, dtype=dtype)
    if dtype is torch.bool:  # whatever bytes came, only 0 and 1 are truths that arithmetic knows
        return torch.frombuffer(bytearray(data), dtype=torch.uint8).reshape(shape) != 0
    return torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)


def send(connection: socket.socket, text: bytes, arrays: list[bytes]) -> None:
    """Send one encoded message."""
    try:
        connection.sendall(_HEADER.pack(len(text)) + text)
        for each in arrays:
            connection.sendall(each)
    except TimeoutError as error:
        raise TimedOut("the other side did not read in time") from error
    except OSError as error:
        raise Closed("the other side is gone") from error


def receive(
    connection: socket.socket, deadline: float | None = None, largest: int = LARGEST_MESSAGE
) -> tuple[Any, list[bytes]]:
    """The JSON tree and arrays of the next message, read until `deadline` (time.monotonic). Raises WireError too."""
    (length,) = _HEADER.unpack(_exactly(connection, _HEADER.size, deadline))
    if length > LARGEST_JSON:
        raise WireError(f"expected at most {LARGEST_JSON} bytes of JSON, got {length}")
    try:
        message = json.loads(_exactly(connection, length, deadline))
        tree, sizes = message["value"], message["arrays"]
        whole = all(type(size) is int and size >= 0 for size in sizes)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WireError("bytes that are no message") from error
    if not whole or sum(sizes) > largest:
        raise WireError(f"expected at most {largest} bytes of arrays")
    return tree, [_exactly(connection, size, deadline) for size in sizes]


def _exactly(connection: socket.socket, count: int, deadline: float | None) -> bytes:
    parts = bytearray(count)
    view, done = memoryview(parts), 0
    while done < count:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimedOut("no answer in time")
            connection.settimeout(left)
        try:
            got = connection.recv_into(view[done:], min(count - done, 1 << 20))
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except OSError as error:
            raise Closed("the other side is gone") from error
        if not got:
            raise Closed("the other side is gone")
        done += got
    return bytes(parts)
