"""Whatever people do in HubSpot between (and during) pulls, a mirror fed by the pages equals the CRM."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.hubspot import pull as pull_module
from connectors.hubspot import search as search_module
from core.cursors import Cursor
from core.errors import ShortlistError
from core.records import Account, Kind, RecordRef
from tests.contract.harness import started
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import LOADED_AT, companies, load, stream

OVERLAP = timedelta(seconds=60)
INDEX_LAG_SECONDS = 20
FIRST = range(1, 16)

Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "delete", "merge", "pull", "crash", "fault"]),
        st.sampled_from(FIRST),
        st.sampled_from(FIRST),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def portal() -> Iterator[HubspotHarness]:
    yield from started(HubspotHarness())


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull_module, "LIST_PAGE", 4)
    monkeypatch.setattr(search_module, "SEARCH_PAGE", 3)
    monkeypatch.setattr(search_module, "_WORTH_ASKING", 9)


class Mirror:
    """What an engine keeps: names by id, the cursor, and where merged records went."""

    def __init__(self, portal: HubspotHarness) -> None:
        self.portal = portal
        self.names: dict[str, str] = {}
        self.survivors: dict[str, str] = {}
        self.cursor = Cursor()

    def pull(self, pages: int | None = None) -> None:
        """Take in a window, or only so many pages of it; every page is stored with its cursor."""
        connector = self.portal.connector()
        for number, page in enumerate(
            connector.pull(stream(connector, "companies"), self._opened()), start=1
        ):
            for stone in page.tombstones:
                self.names.pop(stone.ref.remote_id, None)
                if stone.survivor_id:
                    self.survivors[stone.ref.remote_id] = stone.survivor_id
            self.names |= {one.remote_id: one.name for one in page.records if isinstance(one, Account)}
            self.cursor = page.next_cursor
            if number == pages:
                return

    def _opened(self) -> Cursor:
        """As the engine does: the opening of a window reads the overlap again."""
        if self.cursor.since is None or self.cursor.position is not None:
            return self.cursor
        return Cursor(since=self.cursor.since - OVERLAP)


def truth(portal: HubspotHarness) -> dict[str, str]:
    return {row["id"]: row["properties"]["name"] for row in portal.state("companies") if not row["archived"]}


def act(mirror: Mirror, step: Step) -> None:
    """One thing that happens; five virtual seconds pass with each."""
    portal, (kind, one, other) = mirror.portal, step
    portal.control("POST", "clock", {"advance_seconds": 5})
    alive = truth(portal)
    if kind == "pull":
        mirror.pull()
    elif kind == "crash":
        mirror.pull(pages=1)
    elif kind == "fault":
        portal.break_with({"path": "^/crm", "skip": one % 3, "times": 7, "status": 502})
        with suppress(ShortlistError):  # a short window may end before the fault
            mirror.pull()
        portal.control("DELETE", "faults")
    elif str(one) in alive and kind == "rename":
        portal.rename_account(str(one), f"Name {other}")
    elif str(one) in alive and kind == "delete":
        portal.delete(RecordRef(Kind.ACCOUNT, str(one)))
    elif {str(one), str(other)} <= alive.keys() and kind == "merge" and one != other:
        portal.merge_accounts(str(one), str(other))


@example(steps=[("pull", 1, 1), ("merge", 1, 2), ("delete", 1, 1)], creates_record=False)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, creates_record=st.booleans())
@pytest.mark.usefixtures("small_pages")
def test_the_mirror_ends_as_the_crm(
    portal: HubspotHarness, steps: list[Step], *, creates_record: bool
) -> None:
    portal.reset()
    portal.set_clock(LOADED_AT)
    changes = {"index_lag_seconds": INDEX_LAG_SECONDS, "merge_creates_record": creates_record}
    portal.control("POST", "settings", changes)
    load(portal, "companies", companies(FIRST))
    mirror = Mirror(portal)

    for step in steps:
        act(mirror, step)
    for _ in range(2):  # the open window to its end, then one that sees what the index showed late
        portal.control("POST", "clock", {"advance_seconds": INDEX_LAG_SECONDS + 1})
        mirror.pull()

    assert mirror.names == truth(portal)
