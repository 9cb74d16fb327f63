"""Salesforce: pull and land by queries and as jobs, a write-back by collections and as a job."""

import math
from collections.abc import Generator, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from bench import salesforce_world as world
from bench.areas import Options
from bench.clients import pull_again, pull_and_land, pull_into, write_accounts
from bench.measure import in_child
from bench.peer_runs import Ours, compare
from bench.pulls import PER, measured_again, pull_rows
from bench.rows import Row, compared, figure
from bench.servers import CLIENT, Emulator, emulator
from connectors.salesforce.batches import BATCH
from connectors.salesforce.objects import SOURCES
from tests.postgres import Server, serve

AREA = "salesforce"
_CONTACTS = _ACCOUNTS = 100_000
_MANY_CONTACTS = 1_000_000
_PAGE = 2000
_TIMEOUT_SECONDS = 60
_LATENCY_MS = 600
_CONTACT_FIELDS = "Id, IsDeleted, SystemModstamp, Name, MasterRecordId, AccountId, Email, Title"
"""What the connector reads of a contact where no managed field is installed."""
_SOQL = f"SELECT {_CONTACT_FIELDS} FROM Contact"  # noqa: S608 constants
_NAME_PARTS = frozenset(["FirstName", "LastName", "MiddleName", "Salutation", "Suffix"])
"""Seen by whoever sees the name."""
_REDIRECT = "http://localhost/"
_TIMES_OURS = {"salesforce_tap": 20, "salesforce_dlt": 10, "salesforce_airbyte": 10}
"""Goals: CPU seconds of a peer over ours with storing."""
_IN_ORDER: Mapping[str, Any] = {"bulk_read_from": 0, "parallel_cursors": 1}
_BY_QUERIES: Mapping[str, Any] = {"bulk_read_from": 0}
_AS_JOBS: Mapping[str, Any] = {"bulk_read_from": 5_000}
_COLLECTIONS: Mapping[str, Any] = {"bulk_write_from": 0}
_MOST_BULK_CALLS = 12
_MOST_POSTGRES_SECONDS = 0.4
_MOST_SLOW_SECONDS, _MOST_JOB_SECONDS = 6, 3
_MOST_MEGABYTES = 150


def measure(options: Options) -> Iterator[Row]:
    """All figures; emulators are started one after the other."""
    with emulator(AREA, world.contacts, options.size(_CONTACTS)) as crm:
        peers = yield from _pull(crm, options)
        yield from _pull_again(crm)
        yield from _pull_as_job(crm, options.size(_CONTACTS), peers)
        yield from _pull_into_postgres(crm, options)
        yield from _pull_slowly(crm, options.size(_CONTACTS))
    with emulator(AREA, world.accounts, options.size(_ACCOUNTS)) as crm:
        yield from _write(crm, options.size(_ACCOUNTS))
    with emulator(AREA, world.contacts, options.size(_MANY_CONTACTS)) as crm:
        yield from _pull_much(crm, options.size(_MANY_CONTACTS))


def _pull(crm: Emulator, options: Options) -> Generator[Row, None, dict[str, float]]:
    """Ours by queries and the peers; returns CPU s/100k of those that stored what they read."""
    contacts = options.size(_CONTACTS)
    records, least = contacts + world.accounts_of(contacts), _least_calls(contacts)
    cpu, alone = yield from pull_rows(AREA, crm, options, records=records, least_calls=least, **_BY_QUERIES)
    peers: dict[str, float] = {}
    if options.peers:
        session_id = _session_id(crm.url)
        ours = Ours(
            cpu, alone, contacts, _TIMES_OURS, again=partial(measured_again, AREA, crm, **_BY_QUERIES)
        )
        _hide_other_fields(crm, session_id)
        for row in compare(AREA, ours, options.say, crm.url, session_id, _SOQL, _refresh_token(crm.url)):
            yield row
            if row.peer is not None and row.name == cpu.name:
                peers[row.peer] = row.value
    return peers


def _hide_other_fields(crm: Emulator, session_id: str) -> None:
    """Hide from the user what Salesforce can hide of a contact: some peers read every field they see.

    Stamps, authors, the owner and the parts of the name stay: 17 fields, of which ours reads eight.
    """
    answer = requests.get(
        f"{crm.url}/services/data/v66.0/sobjects/Contact/describe",
        headers={"Authorization": f"Bearer {session_id}"},
        timeout=_TIMEOUT_SECONDS,
    )
    answer.raise_for_status()
    kept = _NAME_PARTS | set(_CONTACT_FIELDS.split(", "))
    optional = (one["name"] for one in answer.json()["fields"] if one["nillable"])
    crm.change(deny_fields={f"Contact.{name}": "read" for name in optional if name not in kept})


def _least_calls(contacts: int) -> int:
    """Full pages of contacts and accounts, and one query of each of the eight other objects."""
    accounts = world.accounts_of(contacts)
    return math.ceil(contacts / _PAGE) + math.ceil(accounts / _PAGE) + 8


def _pull_as_job(crm: Emulator, contacts: int, peers: Mapping[str, float]) -> Iterator[Row]:
    measured = in_child(partial(pull_and_land, **_AS_JOBS), AREA, crm.url)
    done, name = measured.value, "pull and land, contacts as a bulk job"
    done.must_be(contacts + world.accounts_of(contacts))
    cpu = figure(AREA, name, measured.cpu_seconds / done.records * PER, "CPU s/100k", at_most=2.0)
    yield cpu
    yield from (compared(cpu, value, peer) for peer, value in peers.items())
    yield figure(AREA, name, measured.peak_rss_mb, "MB peak", at_most=120)
    yield figure(AREA, name, done.total_calls, "calls")


def _pull_again(crm: Emulator) -> Iterator[Row]:
    """A sync of a CRM in which nothing happened: it has to ask each object once, and has nothing to write."""
    measured = in_child(partial(pull_again, **_BY_QUERIES), AREA, crm.url)
    calls, name = measured.value.calls, "pull again, nothing changed"
    written = sum(count for operation, count in calls.items() if operation.startswith("write"))
    yield figure(AREA, name, measured.value.total_calls - len(SOURCES), "calls over one an object")
    yield figure(AREA, name, written, "write calls", at_most=0)


def _pull_into_postgres(crm: Emulator, options: Options) -> Iterator[Row]:
    """The server's own CPU time is not in the figures."""
    with serve() as server:
        as_job = partial(_landed_in_postgres, crm, options, server, "a bulk job", _AS_JOBS)
        row = as_job()
        yield figure(AREA, row.name, row.value, row.unit, at_most=_MOST_POSTGRES_SECONDS)
        yield _landed_in_postgres(crm, options, server, "queries", _BY_QUERIES)
        if options.peers:
            contacts = options.size(_CONTACTS)
            ours = Ours(row, row, contacts, again=lambda: (as_job(),) * 2)
            yield from compare(f"bulk_{AREA}", ours, options.say, crm.url, _session_id(crm.url), _SOQL)


def _landed_in_postgres(
    crm: Emulator, options: Options, server: Server, way: str, settings: Mapping[str, Any]
) -> Row:
    contacts = options.size(_CONTACTS)
    measured = in_child(partial(pull_into, **settings), AREA, crm.url, server.new())
    measured.value.must_be(contacts + world.accounts_of(contacts))
    seconds = measured.cpu_seconds / measured.value.records * PER
    return figure(AREA, f"pull and land into PostgreSQL by {way}", seconds, "CPU s/100k")


def _pull_slowly(crm: Emulator, contacts: int) -> Iterator[Row]:
    """The same where every request takes 0.6 s."""
    crm.change(latency_ms=_LATENCY_MS)
    for way, settings, goal in (
        ("one cursor", _IN_ORDER, None),
        ("several cursors", _BY_QUERIES, _MOST_SLOW_SECONDS),
        ("a bulk job", _AS_JOBS, None),
    ):
        measured = in_child(partial(pull_and_land, **settings), AREA, crm.url)
        measured.value.must_be(contacts + world.accounts_of(contacts))
        name = f"pull and land at {_LATENCY_MS} ms a request, {way}"
        yield figure(AREA, name, measured.wall_seconds, "s wall", at_most=goal)
    ours = measured.wall_seconds - _job_seconds(crm)
    yield figure(AREA, f"{name}, without the job's own time", ours, "s wall")
    ours -= _packing_seconds(crm)
    yield figure(AREA, f"{name}, without the server's time", ours, "s wall", at_most=_MOST_JOB_SECONDS)
    crm.change(latency_ms=0)


def _job_seconds(crm: Emulator) -> float:
    """From when the last job was made until its results were asked for."""
    made = ended = None
    for at, request in crm.journal():
        if request.startswith("POST") and request.endswith("/jobs/query"):
            made = at
        elif request.endswith("/resultPages"):
            ended = at
    if made is None or ended is None:
        raise ValueError("no job was made")
    return (ended - made).total_seconds() - _LATENCY_MS / 1000


def _packing_seconds(crm: Emulator) -> float:
    """What the last job's first part took beyond the latency: Salesforce has its results at hand, the emulator not.

    Until it has come there is nothing to store; whatever later parts take passes beside storing.
    """
    first = None
    for request, seconds in crm.took():
        if request.startswith("POST") and request.endswith("/jobs/query"):
            first = None
        elif request.endswith("/results") and first is None:
            first = seconds
    if first is None:
        raise ValueError("no results were asked for")
    return first - _LATENCY_MS / 1000


def _pull_much(crm: Emulator, contacts: int) -> Iterator[Row]:
    for way, settings in {"by queries": _BY_QUERIES, "as a bulk job": _AS_JOBS}.items():
        measured = in_child(partial(pull_and_land, **settings), AREA, crm.url)
        done, name = measured.value, f"pull and land {contacts:,} contacts {way}"
        done.must_be(contacts + world.accounts_of(contacts))
        yield figure(AREA, name, measured.peak_rss_mb, "MB peak", at_most=_MOST_MEGABYTES)
        yield figure(AREA, name, measured.cpu_seconds / done.records * PER, "CPU s/100k")
        yield figure(AREA, name, done.total_calls, "calls")


def _session_id(url: str) -> str:
    client_id, secret = CLIENT
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = requests.post(f"{url}/services/oauth2/token", data=form, timeout=_TIMEOUT_SECONDS)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _refresh_token(url: str) -> str:
    """A grant by way of the consent screen, which the emulated Salesforce answers at once."""
    client_id, secret = CLIENT
    app = {"client_id": client_id, "redirect_uri": _REDIRECT}
    asked = requests.get(
        f"{url}/services/oauth2/authorize",
        params={**app, "response_type": "code"},
        allow_redirects=False,
        timeout=_TIMEOUT_SECONDS,
    )
    [code] = parse_qs(urlsplit(asked.headers["Location"]).query)["code"]
    form = {**app, "grant_type": "authorization_code", "client_secret": secret, "code": code}
    answer = requests.post(f"{url}/services/oauth2/token", data=form, timeout=_TIMEOUT_SECONDS)
    answer.raise_for_status()
    return str(answer.json()["refresh_token"])


def _write(crm: Emulator, count: int) -> Iterator[Row]:
    ids = [world.account_id(n) for n in range(count)]
    most = {"by collections": math.ceil(count / BATCH), "as a bulk job": _MOST_BULK_CALLS}
    for way, settings in {"by collections": _COLLECTIONS, "as a bulk job": {}}.items():
        measured = in_child(partial(write_accounts, **settings), AREA, crm.url, ids)
        name = f"write 8 fields of accounts {way}"
        yield figure(AREA, name, count, "records")
        yield figure(AREA, name, measured.value.total_calls, "calls", at_most=most[way])
        yield figure(AREA, name, measured.cpu_seconds / count * PER, "CPU s/100k")
