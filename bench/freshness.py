"""Freshness: from a change in one CRM, by its own webhook, to the new value written into both CRMs."""

import threading
import time
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

from bench import hubspot_world, salesforce_world
from bench.servers import CLIENT, Emulator, emulator
from bench.service_stage import (
    HUBSPOT_HOOK,
    PUBLIC_URL,
    SALESFORCE_HOOK,
    control,
    engine_of,
    prepare,
    serving,
    write_config,
)
from shortlist.process import collect_seldom
from sync.hinted import run_hints

CHANGES_A_SECOND = 20
_DELIVER_EVERY_SECONDS = 0.1
_IDLE_SECONDS = 0.05
_SETTLE_SECONDS = 60.0
_TIMEOUT_SECONDS = 60
Written = dict[tuple[str, str], float]
"""When a record was written last, by connection and remote id."""


def freshness(folder: Path, *, accounts: int, changes: int) -> list[float]:
    """Seconds of each change that moved a score, sorted; half of the changes are made in each CRM."""
    with (
        emulator("salesforce", salesforce_world.accounts, accounts) as salesforce,
        emulator("hubspot", hubspot_world.companies_alone, accounts) as hubspot,
    ):
        config = write_config(folder, hubspot, salesforce)
        prepare(config)
        with serving(config) as stage:
            _subscribe(stage.url, salesforce, hubspot)
            here, there = get_context("spawn").Pipe()
            drain = get_context("spawn").Process(target=_drain, args=(config, there), daemon=True)
            drain.start()
            here.recv()  # it is ready
            changed = _change(salesforce, hubspot, changes)
            time.sleep(min(_SETTLE_SECONDS, changes / CHANGES_A_SECOND))
            here.send("stop")
            written: Written = here.recv()
            drain.join()
            _end(salesforce, hubspot)
    return sorted(_passed(changed, written))


def _subscribe(url: str, salesforce: Emulator, hubspot: Emulator) -> None:
    names = ("numberofemployees", "type", "abm_fit_score")
    subscriptions = [{"type": "company.propertyChange", "property": name} for name in names]
    target = {"target_url": f"{url}{HUBSPOT_HOOK}", "signed_url": f"{PUBLIC_URL}{HUBSPOT_HOOK}"}
    control(hubspot, "webhooks", {**target, "subscriptions": subscriptions})
    messages = [{"object": "Account", "fields": ["Name"], "endpoint": f"{url}{SALESFORCE_HOOK}"}]
    control(salesforce, "outbound", {"subscriptions": messages})
    control(hubspot, "webhooks/background", {"every_seconds": _DELIVER_EVERY_SECONDS})
    control(salesforce, "outbound/background", {"seconds": _DELIVER_EVERY_SECONDS})


def _end(salesforce: Emulator, hubspot: Emulator) -> None:
    control(hubspot, "webhooks/background", {"every_seconds": None})
    control(salesforce, "outbound/background", {"seconds": 0})


def _change(salesforce: Emulator, hubspot: Emulator, changes: int) -> Mapping[int, float]:
    """Edit one company after the other at an even pace; when each was changed, by its number in the worlds."""
    session, changed = _signed_in(salesforce), {}
    start = time.monotonic()
    for number in range(changes):
        time.sleep(max(0.0, start + number / CHANGES_A_SECOND - time.monotonic()))
        if number % 2:
            company = {"object": "companies", "id": str(number + 1), "properties": {"type": "VENDOR"}}
            control(hubspot, "edit", company)
        else:
            path = (
                f"{salesforce.url}/services/data/v66.0/sobjects/Account/{salesforce_world.account_id(number)}"
            )
            session.patch(path, json={"NumberOfEmployees": 1}, timeout=_TIMEOUT_SECONDS).raise_for_status()
        changed[number] = time.time()
    return changed


def _signed_in(salesforce: Emulator) -> requests.Session:
    form = {"grant_type": "client_credentials", "client_id": CLIENT[0], "client_secret": CLIENT[1]}
    answer = requests.post(f"{salesforce.url}/services/oauth2/token", form, timeout=_TIMEOUT_SECONDS)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


def _drain(config: Path, parent: Connection) -> None:
    """Serve hints until told to stop; then say when which record was written."""
    collect_seldom()
    written: Written = {}
    with engine_of(config) as engine:
        names = {one.id: one.name for one in engine.connections}
        stop = threading.Event()
        parent.send("ready")
        while not stop.is_set():
            report = run_hints(engine)
            now = time.time()
            for change in report.plan.records if report.plan and report.pushed else ():
                written[names[change.connection_id], change.ref.remote_id] = now
            if parent.poll(0 if report.run_id else _IDLE_SECONDS):
                parent.recv()
                stop.set()
    parent.send(written)


def _passed(changed: Mapping[int, float], written: Written) -> Any:
    """How long each change took until both records were written; what moved no score was not written."""
    for number, at in changed.items():
        both = [
            written.get(("salesforce", salesforce_world.account_id(number))),
            written.get(("hubspot", str(number + 1))),
        ]
        if None not in both:
            yield max(one for one in both if one is not None) - at
