"""Salesforce: pull and land by REST, a write-back by collections."""

import math
from collections.abc import Iterator
from functools import partial
from urllib.parse import parse_qs, urlsplit

import requests

from bench import salesforce_world as world
from bench.areas import Options
from bench.clients import write_accounts
from bench.measure import in_child
from bench.peer_runs import Ours, compare
from bench.pulls import PER, measured_again, pull_rows
from bench.rows import Row, figure
from bench.servers import CLIENT, Emulator, emulator
from connectors.salesforce.batches import BATCH

AREA = "salesforce"
_CONTACTS = _ACCOUNTS = 100_000
_PAGE = 2000
_TIMEOUT_SECONDS = 60
_CONTACT_FIELDS = "Id, IsDeleted, SystemModstamp, Name, MasterRecordId, AccountId, Email, Title"
"""What the connector reads of a contact where no managed field is installed."""
_NAME_PARTS = frozenset(["FirstName", "LastName", "MiddleName", "Salutation", "Suffix"])
"""Seen by whoever sees the name."""
_REDIRECT = "http://localhost/"
_TIMES_OURS = {"salesforce_tap": 20, "salesforce_dlt": 10, "salesforce_airbyte": 10}
"""Goals: CPU seconds of a peer over ours with storing."""


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
        session_id = _session_id(crm.url)
        ours = Ours(cpu, alone, contacts, _TIMES_OURS, again=partial(measured_again, AREA, crm))
        _hide_other_fields(crm, session_id)
        yield from compare(AREA, ours, options.say, crm.url, session_id, soql, _refresh_token(crm.url))


def _hide_other_fields(crm: Emulator, session_id: str) -> None:
    """Hide from the user what can be hidden of a contact: some peers read every field that is to be seen."""
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
    """Full pages of contacts and accounts, and one query of each of the four empty objects."""
    accounts = world.accounts_of(contacts)
    return math.ceil(contacts / _PAGE) + math.ceil(accounts / _PAGE) + 4


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


def _write(options: Options, crm: Emulator) -> Iterator[Row]:
    count = options.size(_ACCOUNTS)
    measured = in_child(write_accounts, AREA, crm.url, [world.account_id(n) for n in range(count)])
    name = "write 8 fields of accounts"
    yield figure(AREA, name, count, "records")
    yield figure(AREA, name, measured.value.total_calls, "calls", at_most=math.ceil(count / BATCH))
    yield figure(AREA, name, measured.cpu_seconds / count * PER, "CPU s/100k")
