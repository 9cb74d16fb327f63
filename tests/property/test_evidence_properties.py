"""Evidence kept up to date step by step is the evidence built anew, and scores as the rows behind it do."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.changes import Page
from core.cursors import Cursor
from core.records import Deal, DealRoles, Kind, RecordRef, Tombstone
from scoring.kernel import Scores
from scoring.people import People, PeopleTexts, PersonRow, person_code
from scoring.roles import resolve
from store.database import Database
from store.landing import land
from store.touched import EVIDENCE_STALE, LINKS_STALE, mark
from sync.facts import load_facts, refresh
from sync.identity import match
from sync.scored import compute
from tests.memory_crm import EPOCH
from tests.reference_facts import reference_scores
from tests.worlds import AS_OF, account, activity, contact, default_model, new_database

_KINDS = ("email_click", "meeting", "unheard_of")
_accounts = st.builds(
    lambda n, site, twin, parent: account(f"a{n}", site, twin_id=twin, parent_id=parent),
    st.integers(0, 3),
    st.sampled_from(["acme.com", "beta.com", None]),
    st.sampled_from([None, "a0", "a1"]),
    st.sampled_from([None, None, "a0", "a2"]),
)
_contacts = st.builds(
    lambda n, email, belongs, title: contact(f"c{n}", email, account_id=belongs, title=title),
    st.integers(0, 3),
    st.sampled_from(["ann@acme.com", "bob@beta.com", "cy@gmail.com", None]),
    st.sampled_from([None, "a0", "a1", "a9"]),
    st.sampled_from([None, "CFO", "VP Marketing"]),
)
_activities = st.builds(
    lambda n, days, **more: activity(f"m:{n}", days, **more),
    st.integers(0, 5),
    st.sampled_from([-1.0, 0.5, 0.5, 3.0, 100.0, 400.0]),
    account_id=st.sampled_from([None, "a0", "a1", "a9"]),
    contact_ids=st.lists(st.sampled_from(["c0", "c1", "c2", "c9"]), max_size=3, unique=True).map(tuple),
    type=st.sampled_from(_KINDS),
    minutes=st.sampled_from([None, 0, 45]),
    is_cancelled=st.sampled_from([False, False, False, True]),
    deal_id=st.sampled_from([None, "d0", "d1"]),
    replaces=st.sampled_from([None, None, "m:0", "m:1"]),
)
_deals = st.builds(
    lambda n, belongs: Deal(f"d{n}", EPOCH, belongs, "Deal", "open", None, False, False, EPOCH, None),  # noqa: FBT003
    st.integers(0, 1),
    st.sampled_from([None, "a0", "a1"]),
)
_roles = st.builds(
    lambda n, deal, minutes, people: DealRoles(
        f"r{n}", EPOCH, deal, EPOCH + timedelta(minutes=minutes), tuple(sorted(people.items()))
    ),
    st.integers(0, 1),
    st.sampled_from(["d0", "d1"]),
    st.integers(0, 2),
    st.dictionaries(st.sampled_from(["c0", "c1"]), st.sampled_from(["Champion", "Influencer"])),
)
_graves = (
    st.builds(
        lambda kind, n, survivor: Tombstone(
            RecordRef(kind, f"{'a' if kind is Kind.ACCOUNT else 'c'}{n}"),
            survivor and f"{survivor}{(n + 1) % 4}",
        ),
        st.sampled_from([Kind.ACCOUNT, Kind.CONTACT]),
        st.integers(0, 3),
        st.none(),
    )
    | st.builds(
        lambda n, loser: Tombstone(RecordRef(Kind.CONTACT, f"c{loser}"), f"c{n}"),
        st.integers(0, 3),
        st.integers(0, 3),
    )
    | st.integers(0, 5).map(lambda n: Tombstone(RecordRef(Kind.ACTIVITY, f"m:{n}")))
    | st.sampled_from(["d0", "d1"]).map(lambda deal: Tombstone(RecordRef(Kind.DEAL, deal)))
    | st.sampled_from(["r0", "r1"]).map(lambda one: Tombstone(RecordRef(Kind.DEAL_ROLES, one)))
)
_landing = st.tuples(
    st.just("land"),
    st.integers(1, 2),
    st.lists(_accounts | _contacts | _activities | _deals | _roles | _graves, max_size=6),
)
_steps = st.lists(
    _landing | st.sampled_from([("match",), ("match", "to_parent"), ("refresh",)]), min_size=1, max_size=7
)
_policies = st.sampled_from(["own", "to_parent"])


@contextmanager
def empty() -> Iterator[Database]:
    """A database with two connections."""
    with tempfile.TemporaryDirectory() as folder:
        database = new_database(Path(folder))
        with database.write() as writer:
            writer.exec_driver_sql(
                "INSERT INTO connection (id, name, crm) VALUES (1, 'one', 'm'), (2, 'two', 'm')"
            )
        yield database
        database.close()


def play(database: Database, steps: list[Any]) -> None:
    """Land, match and refresh as the steps say; later versions of a record are newer."""
    match(database, now_ms=0)
    for minute, (name, *rest) in enumerate(steps):
        if name == "land":
            connection, found = rest
            at = EPOCH + timedelta(minutes=minute)
            records = {r.remote_id: r._replace(modified_at=at) for r in found if not isinstance(r, Tombstone)}
            graves = [grave for grave in found if isinstance(grave, Tombstone)]
            land(database, connection, "s", Page(list(records.values()), Cursor(), graves), now_ms=0)
        elif name == "match":
            match(database, *rest, now_ms=0)
        else:
            refresh(database)


def derived(database: Database) -> dict[str, list[Any]]:
    """Every derived row, by table; blocks of nobody are the same as none."""
    with database.read() as reader:
        found = {
            table: sorted(tuple(row) for row in reader.exec_driver_sql(f"SELECT * FROM {table}"))  # noqa: S608 our own names
            for table in ("link", "contact_link", "roll_up", "evidence", "evidence_block", "person")
        }
    found["evidence_block"] = [row for row in found["evidence_block"] if any(row[1:])]
    return found


def comparable(scores: Scores) -> dict[str, Any]:
    """Scores without their people, whose numbers depend on who was seen first."""
    columns = {f.name: getattr(scores, f.name) for f in fields(scores) if f.name != "people"}
    return {name: c.tolist() if isinstance(c, np.ndarray) else c for name, c in columns.items()}


_MOVES = [
    ("land", 1, [account("a0", "acme.com"), account("a1", "beta.com"), contact("c0", "ann@acme.com")]),
    ("match",),
    ("land", 2, [contact("c1", "ann@acme.com"), activity("m:0", contact_ids=("c1", "c2"))]),
    ("match",),
    ("land", 1, [contact("c0", "ann@acme.com", account_id="a1", title="CFO")]),
]
"""Somebody known in two CRMs changes the company in one of them."""
_JOINS_LATER = [
    ("land", 1, [account("a0", "acme.com"), account("a1", "beta.com"), contact("c0", "ann@acme.com")]),
    ("land", 1, [activity("m:0", contact_ids=("c0",)), activity("m:1", account_id="a2")]),
    ("match",),
    ("land", 1, [contact("c0", "ann@acme.com", account_id="a1")]),
    ("match",),
    ("land", 1, [account("a2", "gamma.com")]),
]
"""A person whose activities are known changes the company; then the account of a known activity appears."""
_BECOMES_KNOWN = [
    ("land", 1, [account("a0", "acme.com"), contact("c0", "cy@gmail.com")]),
    ("land", 1, [activity("m:0", account_id="a0", contact_ids=("c0",))]),
    ("match",),
    ("land", 2, [account("a0", "acme.com"), contact("c1", "cy@gmail.com", account_id="a0")]),
]
"""Another CRM knows the account of somebody who was nobody's."""


@settings(max_examples=30, deadline=None)
@given(_steps, _policies)
@example(_MOVES, "own")
@example(_JOINS_LATER, "to_parent")
@example(_BECOMES_KNOWN, "own")
@example([*_MOVES, ("match",), ("land", 1, [Tombstone(RecordRef(Kind.CONTACT, "c0"))])], "own")
def test_any_interleaving_of_landings_equals_a_full_rebuild(steps: list[Any], policy: str) -> None:
    with empty() as database:
        play(database, [*steps, ("match", policy)])
        kept = derived(database)
        with database.write() as writer:
            mark(writer, LINKS_STALE, "1")
            mark(writer, EVIDENCE_STALE, "1")
        match(database, policy, now_ms=0)
        assert derived(database) == kept


@settings(max_examples=30, deadline=None)
@given(_steps, _policies)
@example(_MOVES, "own")
@example(_JOINS_LATER, "to_parent")
@example(_BECOMES_KNOWN, "own")
def test_packed_columns_score_as_rows_do(steps: list[Any], policy: str) -> None:
    with empty() as database:
        play(database, [*steps, ("match", policy)])
        numbers, expected = reference_scores(database, default_model(), AS_OF)
        scored = compute(database, default_model(), AS_OF, {1: "one", 2: "two"})
        assert scored.facts.account_ids == numbers
        assert comparable(scored.scores) == comparable(expected)


@settings(max_examples=10, deadline=None)
@given(_steps)
@example(_MOVES)
@example(_JOINS_LATER)
@example(_BECOMES_KNOWN)
def test_one_account_loads_as_it_stands_among_all(steps: list[Any]) -> None:
    with empty() as database:
        play(database, [*steps, ("match",)])
        every = load_facts(database, default_model(), AS_OF)
        for place, number in enumerate(every.account_ids):
            alone = load_facts(database, default_model(), AS_OF, account_id=number)
            own, one = alone.one(0).evidence, every.one(place)
            whole = every.between(0, len(every.accounts)).evidence
            among = one.evidence
            assert alone.accounts == every.accounts[place : place + 1]
            mine = np.flatnonzero(whole.account == place)
            assert whole.occurred_at[mine].tolist() == among.occurred_at.tolist()
            for column in ("account", "person", "type", "day", "occurred_at", "minutes", "ids"):
                assert getattr(own, column).tolist() == getattr(among, column).tolist()
            people = own.person[own.person >= 0]
            assert np.array_equal(alone.people.role_codes[people], every.people.role_codes[people])
            assert alone.one(0).contacts.person.tolist() == one.contacts.person.tolist()


@given(
    st.sampled_from([None, "", "CFO", "Head of IT", "Assistant to the CEO", "?"]),
    st.sampled_from([None, "", "CHAMPION;DECISION_MAKER", "Other", "Economic Buyer"]),
)
def test_a_persons_code_says_what_the_title_and_the_role_say(title: str | None, role: str | None) -> None:
    rows = People.from_rows([PersonRow("x", "X", title, role)])
    kept = People.from_codes(
        PeopleTexts(["x"], ["X"], [title or ""], [role or ""]), np.array([person_code(title, role)])
    )
    for column in ("seniority", "roles", "confirmed", "confidence", "role_codes"):
        assert getattr(kept, column).tolist() == getattr(rows, column).tolist()
    assert bool(kept.confirmed[0]) == resolve(title, role).confirmed
