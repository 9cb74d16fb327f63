"""Scores survive being packed, bit for bit, and other bytes are refused."""

import random
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scoring.kernel import Scores
from scoring.packed import pack, unpack
from tests.scoring_world import NOW, company, kernel_facts, model_named

AS_OF = datetime.fromtimestamp(NOW, UTC)


def bits(scores: Scores) -> dict[str, Any]:
    """Every column by its type and bytes, and the rest as it is."""
    found = {field.name: getattr(scores, field.name) for field in fields(Scores)}
    return {
        name: (value.dtype.str, value.tobytes()) if isinstance(value, np.ndarray) else value
        for name, value in found.items()
    }


def kernel_scores(rng: random.Random, size: int) -> Scores:
    """Scores of random accounts as the kernel makes them."""
    return kernel_facts([company(f"a{n:03}", rng) for n in range(size)], rng).score(model_named("default")[1])


@given(rng=st.randoms(use_true_random=False), size=st.integers(0, 12))
def test_scores_of_the_kernel_come_back_bit_for_bit(rng: random.Random, size: int) -> None:
    scores = kernel_scores(rng, size)
    assert bits(unpack(pack(scores))) == bits(scores)


@settings(max_examples=40)
@given(data=st.data(), size=st.integers(0, 5))
def test_any_numbers_and_names_come_back_bit_for_bit(data: st.DataObject, size: int) -> None:
    scores = kernel_scores(random.Random(1), 0)
    columns: dict[str, Any] = {
        field.name: data.draw(arrays.arrays(getattr(scores, field.name).dtype, size))
        for field in fields(Scores)
        if isinstance(getattr(scores, field.name), np.ndarray)
    }
    names = st.lists(st.text(), min_size=size, max_size=size).map(tuple)
    texts: dict[str, Any] = {
        "keys": data.draw(names),
        "exclusion": data.draw(names),
        "model_version": data.draw(st.text()),
    }
    drawn = replace(scores, **columns, **texts)
    assert bits(unpack(pack(drawn))) == bits(drawn)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_scores_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no packed scores"):
        unpack(data)


@given(st.data())
def test_scores_of_another_length_or_with_other_names_are_refused(data: st.DataObject) -> None:
    packed = pack(kernel_scores(random.Random(2), 3))
    cut = data.draw(st.integers(0, len(packed) - 1))
    other = data.draw(st.sampled_from([b'{"keys"', b'"exclusion"', b'"template"', b'"model_version"']))
    changed = (packed[:cut], packed + b"\0", packed.replace(other, other.upper()))
    for bad in changed:
        with pytest.raises(ValueError, match="no packed scores"):
            unpack(bad)


def test_columns_of_other_numbers_are_not_packed() -> None:
    scores = kernel_scores(random.Random(3), 2)
    with pytest.raises(TypeError):
        pack(replace(scores, fit=scores.fit.astype(np.float32)))
