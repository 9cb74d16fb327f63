"""Counters become activities: whatever is seen of a counter, in whatever order, each step counts once."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from core.changes import Page
from core.cursors import Cursor
from core.records import Activity, Kind, RecordRef, Tally, Tombstone
from core.tallies import MOST_STEPS, Known, grown, highest, told
from store.connections import connection_id
from store.landing import land
from tests.memory_crm import EPOCH
from tests.worlds import new_database


def tally(total: int | None, minute: int, contact: str = "7") -> Tally:
    at = EPOCH + timedelta(minutes=minute)
    return Tally(f"contact_open:{contact}", at, None, contact, "email_open", total, at)


_jumps = st.lists(st.integers(0, 4), min_size=1, max_size=12)


@given(_jumps, st.data())
def test_any_pulls_of_a_growing_counter_give_each_step_once(jumps: list[int], data: st.DataObject) -> None:
    """The truth only grows; a pull sees the truth of any moment before or at its own, and may be repeated."""
    truth = [sum(jumps[:place]) + 1 for place in range(len(jumps) + 1)]
    seen = data.draw(st.lists(st.sampled_from(range(len(truth))), min_size=1, max_size=12))
    known: Known | None = None
    made: list[Activity] = []
    for place in seen:
        for _ in range(data.draw(st.integers(1, 2))):
            read = tally(truth[place], place)
            made += grown(known, read)
            known = highest(known, read)

    ids = [one.remote_id for one in made]
    assert len(ids) == len(set(ids))
    # The first look gives one; after it every step up to the highest value seen.
    first, top = truth[seen[0]], max(truth[place] for place in seen)
    assert len(ids) == 1 + top - first
    assert {one.type for one in made} == {"email_open"}


@given(st.integers(0, 5), st.lists(st.booleans(), max_size=20))
def test_a_step_that_was_told_by_itself_is_not_counted_again(first: int, ways: list[bool]) -> None:
    """Each touch is told as an activity while there are such, and by the counter while there are not."""
    known = highest(None, tally(first, 0))
    made = 0
    for place, is_told in enumerate(ways, start=1):
        if is_told:
            known = told(known, EPOCH + timedelta(minutes=place))
            continue
        read = tally(first + place, place)
        made += len(grown(known, read))
        known = highest(known, read)

    assert made == ways.count(False)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8))
def test_without_a_counter_each_new_date_is_one(minutes: list[int]) -> None:
    known: Known | None = None
    made: list[Activity] = []
    for minute in minutes:
        made += grown(known, tally(None, minute))
        known = highest(known, tally(None, minute))

    records = [one for place, one in enumerate(minutes) if one > max(minutes[:place], default=-1)]
    assert [one.occurred_at for one in made] == [EPOCH + timedelta(minutes=one) for one in records]
    assert len({one.remote_id for one in made}) == len(made)


def test_a_counter_that_never_counted_gives_nothing() -> None:
    assert grown(None, tally(0, 1)) == []
    assert len(grown(Known(0, EPOCH), tally(2, 1))) == 2


def test_a_leap_is_cut_to_what_can_count_at_all() -> None:
    made = grown(Known(3, EPOCH), tally(90_003, 1))
    assert len(made) == MOST_STEPS
    assert made[-1].remote_id == "contact_open:7:n90003"


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.sampled_from(["7", "8"]), st.integers(0, 3), st.booleans()), min_size=1, max_size=8
    ),
    st.sampled_from([None, 2, 5]),
)
def test_pages_that_are_lost_and_read_again_give_each_step_once(
    pulls: list[tuple[str, int, bool]], merged_at: int | None
) -> None:
    """A crash before a page is stored loses nothing; one after it is harmless; a merge adds up the counters."""
    counts = {"7": 1, "8": 1}
    graves: list[Tombstone] = []
    with tempfile.TemporaryDirectory() as folder:
        database = new_database(Path(folder))
        number = connection_id(database, "hubspot", "hubspot")
        for place, (drawn, jump, is_lost) in enumerate([*pulls, ("7", 0, False), ("8", 0, False)]):
            if place == merged_at:
                counts = {"7": sum(counts.values()), "8": 0}
                graves = [Tombstone(RecordRef(Kind.CONTACT, "8"), "7")]
            contact = "7" if graves else drawn
            counts[contact] += jump
            page = Page([tally(counts[contact], place, contact)], Cursor(), graves)
            for _ in range(0 if is_lost else 2):
                land(database, number, "contacts", page, now_ms=0)
        with database.read() as reader:
            landed = reader.exec_driver_sql("SELECT remote_id FROM crm_activity").scalars().all()
            known = reader.exec_driver_sql("SELECT sum(total) FROM crm_tally WHERE NOT is_gone").scalar()
        database.close()

    firsts = [one for one in landed if ":n" not in one]
    assert known == sum(counts.values())
    assert len(landed) <= sum(counts.values())
    assert len(firsts) <= 2
    if not graves:
        assert len(landed) == sum(counts.values()) - _before_first(pulls) + len(firsts)


def _before_first(pulls: list[tuple[str, int, bool]]) -> int:
    """What the counters held at the first look at each."""
    held, looked = {"7": 1, "8": 1}, dict[str, int]()
    for contact, jump, is_lost in [*pulls, ("7", 0, False), ("8", 0, False)]:
        held[contact] += jump
        if not is_lost:
            looked.setdefault(contact, held[contact])
    return sum(looked.values())
