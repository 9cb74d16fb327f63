"""Scores as bytes and back, bit for bit: names as JSON, then the columns as little-endian numbers.

Nothing in the bytes is ever run or looked up: where they were kept is not to be trusted with code.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from scoring.kernel import Scores
from scoring.units import Floats, Ints

_DTYPES = {Floats: np.dtype("<f8"), Ints: np.dtype("<i8")}
_COLUMNS = tuple((one.name, _DTYPES[one.type]) for one in fields(Scores) if one.type in _DTYPES)
_NAMES = tuple(one.name for one in fields(Scores) if one.type not in _DTYPES)
_LENGTH = np.dtype("<u4")
"""The size of the JSON text, which comes first."""


def pack(scores: Scores) -> bytes:
    """The bytes of scores; TypeError for a column of other numbers than `Scores` says."""
    text = json.dumps({name: getattr(scores, name) for name in _NAMES}).encode()
    columns = [getattr(scores, name).astype(dtype, casting="equiv") for name, dtype in _COLUMNS]
    return b"".join([_LENGTH.type(len(text)).tobytes(), text, *(column.tobytes() for column in columns)])


def unpack(data: bytes) -> Scores:
    """The scores that were packed; ValueError where the bytes are no scores."""
    start = _LENGTH.itemsize
    end = start + int.from_bytes(data[:start], "little")
    names = _names(data[start:end])
    size = len(names["keys"])
    if len(data) != end + size * sum(dtype.itemsize for _, dtype in _COLUMNS):
        raise ValueError(f"these are no packed scores: not {size:,} of each number")
    for name, dtype in _COLUMNS:
        names[name] = np.frombuffer(data, dtype, size, end).astype(dtype.newbyteorder("="))
        end += size * dtype.itemsize
    return Scores(**names)


def _names(text: bytes) -> dict[str, Any]:
    """What is no column: the accounts' keys, an exclusion for each of them, the roles, the model's version."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, Mapping) or found.keys() != set(_NAMES):
        raise ValueError("these are no packed scores: names are missing")
    version, lists = found["model_version"], [found[name] for name in _NAMES if name != "model_version"]
    if not (isinstance(version, str) and all(map(_is_of_texts, lists))):
        raise ValueError("these are no packed scores: names are no texts")
    if len(found["exclusion"]) != len(found["keys"]):
        raise ValueError("these are no packed scores: not an exclusion for each account")
    return {name: value if isinstance(value, str) else tuple(value) for name, value in found.items()}


def _is_of_texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(text, str) for text in found)
