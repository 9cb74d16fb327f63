"""Faults of reading HubSpot: what comes late, twice, at once, in odd forms, or not at all; and its limits."""

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Connector
from connectors.hubspot import export
from connectors.hubspot.scopes import NEEDED_SCOPES
from connectors.transport import Timing
from core.changes import Page, Stream
from core.clock import millis, parse_instant, wire_instant
from core.cursors import Cursor
from core.errors import AuthError, ConfigError, ContractError, QuotaExhausted, RateLimited, TransientError
from core.hints import ChangeHint, HintEvent, erasures
from core.records import Account, Contact, Kind, RecordRef, Tombstone
from store.connections import connection_id
from store.database import Database, open_database
from store.inbox import Taken
from store.landing import forget_cursors, land, land_records, load_cursor
from store.sql import upsert
from store.tables import StreamCursor
from sync.connected import Connected
from sync.identity import match
from sync.progress import Quiet
from sync.pull import pull as pull_streams
from sync.pull_context import PullContext
from sync.reading_again import ReadAgain, read_again
from tests.contract.harness import PatientTiming
from tests.contract.hubspot_harness import HubspotHarness
from tests.integration.hubspot_connector.reading import (
    HOUR,
    companies,
    ids,
    link,
    load,
    paths,
    pull,
    records,
    tombstones,
)

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=900)
MINUTE = timedelta(minutes=1)
OBJECTS = "^/crm/objects/"
RED = {
    "status": 429,
    "body": {
        "message": "You have reached your ten_secondly_rolling limit.",
        "policyName": "TEN_SECONDLY_ROLLING",
    },
}


class Mirror:
    """Our store beside the portal: pulls as the product does, and says what it holds."""

    def __init__(self, portal: HubspotHarness, database: Database) -> None:
        self.portal, self.database = portal, database
        self.id = connection_id(database, "hubspot", "hubspot")

    def pull(
        self, at: datetime, connector: Connector | None = None, *, overlap: int = 300, compare: bool = False
    ) -> int:
        """One pull at an instant of everybody's clock; how many records were read."""
        self.portal.set_clock(at)
        connected = Connected(self.id, "hubspot", connector or self.portal.connector())
        context = PullContext(self.database, timedelta(seconds=overlap), at, Quiet(), compare=compare)
        return sum(one.read for one in pull_streams(context, [connected], readers=3))

    def names(self) -> dict[str, str]:
        """Living companies."""
        return self.rows("SELECT remote_id, name FROM crm_account WHERE NOT is_gone")

    def rows(self, statement: str) -> dict[str, Any]:
        with self.database.read() as reader:
            return {row[0]: row[1] for row in reader.exec_driver_sql(statement)}

    def truth(self) -> dict[str, str]:
        """The same, natively."""
        return {
            row["id"]: row["properties"]["name"]
            for row in self.portal.state("companies")
            if not row.get("archived")
        }


@pytest.fixture
def mirror(portal: HubspotHarness, tmp_path: Path) -> Iterator[Mirror]:
    database = open_database(f"sqlite:///{tmp_path}/mirror.sqlite")
    yield Mirror(portal, database)
    database.close()


def rename(portal: HubspotHarness, one: int, name: str) -> None:
    portal.rename_account(str(one), name)


# F01, F07: what is visible late.


@pytest.mark.parametrize("lag", [120, 600, 3000])
def test_f01_f07_a_change_that_the_index_shows_late_is_not_lost(
    portal: HubspotHarness, mirror: Mirror, lag: int
) -> None:
    load(portal, "companies", companies(range(1, 4)), at=OLD)
    portal.control("POST", "settings", {"index_lag_seconds": lag})
    mirror.pull(NOW)
    portal.set_clock(NOW + 5 * MINUTE)
    rename(portal, 2, "Late")
    for minute in range(6, 140, 6):
        mirror.pull(NOW + minute * MINUTE)
    assert mirror.names() == mirror.truth()


def test_f01_what_is_late_by_less_than_the_overlap_needs_no_second_look(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies(range(1, 4)), at=OLD)
    portal.control("POST", "settings", {"index_lag_seconds": 120})
    connector = portal.connector(second_look_minutes=0)
    mirror.pull(NOW, connector)
    portal.set_clock(NOW + 5 * MINUTE)
    rename(portal, 2, "Late")
    mirror.pull(NOW + 6 * MINUTE, connector)
    assert mirror.names()["2"] != "Late"
    mirror.pull(NOW + 9 * MINUTE, connector)
    assert mirror.names()["2"] == "Late"


def test_f07_the_second_look_reads_each_change_once_more_and_no_more_than_that(
    portal: HubspotHarness,
) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    connector = portal.connector(second_look_minutes=30)
    portal.set_clock(NOW)
    cursor = replace(pull(connector, "companies")[-1].next_cursor, full_at=NOW)
    portal.set_clock(NOW + 1 * MINUTE)
    rename(portal, 1, "New")
    seen = []
    for minute in range(2, 100, 4):
        portal.set_clock(NOW + minute * MINUTE)
        pages = pull(connector, "companies", cursor)
        cursor = pages[-1].next_cursor
        seen += [minute] * len(ids(pages))
    assert len(seen) == 2
    assert seen[0] == 2
    assert 31 <= seen[1] <= 35


def test_f07_hubspot_s_second_write_to_a_new_company_is_seen(portal: HubspotHarness, mirror: Mirror) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    portal.control("POST", "settings", {"second_write_seconds": 25, "index_lag_seconds": 20})
    mirror.pull(NOW)
    portal.set_clock(NOW + MINUTE)
    made = portal.api("POST", "/crm/objects/2026-03/companies", {"properties": {"name": "Born"}})
    for minute in (2, 4, 6):
        mirror.pull(NOW + minute * MINUTE)
    assert mirror.names()[made["id"]] == "Born"
    stamp = mirror.rows("SELECT remote_id, modified_at FROM crm_account")[made["id"]]
    assert stamp == millis(NOW + MINUTE + timedelta(seconds=25))


# F02, F03, F06: many rows with one stamp, and borders.


def test_f02_f06_twelve_thousand_rows_with_one_stamp_end_and_none_is_missing(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 12_001)), at=NOW)
    load(portal, "companies", companies(range(20_001, 50_001)), at=OLD)
    portal.set_clock(NOW + MINUTE)

    pages = pull(portal.connector(second_look_minutes=0), "companies", Cursor(since=NOW))

    assert ids(pages) == list(range(1, 12_001))
    searches = [one for one in paths(portal) if one.endswith("/companies/search")]
    assert len(searches) == 60 + 1


def test_f03_an_edit_exactly_on_the_border_is_in_the_window(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]), at=NOW)
    load(portal, "companies", companies([2]), at=NOW - timedelta(milliseconds=1))
    assert ids(pull(portal.connector(second_look_minutes=0), "companies", Cursor(since=NOW))) == [1]


def test_f06_a_page_that_does_not_move_forward_is_an_error_and_no_loop(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 401)), at=NOW)
    again = {
        "results": [{"id": "1", "properties": {}, "updatedAt": NOW.isoformat(), "createdAt": NOW.isoformat()}]
    }
    body = {**again, "total": 9, "paging": {"next": {"after": "200"}}}
    portal.break_with({"path": "/search$", "skip": 1, "status": 200, "body": body})
    with pytest.raises(ContractError, match="does not sort"):
        pull(portal.connector(), "companies", Cursor(since=NOW))


# F04: clocks.


@pytest.mark.parametrize("minutes", [-600, 600])
def test_f04_the_window_follows_hubspot_s_clock_and_never_ours(
    portal: HubspotHarness, mirror: Mirror, minutes: int
) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    portal.set_clock(NOW)
    timing = Timing(PatientTiming().timing().monotonic, lambda _: None, lambda: NOW + minutes * MINUTE)
    mirror.pull(NOW, portal.connector(timing=timing))
    assert load_cursor(mirror.database, mirror.id, "companies").since == NOW


# F05: more than a search shows.


def test_f05_twenty_five_thousand_matches_arrive_though_a_search_shows_ten_thousand(
    portal: HubspotHarness,
) -> None:
    load(portal, "companies", companies(range(1, 25_001)), at=NOW)
    load(portal, "companies", companies(range(30_001, 75_001)), at=OLD)

    pages = pull(portal.connector(second_look_minutes=0), "companies", Cursor(since=NOW))

    assert ids(pages) == list(range(1, 25_001))


# F08: edits while we page.


@dataclass
class Meddled:
    """A connector; people change something before each page of companies is handed on."""

    connector: Connector
    meddle: Callable[[], None]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connector, name)

    def pull(self, stream: Stream, cursor: Cursor) -> Iterator[Page]:
        for page in self.connector.pull(stream, cursor):
            if stream.name == "companies":
                self.meddle()
            yield page


@pytest.mark.parametrize("seed", range(3))
def test_f08_edits_deletions_and_merges_between_pages_end_in_the_truth(
    portal: HubspotHarness, mirror: Mirror, seed: int
) -> None:
    rng = random.Random(seed)
    load(portal, "companies", companies(range(1, 601)), at=OLD)
    mirror.pull(NOW)
    for one in range(600, 150, -1):  # the last ids have the oldest stamps
        portal.set_clock(NOW + 2 * MINUTE - timedelta(milliseconds=one))
        rename(portal, one, f"First {one}")
    connector, pages = portal.connector(second_look_minutes=0), count(1)

    def meddle() -> None:
        living = sorted(mirror.truth(), key=int)
        rename(portal, int(rng.choice(living)), f"Between {next(pages)}")
        portal.delete(RecordRef(Kind.ACCOUNT, rng.choice(living)))
        portal.merge_accounts(living[0], living[-1])

    mirror.pull(NOW + 2 * MINUTE, Meddled(connector, meddle), overlap=0)
    # The next window begins where that one opened: what its pages left out stays lost.
    mirror.pull(NOW + 3 * MINUTE, connector, overlap=0)
    assert next(pages) > 4
    assert mirror.names() == mirror.truth()


# F12, F14, F62: cursors and worlds that cannot be.


@pytest.mark.parametrize(
    "saved",
    ['{"since": "2999-12-31T00:00:00.000Z"}', '{"since": ""}', '""', "{}x", '{"since": "x"}'],
)
def test_f12_a_cursor_that_cannot_be_is_refused_and_nothing_is_read(
    portal: HubspotHarness, mirror: Mirror, saved: str
) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    with mirror.database.write() as writer:
        upsert(writer, StreamCursor, [(mirror.id, "companies", saved, None)])
    with pytest.raises(ConfigError, match="pull --full"):
        mirror.pull(NOW)
    assert mirror.names() == {}
    assert not [one for one in paths(portal) if "/crm/objects/2026-03/companies" in one]


@pytest.mark.parametrize(
    "position",
    [
        *("second:7", "wide:1", "archived:", "nonsense:", "search:7", ":", "export::1:2"),
        *("export:5", "export:5:1", "export:5:a:b", "export:5:-1:9", "export:5:1:9:9", "export:5:²:9"),
    ],
)
def test_f12_a_position_of_another_kind_is_refused(portal: HubspotHarness, position: str) -> None:
    with pytest.raises(ContractError, match=r"companies is broken.*pull --full"):
        pull(portal.connector(), "companies", Cursor(position=position, started_at=NOW))


def test_f12_an_export_that_was_never_begun_is_refused(portal: HubspotHarness) -> None:
    with pytest.raises(ContractError, match=r"companies is broken.*pull --full"):
        pull(portal.connector(), "companies", Cursor(position="export:7:0:9"))


@pytest.mark.parametrize("position", ["search:abc", "wide:1x", "second:-7", "search:²", "export:7:0:9"])
def test_f12_a_place_in_a_window_that_is_none_is_refused(portal: HubspotHarness, position: str) -> None:
    seen = portal.requests_seen()
    cursor = Cursor(since=NOW, started_at=NOW, position=position)
    with pytest.raises(ContractError, match=r"companies is broken.*pull --full"):
        pull(portal.connector(), "companies", cursor)
    assert portal.requests_seen() == seen + 1  # the properties


def test_f14_a_first_load_brings_the_oldest_rows_and_as_many_as_there_are(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies(range(1, 131)), at=datetime(2009, 1, 1, tzinfo=UTC))
    load(portal, "companies", companies(range(201, 331)), at=NOW)
    mirror.pull(NOW)
    assert len(mirror.names()) == 260


def test_f14_a_first_load_that_is_short_by_hubspot_s_own_count_is_told(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies(range(1, 601)), at=OLD)
    _ending_early(portal, after=100, skip=1)
    connector = portal.connector()

    mirror.pull(NOW, connector)
    short = connector.take_notes()
    forget_cursors(mirror.database)
    mirror.pull(NOW + MINUTE, connector)

    assert len(short) == 1
    assert "HubSpot counts 600 companies and listed 200." in short[0]
    assert len(mirror.names()) == 600
    assert connector.take_notes() == []
    assert connector.calls()["count companies"] == 2


def _ending_early(portal: HubspotHarness, *, after: int, skip: int) -> None:
    """Let a listing of companies end with the page behind a place, which is asked for after so many other calls."""
    rows = portal.api("GET", f"/crm/objects/2026-03/companies?limit=100&after={after}")["results"]
    end = {"path": "/objects/2026-03/companies$", "skip": skip, "times": 1, "status": 200}
    portal.break_with({**end, "body": {"results": rows}})


def test_f62_what_a_listing_that_ends_early_lacks_is_not_buried_for_that(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies(range(1, 601)), at=OLD)
    mirror.pull(NOW)
    portal.delete(RecordRef(Kind.ACCOUNT, "3"))
    forget_cursors(mirror.database)
    _ending_early(portal, after=400, skip=4)
    connector = portal.connector()
    mirror.pull(NOW + HOUR, connector)
    assert "HubSpot counts 599 companies and listed 5" in connector.take_notes()[0]
    assert set(mirror.names()) == {str(one) for one in range(1, 601)} - {"3"}


def test_f62_records_that_say_that_they_live_are_not_gone_wherever_they_are_listed(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies(range(1, 51)), at=OLD)
    mirror.pull(NOW)
    portal.delete(RecordRef(Kind.ACCOUNT, "3"))
    gone = portal.api("GET", "/crm/objects/2026-03/companies?archived=true")["results"]
    rows = portal.api("GET", "/crm/objects/2026-03/companies?limit=100")["results"]
    bin_ = {"path": "/objects/2026-03/companies$", "times": 1, "status": 200}
    portal.break_with({**bin_, "body": {"results": [*rows, *gone]}})
    mirror.pull(NOW + HOUR)
    assert set(mirror.names()) == {str(one) for one in range(1, 51)} - {"3"}


def test_f62_ids_that_a_listing_that_ends_early_lacks_are_not_taken_for_gone(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies(range(1, 601)), at=OLD)
    mirror.pull(NOW)
    portal.delete(RecordRef(Kind.ACCOUNT, "3"))
    _ending_early(portal, after=400, skip=5)  # the first of these calls looks into the recycle bin
    mirror.pull(NOW + HOUR, compare=True)
    assert set(mirror.names()) == {str(one) for one in range(1, 601)} - {"3"}


def test_f62_an_empty_answer_is_no_empty_world(portal: HubspotHarness, mirror: Mirror) -> None:
    load(portal, "companies", companies(range(1, 51)), at=OLD)
    mirror.pull(NOW)
    with mirror.database.write() as writer:
        writer.exec_driver_sql("DELETE FROM stream_cursor")
    portal.break_with({"path": "/objects/2026-03/companies$", "status": 200, "body": {"results": []}})
    with pytest.raises(ContractError, match="reads as empty"):
        mirror.pull(NOW + HOUR)
    assert len(mirror.names()) == 50


# F13: forms of dates.


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-01T09:00:00Z",
        "2026-06-01T09:00:00.000Z",
        "2026-06-01T11:00:00.000+02:00",
        "2026-06-01T09:00:00.000+0000",
        "1780304400000",
    ],
)
def test_f13_every_form_of_a_date_is_the_same_instant(portal: HubspotHarness, text: str) -> None:
    row = {"id": "1", "createdAt": text, "updatedAt": text}
    row["properties"] = {"name": "Acme", "hs_lastmodifieddate": text}  # type: ignore[assignment]
    portal.break_with({"path": "/objects/2026-03/companies$", "status": 200, "body": {"results": [row]}})
    (account,) = records(pull(portal.connector(), "companies"))
    assert account.modified_at == NOW


def test_f13_a_date_that_is_none_spoils_its_record_only(portal: HubspotHarness) -> None:
    stamp = NOW.isoformat()
    rows = [
        {"id": str(one), "createdAt": stamp, "updatedAt": stamp, "properties": {"hs_lastmodifieddate": text}}
        for one, text in enumerate(("not a date", stamp), 1)
    ]
    portal.break_with({"path": "/objects/2026-03/companies$", "status": 200, "body": {"results": rows}})
    (page,) = pull(portal.connector(), "companies")
    assert [one.remote_id for one in page.records] == ["2"]
    assert [one.ref.remote_id for one in page.skipped] == ["1"]


# F24, F26, F31: restores, merges, erasures.


def test_f22_f71_after_a_gap_that_outlasts_the_recycle_bin_ids_are_compared(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies([1, 2]), at=OLD)
    mirror.pull(NOW)
    portal.set_clock(NOW + HOUR)
    portal.delete(RecordRef(Kind.ACCOUNT, "1"))

    mirror.pull(NOW + timedelta(days=92))

    assert set(mirror.names()) == {"2"}


def test_f24_a_restored_company_lives_again(portal: HubspotHarness, mirror: Mirror) -> None:
    load(portal, "companies", companies([1, 2]), at=OLD)
    mirror.pull(NOW)
    portal.delete(RecordRef(Kind.ACCOUNT, "1"))
    mirror.pull(NOW + MINUTE)
    assert set(mirror.names()) == {"2"}
    portal.control("POST", "restore", {"object": "companies", "ids": ["1"]})
    mirror.pull(NOW + 2 * MINUTE)
    assert set(mirror.names()) == {"1", "2"}


_LINKED = (
    "SELECT remote_id, COALESCE(account_id, '') || contact_ids FROM crm_activity UNION ALL "
    "SELECT remote_id, account_id FROM crm_deal"
)


def with_a_call(portal: HubspotHarness) -> None:
    """A call and a deal of a company and its contact."""
    load(portal, "companies", companies([1, 2]), at=OLD)
    load(portal, "contacts", {3: {"email": "a@c1.example"}}, at=OLD)
    load(portal, "deals", {5: {"dealname": "D", "dealstage": "contractsent"}}, at=OLD)
    load(portal, "calls", {4: {"hs_timestamp": wire_instant(OLD)}}, at=OLD)
    link(portal, ("calls", 4, "companies", 1, 182), ("calls", 4, "contacts", 3, 194))
    link(portal, ("deals", 5, "companies", 1, 5))


def touch_again(portal: HubspotHarness) -> None:
    """Somebody changes the call and the deal, which are read without the link then."""
    edits = (("calls", "4", "hs_call_body"), ("deals", "5", "dealname"))
    for name, record_id, field in edits:
        body = {"object": name, "id": record_id, "properties": {field: "New"}}
        portal.control("POST", "edit", body)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("name", "kind", "one"), [("companies", "account", "1"), ("contacts", "contact", "3")]
)
def test_f24_what_was_linked_with_a_restored_record_is_linked_again(
    portal: HubspotHarness, mirror: Mirror, name: str, kind: str, one: str, *, known: bool
) -> None:
    with_a_call(portal)
    if known:
        mirror.pull(NOW - HOUR)
    portal.set_clock(NOW)
    portal.delete(RecordRef(Kind(kind), one))
    touch_again(portal)
    mirror.pull(NOW + MINUTE)
    severed = {"calls:4": '["3"]', "5": None} if name == "companies" else {"calls:4": "1[]", "5": "1"}
    assert mirror.rows(_LINKED) == severed
    mirror.pull(NOW + 3 * HOUR)  # the changes themselves have been seen twice
    portal.control("POST", "restore", {"object": name, "ids": [one]})
    mirror.pull(NOW + 6 * HOUR)
    assert mirror.rows(_LINKED) == {"calls:4": '1["3"]', "5": "1"}


@pytest.mark.parametrize("known", [True, False])
def test_f24_a_hint_of_a_restored_company_brings_its_links_back(
    portal: HubspotHarness, mirror: Mirror, *, known: bool
) -> None:
    with_a_call(portal)
    if known:
        mirror.pull(NOW - HOUR)
    portal.set_clock(NOW)
    portal.delete(RecordRef(Kind.ACCOUNT, "1"))
    touch_again(portal)
    mirror.pull(NOW + MINUTE)
    portal.control("POST", "restore", {"object": "companies", "ids": ["1"]})
    connected = Connected(mirror.id, "hubspot", portal.connector())
    told = [Taken(RecordRef(Kind.ACCOUNT, "1"), HintEvent.RESTORED, 1, 1)]
    read_again(mirror.database, connected, told, ReadAgain(), writer=threading.Lock(), now_ms=millis(NOW))
    assert mirror.rows(_LINKED) == {"calls:4": '1["3"]', "5": "1"}


BATCH_READ = "/objects/2026-03/companies/batch/read$"


def test_f70_where_hubspot_refuses_every_hinted_record_alike_it_is_not_asked_for_each_of_them(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "contacts", {7: {"email": "a@x.example"}}, at=OLD)
    portal.break_with({"path": BATCH_READ, "status": 400, "body": {"message": "No", "category": "X"}})
    connected = Connected(mirror.id, "hubspot", portal.connector())
    refs = [RecordRef(Kind.ACCOUNT, str(one)) for one in range(1, 1001)]
    told = [Taken(ref, HintEvent.CHANGED, 1, 1) for ref in (*refs, RecordRef(Kind.CONTACT, "7"))]
    found = ReadAgain()
    read_again(mirror.database, connected, told, found, writer=threading.Lock(), now_ms=0)
    assert found.unreadable == set(refs)
    assert connected.connector.calls()["read companies"] < 150
    assert mirror.rows("SELECT remote_id, email FROM crm_contact") == {"7": "a@x.example"}


def test_f46_a_404_that_is_not_hubspot_s_own_does_not_say_that_records_are_gone(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    load(portal, "calls", {4: {"hs_timestamp": "2026-01-05T10:00:00Z"}}, at=OLD)
    mirror.pull(NOW)
    portal.break_with({"path": OBJECTS, "status": 404, "body": "<html>No such site</html>"})
    connected = Connected(mirror.id, "hubspot", portal.connector())
    for ref in (RecordRef(Kind.ACCOUNT, "1"), RecordRef(Kind.ACTIVITY, "calls:4")):
        told = [Taken(ref, HintEvent.CHANGED, 1, 1)]
        with pytest.raises(TransientError, match="in front of"):
            read_again(mirror.database, connected, told, ReadAgain(), writer=threading.Lock(), now_ms=0)
    portal.control("DELETE", "faults")
    assert set(mirror.names()) == {"1"}
    assert mirror.rows("SELECT remote_id, is_gone FROM crm_activity") == {"calls:4": 0}


def test_f70_many_hinted_records_that_cannot_be_read_keep_no_other_from_being_read(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies(range(1, 101)), at=OLD)
    bad = {"path": BATCH_READ, "status": 400, "body": {"message": "No", "category": "X"}}
    for one in range(2, 101, 2):
        portal.break_with({**bad, "body_contains": f'"id":"{one}"'})
    connected = Connected(mirror.id, "hubspot", portal.connector())
    told = [Taken(RecordRef(Kind.ACCOUNT, str(one)), HintEvent.CHANGED, 1, 1) for one in range(1, 101)]
    found = ReadAgain()
    read_again(mirror.database, connected, told, found, writer=threading.Lock(), now_ms=0)
    assert {one.remote_id for one in found.unreadable} == {str(one) for one in range(2, 101, 2)}
    assert len(mirror.names()) == 50


def test_f24_a_failure_behind_a_restored_record_loses_no_link(portal: HubspotHarness, mirror: Mirror) -> None:
    with_a_call(portal)
    mirror.pull(NOW - HOUR)
    portal.set_clock(NOW)
    portal.delete(RecordRef(Kind.ACCOUNT, "1"))
    touch_again(portal)
    mirror.pull(NOW + MINUTE)
    mirror.pull(NOW + 3 * HOUR)  # the changes themselves have been seen twice
    portal.control("POST", "restore", {"object": "companies", "ids": ["1"]})
    portal.break_with({"path": "calls/batch/read", "drop": "before", "times": 20})
    with pytest.raises(TransientError):
        mirror.pull(NOW + 6 * HOUR)
    portal.control("DELETE", "faults")
    mirror.pull(NOW + 7 * HOUR)
    assert mirror.rows(_LINKED) == {"calls:4": '1["3"]', "5": "1"}


def test_f24_a_new_company_costs_no_look_at_its_links(portal: HubspotHarness, mirror: Mirror) -> None:
    with_a_call(portal)
    mirror.pull(NOW - HOUR)
    portal.set_clock(NOW)
    load(portal, "companies", companies([9]), at=NOW)
    portal.rename_account("1", "Other")
    mirror.pull(NOW + MINUTE)
    assert mirror.names()["9"] == "Company 9"
    assert not [one for one in paths(portal) if "associations" in one and "/companies/calls" in one]


@pytest.mark.parametrize("makes_new", [False, True])
def test_f26_a_chain_of_merges_leaves_one_company_and_three_pointers(
    portal: HubspotHarness, mirror: Mirror, *, makes_new: bool
) -> None:
    load(portal, "companies", companies([1, 2, 3]), at=OLD)
    portal.control("POST", "settings", {"merge_creates_record": makes_new})
    mirror.pull(NOW)
    middle = portal.merge_accounts("2", "1")
    mirror.pull(NOW + MINUTE)
    last = portal.merge_accounts("3", middle)
    mirror.pull(NOW + 2 * MINUTE)
    assert set(mirror.names()) == {last}
    gone = mirror.rows("SELECT remote_id, survivor_id FROM crm_account WHERE is_gone")
    assert set(gone) >= {"1", "2"} - {last}
    assert set(gone.values()) == {last}


def test_f26_a_company_that_was_merged_into_one_that_is_deleted_is_gone_with_it(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies([1, 2, 3]), at=OLD)
    mirror.pull(NOW)
    portal.delete(RecordRef(Kind.ACCOUNT, portal.merge_accounts("2", "1")))
    mirror.pull(NOW + MINUTE)
    assert set(mirror.names()) == {"3"}


def test_f26_merged_contacts_are_found_by_their_calculated_ids_alone(portal: HubspotHarness) -> None:
    stamp = NOW.isoformat()
    properties = {"email": "a@c1.example", "hs_calculated_merged_vids": "11:1700000000000;12:1700000000001"}
    row = {"id": "10", "createdAt": stamp, "updatedAt": stamp, "properties": properties}
    portal.break_with({"path": "/objects/2026-03/contacts$", "status": 200, "body": {"results": [row]}})
    gone = {one.ref.remote_id: one.survivor_id for one in tombstones(pull(portal.connector(), "contacts"))}
    assert gone == {"11": "10", "12": "10"}


def test_f31_an_erased_contact_leaves_the_store_and_no_late_page_brings_it_back(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    person = {"email": "canary@c1.example", "firstname": "Canary", "jobtitle": "Canary keeper"}
    load(portal, "contacts", {11: {**person, "hs_email_last_open_date": NOW.isoformat()}}, at=NOW)
    link(portal, ("contacts", 11, "companies", 1, 1))
    mirror.pull(NOW)
    match(mirror.database, now_ms=0)
    late = pull(portal.connector(), "contacts")
    portal.api("POST", "/crm/objects/2026-03/contacts/gdpr-delete", {"objectId": "11"})
    hint = ChangeHint("k", HintEvent.ERASED, "contacts", "11", Kind.CONTACT)

    with mirror.database.write() as writer:
        land_records(writer, mirror.id, Page((), Cursor(), erasures([hint, hint])))
    for page in late:
        land(mirror.database, mirror.id, "contacts", page, now_ms=0)
    match(mirror.database, now_ms=0)

    alive = mirror.rows("SELECT remote_id, email FROM crm_contact WHERE NOT is_gone")
    assert alive == {}
    with mirror.database.read() as reader:
        tables = [
            row[0] for row in reader.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        kept = [
            (table, row)
            for table in tables
            for row in reader.exec_driver_sql(f'SELECT * FROM "{table}"')  # noqa: S608 our own names
            if "canary" in str(tuple(row)).lower()
        ]
    assert kept == []


def test_f31_erasing_a_contact_that_was_never_read_keeps_it_out(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "contacts", {11: {"email": "canary@c1.example"}}, at=NOW)
    late = pull(portal.connector(), "contacts")
    grave = Tombstone(RecordRef(Kind.CONTACT, "11"), is_erased=True)
    with mirror.database.write() as writer:
        land_records(writer, mirror.id, Page((), Cursor(), [grave]))
    for page in late:
        land(mirror.database, mirror.id, "contacts", page, now_ms=0)
    assert mirror.rows("SELECT remote_id, email FROM crm_contact") == {}


# F41 to F44, F46: limits and weather.


def test_f41_the_day_s_quota_ends_the_run_keeps_the_cursor_and_goes_on_after_midnight(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    load(portal, "companies", companies(range(1, 2001)), at=OLD)
    portal.control("POST", "settings", {"daily_limit": 20})
    with pytest.raises(QuotaExhausted):
        mirror.pull(NOW, portal.connector(daily_reserve_percent=0))
    assert 0 < len(mirror.names()) < 2000
    assert load_cursor(mirror.database, mirror.id, "companies").position
    portal.control("POST", "settings", {"daily_limit": 1000})
    mirror.pull(NOW + timedelta(days=1), portal.connector(daily_reserve_percent=0))
    assert len(mirror.names()) == 2000
    seen = portal.control("GET", "requests")["requests"]
    listed = [one for one in seen if one["path"].endswith("/companies") and "archived" not in one["query"]]
    assert sum(one["status"] == 200 for one in listed if one["path"].startswith("/crm/objects/")) == 20


@pytest.mark.parametrize(("limit", "words"), [(100, []), (24, ["more than 70 %"]), (20, ["more than 90 %"])])
def test_f41_a_run_warns_from_seventy_and_from_ninety_percent_on(
    portal: HubspotHarness, limit: int, words: list[str]
) -> None:
    load(portal, "companies", companies(range(1, 1801)), at=OLD)
    portal.control("POST", "settings", {"daily_limit": limit})
    connector = portal.connector(daily_reserve_percent=0)
    assert len(ids(pull(connector, "companies"))) == 1800
    notes = connector.take_notes()
    assert [word for note in notes for word in words if word in note] == words
    assert len(notes) == len(words)


def test_f41_a_refusal_because_the_day_is_used_up_is_not_waited_for(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    used_up = {"message": "You have reached your daily limit.", "policyName": "DAILY"}
    portal.break_with({"path": OBJECTS, "status": 429, "body": used_up})
    patience = PatientTiming()
    with pytest.raises(QuotaExhausted):
        pull(portal.connector(timing=patience.timing()), "companies")
    assert patience.pauses == []


def test_f42_what_is_kept_for_other_tools_is_not_touched(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 2001)), at=OLD)
    portal.control("POST", "settings", {"daily_limit": 20})
    connector = portal.connector()
    with pytest.raises(QuotaExhausted, match=r"50% are kept for other tools \(daily_reserve_percent\)"):
        pull(connector, "companies")
    assert sum(connector.calls().values()) == 10
    # Another tool uses calls, too: what HubSpot says is left counts, not what we used.
    more = portal.connector(daily_reserve_percent=20)
    for _ in range(5):
        portal.api("GET", "/crm/objects/2026-03/companies?limit=1")
    with pytest.raises(QuotaExhausted):
        pull(more, "companies")
    assert sum(more.calls().values()) == 1
    portal.control("POST", "settings", {"daily_limit": 34})
    assert any(one.subject == "daily calls" for one in more.check().findings)


def test_f42_after_a_quarter_of_an_hour_one_call_asks_how_it_stands(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    portal.control("POST", "settings", {"daily_limit": 2})
    patience = PatientTiming()
    connector = portal.connector(timing=patience.timing())
    with pytest.raises(QuotaExhausted):
        pull(connector, "companies")
    portal.control("POST", "settings", {"daily_limit": 1000})
    with pytest.raises(QuotaExhausted):
        pull(connector, "companies")
    patience.now += 901
    assert ids(pull(connector, "companies")) == [1]


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "3"}])
def test_f43_a_storm_of_refusals_is_waited_out(portal: HubspotHarness, headers: dict[str, str]) -> None:
    load(portal, "companies", companies(range(1, 301)), at=OLD)
    patience = PatientTiming()
    connector = portal.connector(timing=patience.timing())
    portal.break_with({"path": OBJECTS, "skip": 1, "times": 3, **RED, "headers": headers})
    assert len(ids(pull(connector, "companies"))) == 300
    assert connector.calls()["read companies"] == 3 + 3
    assert patience.now >= 15


def while_it_waits(work: Callable[[], object]) -> tuple[Timing, list[float]]:
    """A clock; and the seconds that work of another thread took, which is done when the first call waits."""
    patience = PatientTiming()
    took: list[float] = []

    def sleep(seconds: float) -> None:
        if not took:
            took.append(-patience.now)
            with ThreadPoolExecutor(1) as other:
                other.submit(work).result()
            took[0] += patience.now
        patience.timing().sleep(seconds)

    return Timing(lambda: patience.now, sleep), took


def test_f43_a_refusal_of_one_thread_holds_all_others_back(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    portal.break_with({"path": "/objects/2026-03/companies$", "times": 1, **RED})
    timing, took = while_it_waits(lambda: pull(connector, "contacts"))
    connector = portal.connector(timing=timing)
    assert ids(pull(connector, "companies")) == [1]
    assert took == [pytest.approx(5)]


def test_f43_a_storm_that_does_not_end_is_a_bounded_number_of_calls(portal: HubspotHarness) -> None:
    portal.break_with({"path": OBJECTS, **RED})
    connector = portal.connector()
    with pytest.raises(RateLimited):
        pull(connector, "companies")
    assert connector.calls()["read companies"] == 6


def test_f44_a_refused_search_is_tried_again_after_a_second(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 4)), at=NOW)
    secondly = {"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}
    portal.break_with({"path": "/search$", "times": 2, "status": 429, "body": secondly})
    patience = PatientTiming()
    connector = portal.connector(timing=patience.timing())
    assert ids(pull(connector, "companies", Cursor(since=NOW))) == [1, 2, 3]
    assert patience.now == pytest.approx(2, abs=0.5)


@pytest.mark.parametrize(("cursor", "seconds"), [(Cursor(since=NOW, full_at=NOW), 1), (Cursor(), 0)])
def test_f44_while_a_search_waits_other_searches_wait_and_lists_do_not(
    portal: HubspotHarness, cursor: Cursor, seconds: float
) -> None:
    load(portal, "companies", companies([1]), at=NOW)
    secondly = {"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}
    portal.break_with({"path": "/companies/search$", "times": 1, "status": 429, "body": secondly})
    timing, took = while_it_waits(lambda: pull(connector, "calls", cursor))
    connector = portal.connector(timing=timing)
    assert ids(pull(connector, "companies", Cursor(since=NOW))) == [1]
    assert took == [pytest.approx(seconds, abs=0.2)]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 523, 524, 530])
def test_f46_each_code_of_bad_weather_passes_or_ends_after_six_calls(
    portal: HubspotHarness, status: int
) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    page = "<html>Origin is unreachable</html>"
    portal.break_with({"path": OBJECTS, "times": 2, "status": status, "body": page})
    assert ids(pull(portal.connector(), "companies")) == [1]
    portal.break_with({"path": OBJECTS, "status": status, "body": page})
    connector = portal.connector()
    with pytest.raises(TransientError):
        pull(connector, "companies")
    assert connector.calls()["read companies"] == 6


def test_f46_a_locked_record_is_waited_for_two_seconds_while_others_go_on(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    portal.break_with(
        {"path": OBJECTS, "times": 1, "status": 423, "body": {"message": "Locked", "category": "LOCKED"}}
    )
    timing, took = while_it_waits(lambda: pull(connector, "contacts"))
    connector = portal.connector(timing=timing)
    assert ids(pull(connector, "companies")) == [1]
    assert timing.monotonic() == pytest.approx(2)
    assert took == [0]


def test_f46_a_migration_is_waited_for_as_long_as_it_says_if_that_is_short(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    moving = {"status": 477, "body": {"message": "moving"}, "headers": {"Retry-After": "20"}}
    portal.break_with({"path": OBJECTS, "times": 1, **moving})
    patience = PatientTiming()
    assert ids(pull(portal.connector(timing=patience.timing()), "companies")) == [1]
    assert patience.now == pytest.approx(20)


# F38, F39: scopes.


def test_f39_a_scope_that_is_taken_away_stops_its_object_and_is_named_and_the_others_go_on(
    portal: HubspotHarness, mirror: Mirror
) -> None:
    def allow(scopes: Iterable[str]) -> None:
        portal.control("POST", "settings", {"tokens": {"narrow": [*scopes, "oauth"]}})

    allow(NEEDED_SCOPES)
    load(portal, "companies", companies([1]), at=OLD)
    load(portal, "deals", {5: {"dealname": "D", "dealstage": "contractsent"}}, at=OLD)
    mirror.pull(NOW, portal.connector(secret="narrow"))
    allow(one for one in NEEDED_SCOPES if ".contacts." not in one)
    portal.set_clock(NOW + MINUTE)
    for name, one, properties in (("companies", "1", {"name": "Renamed"}), ("deals", "5", {"amount": "7"})):
        portal.control("POST", "edit", {"object": name, "id": one, "properties": properties})
    with pytest.raises(AuthError, match=r"crm\.\w+\.contacts\.read"):
        mirror.pull(NOW + HOUR, portal.connector(secret="narrow"))
    assert mirror.names() == {"1": "Renamed"}
    assert mirror.rows("SELECT remote_id, amount FROM crm_deal") == {"5": 7}
    assert load_cursor(mirror.database, mirror.id, "owners").since == NOW + HOUR


# F23: ids compared.


@pytest.mark.parametrize("export_above", [None, 2])
def test_f23_comparing_ids_buries_nothing_that_is_there_and_cannot_be_read(
    portal: HubspotHarness, mirror: Mirror, export_above: int | None
) -> None:
    load(portal, "companies", companies(range(1, 121)), at=OLD)
    mirror.pull(NOW)
    portal.control(
        "POST", "edit", {"object": "companies", "id": "2", "properties": {"numberofemployees": "nan"}}
    )
    portal.delete(RecordRef(Kind.ACCOUNT, "3"))
    connector = portal.connector(export_above=export_above)
    mirror.pull(NOW + HOUR, connector, compare=True)
    assert set(mirror.names()) == {str(one) for one in range(1, 121)} - {"3"}
    assert not any("export" in operation for operation in connector.calls())


# Exports.


def test_a_large_first_load_comes_as_a_file_and_is_the_same_as_a_listing(portal: HubspotHarness) -> None:
    nasty = 'New\nline, "quoted"; ünïcode 🚀 \r tail'
    load(
        portal, "companies", {**companies(range(1, 2501)), 7: {"name": nasty, "industry": "BANKING"}}, at=OLD
    )
    listed = records(pull(portal.connector(), "companies"))
    portal.set_clock(NOW)
    connector = portal.connector(export_above=1000)
    pages = pull(connector, "companies")
    assert records(pages) == listed
    assert pages[-1].next_cursor == Cursor(since=NOW)
    assert connector.calls() == {
        "describe companies": 1,
        "count companies": 1,
        "export companies": 3,
    }


def test_an_export_brings_the_primary_company_of_each_contact(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1, 2]), at=OLD)
    load(portal, "contacts", {one: {"email": f"p{one}@c1.example"} for one in range(11, 21)}, at=OLD)
    link(portal, ("contacts", 11, "companies", 1, 279), ("contacts", 11, "companies", 2, 1))
    pages = pull(portal.connector(export_above=1), "contacts")
    assert [one.account_id for one in records(pages) if isinstance(one, Contact)][:2] == ["2", None]


def test_few_records_are_not_worth_an_export(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 101)), at=OLD)
    connector = portal.connector(export_above=100)
    assert len(ids(pull(connector, "companies"))) == 100
    assert "export companies" not in connector.calls()


def test_f17_an_export_that_never_ends_gives_way_to_listing(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)), at=OLD)
    portal.break_with({"path": "/status$", "status": 200, "body": {"status": "PROCESSING"}})
    patience = PatientTiming()
    assert len(ids(pull(portal.connector(export_above=100, timing=patience.timing()), "companies"))) == 250
    assert 7200 <= patience.now < 7400


@pytest.mark.parametrize(
    "rule",
    [
        {"path": "/export/async$", "status": 403, "body": {"category": "MISSING_SCOPES", "message": "no"}},
        {
            "path": "/export/async$",
            "status": 429,
            "body": {"category": "RATE_LIMITS", "message": "30 exports"},
        },
        {"path": "/export/async$", "status": 400, "body": {"category": "VALIDATION_ERROR", "message": "no"}},
        {"path": "/status$", "status": 200, "body": {"status": "CANCELED"}},
        {"path": "^/_files/", "status": 403, "body": "<Error/>"},
        {"path": "^/_files/", "status": 200, "body": "Record ID,Name\n1,Acme\n"},
        {"path": "^/_files/", "status": 200, "body": "<html>sign in</html>"},
    ],
)
def test_f17_whatever_is_odd_about_an_export_listing_takes_over(
    portal: HubspotHarness, rule: dict[str, Any]
) -> None:
    load(portal, "companies", companies(range(1, 251)), at=OLD)
    portal.break_with(rule)
    assert ids(pull(portal.connector(export_above=100), "companies")) == list(range(1, 251))


def test_f18_a_file_with_too_few_rows_is_not_believed(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)), at=OLD)
    stamp = OLD.isoformat()
    columns = export._columns(_source(portal))
    one = ",".join({"hs_object_id": "1", "hs_lastmodifieddate": stamp}.get(name, "") for name in columns)
    portal.break_with({"path": "^/_files/", "status": 200, "body": f"{','.join(columns)}\n{one}\n"})
    assert set(ids(pull(portal.connector(export_above=100), "companies"))) == set(range(1, 251))


def test_f62_what_a_file_lacks_is_not_buried_for_that(portal: HubspotHarness, mirror: Mirror) -> None:
    load(portal, "companies", companies(range(1, 251)), at=OLD)
    mirror.pull(NOW)
    portal.delete(RecordRef(Kind.ACCOUNT, "3"))
    columns = export._columns(_source(portal))
    stamps = {"hs_lastmodifieddate": OLD.isoformat()}
    lines = [
        ",".join({"hs_object_id": str(one), **stamps}.get(name, "") for name in columns)
        for one in range(1, 251)
        if one not in (3, 7)
    ]
    portal.break_with(
        {"path": "^/_files/", "status": 200, "body": "\n".join([",".join(columns), *lines, ""])}
    )
    connector = portal.connector(export_above=100)
    forget_cursors(mirror.database)
    mirror.pull(NOW + HOUR, connector)
    assert connector.calls()["export companies"] == 3
    assert set(mirror.names()) == {str(one) for one in range(1, 251)} - {"3"}


def _source(portal: HubspotHarness) -> Any:
    return portal.connector(export_above=100)._source("companies")  # type: ignore[attr-defined]


def test_f19_a_file_that_breaks_off_is_fetched_again_whole(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 251)), at=OLD)
    portal.break_with({"path": "^/_files/", "times": 2, "half": True})
    assert ids(pull(portal.connector(export_above=100), "companies")) == list(range(1, 251))


def test_f11_a_crash_within_an_export_loses_nothing(portal: HubspotHarness) -> None:
    load(portal, "companies", companies(range(1, 2501)), at=OLD)
    portal.set_clock(NOW)
    whole = pull(portal.connector(export_above=1000), "companies")
    for end in range(1, len(whole)):
        cursor = Cursor.from_json(whole[end - 1].next_cursor.to_json())
        rest = pull(portal.connector(export_above=1000), "companies", cursor)
        assert ids(whole[:end]) + ids(rest) == list(range(1, 2501))
    # Ten minutes later the file is gone; listing begins again, which lands the same records.
    portal.set_clock(NOW + 10 * MINUTE)
    rest = pull(portal.connector(export_above=1000), "companies", whole[1].next_cursor)
    assert ids(rest) == list(range(1, 2501))
    assert rest[-1].next_cursor == Cursor(since=NOW)


def test_a_large_export_is_a_zip_and_is_read_as_it_comes(portal: HubspotHarness) -> None:
    rows = {one: {"name": f"Company {one} {'x' * 1500}"} for one in range(1, 1801)}
    load(portal, "companies", rows, at=OLD)
    pages = pull(portal.connector(export_above=1000), "companies")
    assert ids(pages) == list(range(1, 1801))


def test_an_account_is_an_account_whatever_the_way(portal: HubspotHarness) -> None:
    load(portal, "companies", companies([1]), at=OLD)
    (account,) = records(pull(portal.connector(export_above=1), "companies"))
    assert isinstance(account, Account)
    assert parse_instant(OLD.isoformat()) == account.modified_at
