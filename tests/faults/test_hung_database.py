"""Fault F77, when PostgreSQL neither goes away nor answers: every one of its processes stands still."""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from core.clock import system_clock
from core.secrets import SecretText
from shortlist.health import _ANSWER_SECONDS, Health
from shortlist.server import web_app
from store.database import Database, open_database
from store.pulse import PATIENCE_SECONDS, impatient
from sync.engine import Engine
from tests.e2e.crms import SECRETS, started, write_config
from tests.e2e.test_service import serving
from tests.faults.service_stage import DEADLINE_SECONDS, staged, task, until
from tests.hubspot_deliveries import CHANGE
from tests.postgres import Server, serve
from tests.security.doors import doors, notification

TOKEN = "a token of some length"
SIGNAL = {
    "id": "1",
    "domain": "acme.com",
    "source": "g2",
    "kind": "topic",
    "topic": "crm",
    "strength": 1,
    "observed_at": "2026-11-25T00:00:00Z",
}
AT_ONCE = 6
"""Requests of each kind at once."""


@pytest.fixture(scope="module")
def fragile() -> Iterator[Server]:
    """A server that tests may let stand still."""
    with serve() as server:
        yield server


@pytest.fixture
def database(fragile: Server) -> Iterator[Database]:
    opened = open_database(fragile.new())
    yield opened
    opened.close()


def signals(database: Database) -> Any:
    """POST /signals of a web part over a database."""
    app = web_app(database, SecretText(TOKEN), system_clock)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    # A client each: they are not made for several threads.
    return lambda: app.test_client().post("/signals", json=SIGNAL, headers=headers)


def test_requests_are_refused_while_the_server_hangs_and_taken_when_it_wakes(
    fragile: Server, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that have begun already, and those that come later; a pool of connections and none at all."""
    with impatient(database) as own, doors(own, monkeypatch) as web, ThreadPoolExecutor(32) as pool:
        numbers = itertools.count()  # a delivery that comes twice is refused as a replay
        posts = [
            lambda: web.hubspot({**CHANGE, "eventId": next(numbers)}),
            lambda: web.salesforce(notification()),
            signals(own),
        ]

        def statuses() -> set[int]:
            found = [pool.submit(post) for post in posts * AT_ONCE]
            return {one.result(DEADLINE_SECONDS).status_code for one in found}

        assert max(statuses()) < 300
        with fragile.hanging():
            assert statuses() == {503}
            assert statuses() == {503}
        until(lambda: max(statuses()) < 300)


def test_the_service_itself_says_so_and_takes_signals_again(
    fragile: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**SECRETS, "SIGNALS": TOKEN}.items():
        monkeypatch.setenv(name, value)
    with started(tmp_path, accounts=10, load=False) as crms:
        write_config(crms, '[signals]\ntoken = "env:SIGNALS"\n')
        text = crms.config.read_text(encoding="utf-8")
        crms.config.write_text(text.replace(f"sqlite:///{tmp_path}/shortlist.sqlite", fragile.new()))
        with serving(crms, "--no-clock", "--workers", "1") as (_, said):

            def status(path: str, **more: Any) -> int:
                headers = {"Authorization": f"Bearer {TOKEN}"}
                way = "POST" if more else "GET"
                return requests.request(
                    way, f"{said['url']}{path}", headers=headers, timeout=30, **more
                ).status_code

            assert status("/signals", json=SIGNAL) == 200
            with fragile.hanging():
                assert status("/signals", json=SIGNAL) == 503
                assert status("/readyz") == 503
                assert status("/healthz") == 200
            until(lambda: status("/readyz") == 200)
            assert status("/signals", json=SIGNAL) == 200


def test_nothing_is_cut_off_while_the_server_answers(database: Database) -> None:
    with impatient(database) as own, own.read() as reader:
        reader.exec_driver_sql("SELECT pg_sleep(6)")  # longer than patience, and the server is well


def test_sqlite_needs_no_pulse(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/shortlist.sqlite")
    with impatient(database) as own:
        assert own is database
    database.close()


def test_readiness_is_told_within_five_seconds_however_many_ask(fragile: Server, database: Database) -> None:
    health = Health(database)
    assert _ANSWER_SECONDS < 5
    assert PATIENCE_SECONDS < 5
    with fragile.hanging(), ThreadPoolExecutor(8) as pool:
        began = time.monotonic()
        found = list(pool.map(lambda _: list(health.troubles()), range(8)))
        assert found == [["Database: it does not answer."]] * 8
        assert time.monotonic() - began < 4 * _ANSWER_SECONDS  # one after the other: eight times
    until(lambda: not list(health.troubles()))


def test_a_job_that_is_under_way_goes_on_when_the_server_wakes(fragile: Server) -> None:
    held, goes_on = threading.Event(), threading.Event()
    log: list[str] = []

    def work(engine: Engine, _arguments: object) -> object:
        log.append("begun")
        held.set()
        goes_on.wait(DEADLINE_SECONDS)
        engine.progress.advance("page", 1)  # asks the server for its lock
        log.append("ended")
        return None

    with staged(fragile.new(), {"work": task(work)}) as stage:
        stage.service.start(workers=1)
        stage.ask("work")
        assert held.wait(DEADLINE_SECONDS)
        with fragile.hanging():
            goes_on.set()
            assert list(Health(stage.service.database).troubles()) == ["Database: it does not answer."]
            assert log == ["begun"]
        until(lambda: stage.job("work").done_at is not None)
        assert log == ["begun", "ended"]
        held.clear()
        stage.ask("work")
        assert held.wait(60)
