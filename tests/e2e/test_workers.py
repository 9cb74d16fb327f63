"""One, two and four worker processes on one PostgreSQL leave the same bytes in both CRMs as the command line does."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from core.clock import millis, parse_instant
from store.database import Database, open_database
from store.jobs import find
from store.runs import list_runs
from store.schedules import ask
from sync.tasks import CONNECTION, key_of, versioned
from tests.e2e.crms import AS_OF, ROOT, SECRETS, Crms, end_state, started
from tests.faults.service_process import work
from tests.faults.service_stage import until
from tests.forks import Surroundings, start

ACCOUNTS = 40
"""In each CRM: more than the 32 of a block of evidence, so that there are several shards."""
SHARD_ROWS = 1
"""As many shards as there can be."""
ROUND = (("read", "salesforce"), ("read", "hubspot"), ("sync", None))
"""What the clock asks for, all at once: both CRMs are read side by side, or within the sync, as it comes."""


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What both CRMs say after the same syncs from the command line, on SQLite."""
    with started(tmp_path_factory.mktemp("by_hand"), accounts=ACCOUNTS) as crms:
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        edit(crms)
        crms.run("sync", "--as-of", AS_OF)
        return end_state(crms)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_any_number_of_workers_leaves_the_same_bytes_in_both_crms(
    count: int,
    by_hand: dict[str, Any],
    postgres_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with started(tmp_path, accounts=ACCOUNTS) as crms:
        text = crms.config.read_text(encoding="utf-8")
        crms.config.write_text(text.replace(f"sqlite:///{tmp_path}/shortlist.sqlite", postgres_url))
        crms.run("install")
        database = open_database(postgres_url)
        with working(crms, count) as logs:
            do(database, ROUND)
            edit(crms)
            do(database, ROUND)
        runs = [(run.command, run.state) for run in list_runs(database)]
        database.close()
        assert end_state(crms) == by_hand
        said = "".join(log.read_text(encoding="utf-8") for log in logs)
    assert ("scored in shards" in said) == (count > 1)
    assert {command for command, _ in runs} == {"read salesforce", "read hubspot", "sync"}
    assert {state for _, state in runs} == {"done"}


def edit(crms: Crms) -> None:
    """People change companies in HubSpot: one becomes larger, one is held in a tier."""
    first, second = (row["id"] for row in crms.hubspot.backend.state("companies")[:2])
    for company, properties in (
        (first, {"numberofemployees": "4200"}),
        (second, {"abm_tier_override": "one_to_few"}),
    ):
        body = {"object": "companies", "id": company, "properties": properties}
        requests.post(f"{crms.hubspot_url}/_emulator/edit", json=body, timeout=30).raise_for_status()


@contextmanager
def working(crms: Crms, count: int) -> Iterator[Sequence[Path]]:
    """So many processes with one worker each, as `shortlist worker` on so many machines; and their logs."""
    logs = [crms.folder / f"worker{number}.log" for number in range(count)]
    with ExitStack() as stack:
        for log in logs:
            around = Surroundings(ROOT, os.environ.copy(), errors=log)
            process = start(work, crms.config, 1, SHARD_ROWS, around=around)
            stack.callback(process.join)
            stack.callback(process.terminate)
        yield logs


def do(database: Database, tasks: Sequence[tuple[str, str | None]]) -> None:
    """Ask for jobs at once, and wait until all are done."""
    keys = []
    for task, connection in tasks:
        arguments = versioned({CONNECTION: connection} if connection else {})
        keys.append(key_of(task, arguments))
        ask(database, keys[-1], task, arguments, millis(parse_instant(AS_OF)))
    until(lambda: all(is_done(database, key) for key in keys))


def is_done(database: Database, key: str) -> bool:
    job = find(database, key)
    assert job is not None
    assert job.error is None, job
    return job.wanted_at is None and job.started_at is None
