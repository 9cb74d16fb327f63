"""kill -9 anywhere in a sync, then sync again: both CRMs end as if nothing had happened."""

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.e2e.crms import AS_OF, Crms, end_state, started

POINTS = 20
ACCOUNTS = 10


@cache
def undisturbed() -> tuple[dict[str, Any], dict[str, int]]:
    """The end state of a sync that nobody kills, and how many requests each CRM got in it."""
    with TemporaryDirectory() as folder, started(Path(folder), accounts=ACCOUNTS) as crms:
        installed(crms)
        before = {name: _arrived(crms, name) for name in ("salesforce", "hubspot")}
        crms.run("sync", "--as-of", AS_OF)
        counts = {name: _arrived(crms, name) - count for name, count in before.items()}
        return end_state(crms), counts


def installed(crms: Crms) -> None:
    """Fields and lists are there, and a while has gone by.

    Rows that were edited in the second in which a sync begins may cost it one more call, to count them; the canary's
    must not, or the number of calls would differ from time to time.
    """
    crms.run("install")
    for app in (crms.salesforce, crms.hubspot):
        app.clock.advance(60)


def _arrived(crms: Crms, name: str) -> int:
    return int(getattr(crms, name).journal.summary()["total"])


@pytest.mark.parametrize("point", range(POINTS))
def test_a_killed_sync_ends_like_an_undisturbed_one(point: int, tmp_path: Path) -> None:
    wanted, counts = undisturbed()
    draw = random.Random(point)
    name = draw.choice(["salesforce", "hubspot"])
    # Half of the kills come while a request waits, half when its work is done and its answer is lost.
    number, is_done = draw.randrange(counts[name]), point % 2 == 1
    with started(tmp_path, accounts=ACCOUNTS) as crms:
        installed(crms)
        kill_at(crms, name, number, "sync", "--as-of", AS_OF, is_done=is_done)
        crms.run("sync", "--as-of", AS_OF)
        assert end_state(crms) == wanted


def kill_at(crms: Crms, name: str, number: int, *words: str, is_done: bool) -> None:
    """Start a command and kill it at a request of one CRM; the request must come, or the test means nothing."""
    app = getattr(crms, name)
    first = _arrived(crms, name)
    if is_done:
        app.faults.add({"path": "", "skip": number, "times": 1, "drop": "after"})
        number += 1
    app.faults.add({"path": "", "skip": number, "times": 1, "hang": True})
    errors = crms.folder / "errors"
    process = crms.start(*words, errors=errors)
    try:
        if not app.journal.wait_for_arrival(first + number + 1, 180):
            made = [f"{one['method']} {one['path']}" for one in app.journal.listing(first)["requests"]]
            told = errors.read_text(encoding="utf-8")[-4000:]
            pytest.fail(f"only {len(made)} requests, exit code {process.exitcode}: {made}; {told}")
    finally:
        process.kill()
        process.join()
        app.faults.clear()
