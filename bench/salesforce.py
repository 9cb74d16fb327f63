"""Salesforce: pull and land by REST, a write-back by collections."""

import math
from collections.abc import Iterator

import requests

from bench import salesforce_world as world
from bench.areas import Options
from bench.clients import write_accounts
from bench.measure import in_child
from bench.peer_runs import Ours, compare
from bench.pulls import PER, pull_rows
from bench.rows import Row, figure
from bench.servers import CLIENT, Emulator, emulator
from connectors.salesforce.batches import BATCH

AREA = "salesforce"
_CONTACTS = _ACCOUNTS = 100_000
_PAGE = 2000
_TIMEOUT_SECONDS = 60
_CONTACT_FIELDS = "Id, IsDeleted, SystemModstamp, Name, MasterRecordId, AccountId, Email, Title"
"""What the connector reads of a contact where no managed field is installed."""


def measure(options: Options) -> Iterator[Row]:
    """All figures; emulators are started one after the other."""
    with emulator(AREA, world.contacts, options.size(_CONTACTS)) as crm:
        yield from _pull(crm, options)
    with emulator(AREA, world.accounts, options.size(_ACCOUNTS)) as crm:
        yield from _write(options, crm)


def _pull(crm: Emulator, options: Options) -> Iterator[Row]:
    contacts = options.size(_CONTACTS)
    records, least = contacts + world.accounts_of(contacts), _least_calls(contacts)
    cpu, alone = yield from pull_rows(AREA, crm, options, records=records, least_calls=least)
    if options.peers:
        soql = f"SELECT {_CONTACT_FIELDS} FROM Contact"  # noqa: S608 constants
        yield from compare(AREA, Ours(cpu, alone, contacts), options.say, crm.url, _session_id(crm.url), soql)


def _least_calls(contacts: int) -> int:
    """Full pages of contacts and accounts, and one query of each of the eight other objects."""
    accounts = world.accounts_of(contacts)
    return math.ceil(contacts / _PAGE) + math.ceil(accounts / _PAGE) + 8


def _session_id(url: str) -> str:
    client_id, secret = CLIENT
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = requests.post(f"{url}/services/oauth2/token", data=form, timeout=_TIMEOUT_SECONDS)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _write(options: Options, crm: Emulator) -> Iterator[Row]:
    count = options.size(_ACCOUNTS)
    measured = in_child(write_accounts, AREA, crm.url, [world.account_id(n) for n in range(count)])
    name = "write 8 fields of accounts"
    yield figure(AREA, name, count, "records")
    yield figure(AREA, name, measured.value.total_calls, "calls", at_most=math.ceil(count / BATCH))
    yield figure(AREA, name, measured.cpu_seconds / count * PER, "CPU s/100k")
