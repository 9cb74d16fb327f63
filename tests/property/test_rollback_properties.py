"""Plans under every drift policy end, and a run rolled back leaves what stood before it, but for people's edits."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.config import SyncSettings
from core.records import Kind
from sync.drift import MOST_ROUNDS
from tests.memory_crm import MemoryCrm
from tests.property.strategies import Story, stories
from tests.worlds import AS_OF, GOOD_FIT, World, account, contact, new_database

_SOME = settings(max_examples=6, deadline=None)
LATER = AS_OF + timedelta(days=1)
_POLICY = st.sampled_from(["ours", "keep"])
_POLICIES = st.fixed_dictionaries({"default": _POLICY, "tier": _POLICY, "account_tier": _POLICY})
_RECORDS = st.sampled_from([(Kind.ACCOUNT, "a0"), (Kind.ACCOUNT, "a1"), (Kind.CONTACT, "c0")])
_WORDS = st.tuples(
    _RECORDS,
    st.sampled_from(["tier", "stage", "account_tier"]),
    st.sampled_from(["none", "one_to_few", None]),
)
_NUMBERS = st.tuples(_RECORDS, st.just("fit_score"), st.sampled_from(["3.0", None]))
"""No CRM keeps a word in a field of numbers."""
_HANDS = st.lists(_WORDS | _NUMBERS, max_size=4)
_TWO = Story(
    [account("a0", "acme.com", fields=GOOD_FIT), account("a1", "beta.com"), contact("c0", "jo@acme.com")],
    [(Kind.ACCOUNT, "a0", "poor"), (Kind.ACCOUNT, "a1", "good"), (Kind.CONTACT, "c0", "good")],
)


@contextmanager
def synced(story: Story, sync: SyncSettings) -> Iterator[World]:
    """A CRM with a story begun, synced and read back."""
    crm = MemoryCrm()
    story.begin(crm)
    with tempfile.TemporaryDirectory() as folder:
        world = World(new_database(Path(folder)), [crm], sync)
        world.install()
        world.sync()
        world.pull()
        try:
            yield world
        finally:
            world.database.close()


def by_hand(crm: MemoryCrm, edits: list[tuple[tuple[Kind, str], str, str | None]]) -> set[tuple[str, str]]:
    """People write managed fields; gives (record, field) of what they really changed."""
    touched = set()
    for (kind, remote_id), name, value in edits:
        if (kind is Kind.CONTACT) != (name == "account_tier"):
            continue
        try:
            before = crm.get(kind, remote_id).managed[name]  # type: ignore[union-attr]
        except KeyError:
            continue
        crm.tick()
        crm.set_value(kind, remote_id, name, value)
        if before != value:
            touched.add((f"{kind}:{remote_id}", name))
    return touched


@_SOME
@given(stories(), _POLICIES, _HANDS, st.sampled_from([0.0, 1.0]))
@example(_TWO, {"default": "keep"}, [((Kind.ACCOUNT, "a0"), "tier", "one_to_few")], 1.0)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do_under_any_drift_policy(
    story: Story,
    policies: Mapping[str, str],
    edits: list[tuple[tuple[Kind, str], str, str | None]],
    min_change: float,
) -> None:
    sync = SyncSettings.model_validate({"overlap_seconds": 60, "min_change": min_change, "drift": policies})
    with synced(story, sync) as world:
        touched = by_hand(world.crms[0], edits)
        said = world.state()[0]
        world.sync()
        assert world.plan().is_empty
        world.pull()
        assert world.plan().is_empty
        now = world.state()[0]
        for record, name in touched:
            if policies.get(name, policies["default"]) == "keep":
                assert now[record][name] == said[record][name]  # type: ignore[index]


@_SOME
@given(stories(), st.sampled_from(["tier", "stage", "fit_band"]))
@example(_TWO, "tier")
def test_a_war_over_a_field_costs_three_writes_and_no_more(story: Story, name: str) -> None:
    with synced(story, SyncSettings(overlap_seconds=60)) as world:
        crm = world.crms[0]
        if "account:a0" not in world.state()[0]:
            return
        crm.resets[Kind.ACCOUNT, "a0", name] = None
        crm.tick()
        crm.set_value(Kind.ACCOUNT, "a0", name, None)
        calls = [crm.made["write accounts"] for _ in range(MOST_ROUNDS + 3) if world.sync()]
        assert calls[MOST_ROUNDS - 1 :] == [calls[MOST_ROUNDS - 1]] * 4
        assert world.plan().is_empty


@_SOME
@given(stories(), _HANDS)
@example(_TWO, [])
@example(_TWO, [((Kind.ACCOUNT, "a0"), "tier", "one_to_few")])
def test_a_run_rolled_back_leaves_what_stood_before_it_but_for_peoples_edits(
    story: Story, edits: list[tuple[tuple[Kind, str], str, str | None]]
) -> None:
    with synced(story, SyncSettings(overlap_seconds=60, min_change=0.0)) as world:
        crm = world.crms[0]
        story.go_on(crm)
        before = world.state()[0]
        world.sync(LATER)
        run = world.last_run()
        touched = by_hand(crm, edits)
        edited = world.state()[0]
        world.rollback(run)
        after = world.state()[0]
        assert after.keys() == before.keys()
        for key, value in before.items():
            if isinstance(value, list):
                assert after[key] == value
                continue
            for name, said in value.items():  # type: ignore[attr-defined]
                expected = edited[key][name] if (key, name) in touched else said  # type: ignore[index]
                assert after[key][name] == expected  # type: ignore[index]
        calls = crm.writes_made()
        world.sync(LATER)
        world.sync(LATER)
        if not touched:
            assert crm.writes_made() == calls, "what was rolled back rests"
