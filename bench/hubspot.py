"""HubSpot: pull and land, how much of the rate limit is used, a delta, a write-back."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from statistics import mean

import orjson

from bench import hubspot_world as world
from bench.areas import Options
from bench.clients import (
    VALUES,
    delta_and_land,
    list_serially,
    pull_again,
    pull_and_land,
    pull_and_land_limited,
    write_accounts,
)
from bench.measure import in_child
from bench.peer_runs import Ours, compare, compare_slow
from bench.pulls import PER, measured_again, pull_rows
from bench.rows import Row, compared, figure
from bench.servers import TOKEN, Emulator, emulator
from connectors.hubspot.client import open_client
from connectors.hubspot.definitions import Definitions
from connectors.hubspot.layout import open_source
from connectors.hubspot.pull import LIST_PAGE
from connectors.hubspot.search import SEARCH_PAGE
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.tokens import StaticToken
from connectors.hubspot.values import property_name
from connectors.hubspot.write import BATCH
from connectors.transport import Timing
from core.secrets import SecretText

AREA = "hubspot"
_CONTACTS = _COMPANIES = 100_000
_MANY = 1_000_000
_FEW, _MORE = 500, 1_500
"""Contacts that slow peers read."""
_TIMES_OURS = {
    "hubspot_dlt": 8,
    "hubspot_tap": 25,
    "slow_hubspot_airbyte": 100,
    "hubspot_sdk": 7.9,
    "write_hubspot_sdk": 9.6,
}
"""Goals: CPU seconds of a peer over ours with storing, or with writing.

Those of the SDK are what the goals of 2.0 and 1.5 s say on any machine: its models took 15.83 s to read and 14.35 s to
write on the one that they were set on.
"""
_WRITE = "write 8 fields of companies"
_LATENCY_MS = 200
_LIMIT, _WINDOW_SECONDS = 190, 10


def measure(options: Options) -> Iterator[Row]:
    """All figures; emulators are started one after the other."""
    with emulator(AREA, world.contacts, options.size(_CONTACTS)) as crm:
        crm.change(burst_limit=None, search_per_second=None, daily_limit=None)
        yield from _pull(crm, options)
        yield from _delta(crm, options)
        yield from _idle(crm)
    with emulator(AREA, world.companies_alone, options.size(_COMPANIES)) as crm:
        crm.change(burst_limit=None, search_per_second=None, daily_limit=None)
        yield from _write(crm, options)
    yield from _rate(options)
    if options.world_size == "L":
        yield from _large()


def _large() -> Iterator[Row]:
    """Memory of a first load of a million contacts; the emulator needs several GB for them."""
    with emulator(AREA, world.contacts, _MANY) as crm:
        crm.change(burst_limit=None, search_per_second=None, daily_limit=None)
        measured = in_child(pull_and_land, AREA, crm.url)
    measured.value.must_be(_MANY + world.companies_of(_MANY))
    name = f"pull and land {_MANY:,} contacts"
    yield figure(AREA, name, measured.peak_rss_mb, "MB peak", at_most=150)
    yield figure(AREA, name, measured.cpu_seconds / measured.value.records * PER, "CPU s/100k")


def _pull(crm: Emulator, options: Options) -> Iterator[Row]:
    contacts = options.size(_CONTACTS)
    records, least = contacts + world.companies_of(contacts), _least_list_calls(contacts)
    cpu, alone = yield from pull_rows(AREA, crm, options, records=records, least_calls=least)
    if options.peers:
        ours = Ours(cpu, alone, contacts, _TIMES_OURS, again=partial(measured_again, AREA, crm))
        properties = ",".join(_contact_properties(crm.url))
        yield from compare(AREA, ours, options.say, crm.url, TOKEN, properties)
        yield from _slow_peers(ours, options, properties)


def _slow_peers(ours: Ours, options: Options, properties: str) -> Iterator[Row]:
    with emulator(AREA, world.contacts, _FEW) as few, emulator(AREA, world.contacts, _MORE) as more:
        for crm in (few, more):
            crm.change(burst_limit=None, search_per_second=None, daily_limit=None)
        worlds = ((_FEW, few.url), (_MORE, more.url))
        yield from compare_slow(AREA, ours, options.say, worlds, TOKEN, properties)


def _least_list_calls(contacts: int) -> int:
    """Full pages of contacts and companies, one of each of the six empty object types, two of the owners."""
    companies = world.companies_of(contacts)
    return math.ceil(contacts / LIST_PAGE) + math.ceil(companies / LIST_PAGE) + 8


def _contact_properties(url: str) -> list[str]:
    """What the connector asks for, so that a peer asks for the same."""
    settings = HubspotSettings(crm=AREA, base_url=url, token="env:UNUSED", emulator=True)  # type: ignore[arg-type]  # noqa: S106 a reference
    return open_source(
        Definitions(open_client(settings, StaticToken(SecretText(TOKEN)), Timing())),
        settings,
        "contacts",
        has_web_events=False,
    ).properties


def _delta(crm: Emulator, options: Options) -> Iterator[Row]:
    changed = options.size(_CONTACTS) // world.CHANGED_SHARE
    before = _searches(crm)
    since = datetime.fromisoformat(world.CHANGED_SINCE)
    measured = in_child(delta_and_land, AREA, crm.url, since)
    measured.value.must_be(changed)
    name = "read changed contacts"
    yield figure(AREA, name, changed, "records")
    # Full pages, and one call that asks how many contacts there are (whether listing would be cheaper).
    goal = math.ceil(changed / SEARCH_PAGE) + 1
    yield figure(AREA, name, _searches(crm) - before, "searches", at_most=goal)
    yield figure(AREA, name, measured.value.total_calls, "calls")
    yield figure(AREA, name, measured.cpu_seconds / changed * PER, "CPU s/100k")


def _idle(crm: Emulator) -> Iterator[Row]:
    """What it costs to hear that nothing has changed; that nothing is written then is shown by the area sync."""
    measured = in_child(pull_again, AREA, crm.url)
    name = "pull again, nothing changed"
    yield figure(AREA, name, measured.value.records, "records", at_most=0)
    yield figure(AREA, name, measured.value.total_calls, "calls that ask what changed")


def _searches(crm: Emulator) -> int:
    return sum(count for endpoint, count in crm.endpoints().items() if endpoint.endswith("/search"))


def _write(crm: Emulator, options: Options) -> Iterator[Row]:
    count = options.size(_COMPANIES)
    ids = [str(number + 1) for number in range(count)]
    measured = in_child(write_accounts, AREA, crm.url, ids)
    yield figure(AREA, _WRITE, count, "records")
    # Full batches, and one look at which properties can be written, which a push behind a pull does not need.
    goal = math.ceil(count / BATCH) + 1
    yield figure(AREA, _WRITE, measured.value.total_calls, "calls", at_most=goal)
    cpu = figure(AREA, _WRITE, measured.cpu_seconds / count * PER, "CPU s/100k", at_most=1.5)
    yield cpu
    if options.peers:
        again = partial(_written_again, crm, ids)
        ours = Ours(cpu, cpu, count, _TIMES_OURS, again=again)
        values = orjson.dumps({property_name(name): value for name, value in VALUES.items()}).decode()
        yield from compare(f"write_{AREA}", ours, options.say, crm.url, TOKEN, str(count), values)


def _written_again(crm: Emulator, ids: Sequence[str]) -> tuple[Row, Row]:
    """One more write of the same; twice, because nothing of it is reading alone."""
    measured = in_child(write_accounts, AREA, crm.url, ids)
    row = figure(AREA, _WRITE, measured.cpu_seconds / len(ids) * PER, "CPU s/100k")
    return row, row


def _rate(options: Options) -> Iterator[Row]:
    """Six objects at once under HubSpot's limit, looked at while all of them still have pages."""
    windows = 2 if options.quick else 4
    pages = math.ceil((windows + 1) * _LIMIT / 6)
    with emulator(AREA, world.objects, pages * LIST_PAGE) as crm:
        crm.change(latency_ms=_LATENCY_MS, burst_limit=_LIMIT, burst_seconds=_WINDOW_SECONDS)
        in_child(pull_and_land_limited, AREA, crm.url)
        arrivals, statuses = crm.arrivals(), crm.statuses()
        serial = in_child(list_serially, crm.url, windows * _WINDOW_SECONDS)
    name = f"6 objects, {_LATENCY_MS} ms, {_LIMIT} calls/{_WINDOW_SECONDS} s"
    share = figure(AREA, name, 100 * _share_used(arrivals, windows), "% of the limit used", at_least=97)
    yield share
    alone = 100 * serial.value.total_calls / (windows * _LIMIT)
    yield compared(share, alone, "one call after the other")
    refused = 100 * statuses["429"] / statuses.total()
    yield figure(AREA, name, refused, "% of calls refused (429)", at_most=0.5)


def _share_used(arrivals: Sequence[datetime], windows: int) -> float:
    """Calls in so many windows against the limit, on average over every start within the first window.

    One start alone would favour whoever sends in bursts.
    """
    window = timedelta(seconds=_WINDOW_SECONDS)
    starts = [at for at in arrivals if at < arrivals[0] + window]
    counts = [
        bisect_left(arrivals, start + windows * window) - bisect_left(arrivals, start) for start in starts
    ]
    return mean(counts) / (windows * _LIMIT)
