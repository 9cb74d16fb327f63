"""`shortlist serve` as a user runs it: it hears of a change, carries it through, keeps its schedules, and ends."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from store.database import open_database
from store.inbox import waiting
from store.jobs import find
from tests.e2e.crms import ROOT, SECRETS, Crms, started
from tests.faults.service import (
    _CONFIG,
    HUBSPOT_HOOK,
    HUBSPOT_SECRET,
    PUBLIC_URL,
    SALESFORCE_SECRET,
    SUBSCRIPTIONS,
)
from tests.faults.service_stage import DEADLINE_SECONDS, until

HOOKS = {"HOOK_SECRET": SALESFORCE_SECRET, "APP_SECRET": HUBSPOT_SECRET}


@contextmanager
def serving(crms: Crms, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, Any]]]:
    """A running `shortlist serve` and what it said of itself."""
    with (crms.folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [*crms.command("serve", "--port", "0", *words), "--json"],
            cwd=ROOT,
            env={**os.environ, **SECRETS},
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        try:
            said = b""
            while line := process.stdout.readline():
                said += line
                if line == b"}\n":
                    break
            yield process, json.loads(said)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def control(crms: Crms, route: str, body: Any) -> Any:
    answer = requests.post(f"{crms.hubspot_url}/_emulator/{route}", json=body, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


def test_a_change_that_is_told_is_carried_through_by_the_running_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOOKS.items():
        monkeypatch.setenv(name, value)
    with started(tmp_path, accounts=6) as crms:
        store = f"sqlite:///{tmp_path}/shortlist.sqlite"
        text = _CONFIG.format(store=store, public_url=PUBLIC_URL, extra="", crms=crms)
        crms.config.write_text(text, encoding="utf-8")
        crms.run("install")
        crms.run("sync")
        with serving(crms) as (process, said):
            crms.run("serve", "--port", "0", expect=1)  # a second one on this file is refused
            database = open_database(store)
            control(crms, "settings", {"client_secret": HUBSPOT_SECRET})
            target = {
                "target_url": f"{said['url']}{HUBSPOT_HOOK}",
                "signed_url": f"{PUBLIC_URL}{HUBSPOT_HOOK}",
            }
            control(crms, "webhooks", {**target, "subscriptions": list(SUBSCRIPTIONS)})
            company = crms.hubspot.backend.state("companies")[0]["id"]
            edit = {"object": "companies", "id": company, "properties": {"numberofemployees": "77"}}
            control(crms, "edit", edit)
            statuses = [one["status"] for one in control(crms, "webhooks/deliver", {})["deliveries"]]
            assert set(statuses) == {200}
            until(lambda: (job := find(database, "hints")) is not None and job.done_at is not None)
            until(lambda: not waiting(database))
            with database.read() as reader:
                fields = reader.exec_driver_sql(
                    "SELECT fields FROM crm_account WHERE remote_id = ?", (company,)
                ).scalar_one()
            assert json.loads(fields)["employees"] == 77
            assert requests.get(f"{said['url']}/readyz", timeout=30).json()["status"] == "ready"
            crms.run("schedule", "run", "sync")
            until(lambda: (job := find(database, "sync")) is not None and job.done_at is not None)
            database.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=DEADLINE_SECONDS) == 0
        lines = [
            json.loads(line) for line in (tmp_path / "serve.log").read_text().splitlines() if line[0] == "{"
        ]
        assert any(line["event"] == "hints ends: done" for line in lines)
        assert lines[-1]["event"] == "service ends"


def test_a_worker_on_a_sqlite_file_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    with started(tmp_path, load=False) as crms:
        assert "PostgreSQL" in crms.run("worker", expect=1)["error"]
