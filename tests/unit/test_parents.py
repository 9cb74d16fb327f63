"""Which account stands above another one, and what a policy makes of it."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from store.matching import AccountRow
from sync.parents import topmost

KEYS = {(1, "a"): "acme", (1, "b"): "beta", (1, "c"): "gamma", (2, "x"): "acme", (2, "y"): "delta"}


def row(connection: int, remote_id: str, parent: str | None = None) -> AccountRow:
    return AccountRow(connection, remote_id, None, None, "N", parent)


def test_every_account_below_counts_for_the_one_on_top() -> None:
    rows = [row(1, "a", "b"), row(1, "b", "c"), row(1, "c")]
    assert topmost(rows, KEYS, "to_parent") == {"acme": "gamma", "beta": "gamma"}
    assert topmost(rows, KEYS, "own") == {}


def test_the_first_record_that_names_a_known_parent_counts() -> None:
    rows = [row(1, "a", "gone"), row(2, "x", "y"), row(2, "y"), row(1, "b")]
    for order in permutations(rows):
        assert topmost(order, KEYS, "to_parent") == {"acme": "delta"}


def test_accounts_in_a_circle_and_below_it_count_for_themselves() -> None:
    rows = [row(1, "a", "b"), row(1, "b", "a"), row(1, "c", "a")]
    assert topmost(rows, KEYS, "to_parent") == {}
    assert topmost([row(1, "a", "a")], KEYS, "to_parent") == {}


@given(st.lists(st.sampled_from(["r0", "r1", "r2", "r3", "r4", None]), min_size=5, max_size=5))
def test_nobody_above_is_below_somebody(parents: list[str | None]) -> None:
    keys = {(1, f"r{place}"): f"k{place}" for place in range(5)}
    rows = [row(1, f"r{place}", parent) for place, parent in enumerate(parents)]

    tops = topmost(rows, keys, "to_parent")

    assert not set(tops) & set(tops.values())
