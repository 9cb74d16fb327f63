"""Faults F75 to F84: processes, time and storage, with both couriers where they apply."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from core.clock import from_millis, millis, system_clock
from core.errors import Busy, ConfigError, StorageFull, TransientError
from shortlist.couriers import procrastinate
from shortlist.health import Health, health_blueprint
from shortlist.server import web_app
from shortlist.service import STOP_SECONDS
from shortlist.timer import BEAT_SECONDS
from store.database import Database, open_database
from store.jobs import MOST_ATTEMPTS, Arguments, Job, find
from store.lock import exclusive, serving, work_locks
from store.runs import list_runs
from store.schedules import Schedule, ask, save_schedule
from sync.cron import parse_cron
from sync.engine import Engine
from sync.runs import run_pull, run_sync
from sync.schedule import due, next_slot, slots, zone_of
from sync.sweep import sweep, take_slots
from sync.tasks import VERSION, key_of, versioned
from tests.e2e.crms import AS_OF as CRMS_AS_OF
from tests.e2e.crms import ROOT, SECRETS, Crms, end_state, started
from tests.faults.service_process import work
from tests.faults.service_stage import DEADLINE_SECONDS, Stage, noting, staged, task, until
from tests.forks import Surroundings, start
from tests.postgres import Server, serve
from tests.worlds import AS_OF, GOOD_FIT, account, contact, count

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "UTC",
)
TWO_YEARS = (datetime(2027, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC))


# ------------------------------------------------------------ F75, F83: processes that die and that are stopped


@pytest.fixture(params=["sqlite", "postgresql"])
def crms(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crms]:
    """Both CRMs with a small world, and a configuration of either database."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with started(tmp_path, accounts=6) as running:
        if request.param == "postgresql":
            server: Server = request.getfixturevalue("postgres")
            url = server.new()
            text = running.config.read_text(encoding="utf-8")
            running.config.write_text(text.replace(store_of(running), url), encoding="utf-8")
        running.run("install")
        yield running


def store_of(crms: Crms) -> str:
    """The address of the database in the configuration."""
    return crms.config.read_text(encoding="utf-8").partition('url = "')[2].partition('"')[0]


class Undisturbed(NamedTuple):
    """What both CRMs say after a sync that nobody disturbs, and how many requests HubSpot got in it."""

    state: dict[str, Any]
    requests: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    with started(tmp_path_factory.mktemp("undisturbed"), accounts=6) as running:
        running.run("install")
        before = arrived(running)
        running.run("sync", "--as-of", CRMS_AS_OF)
        return Undisturbed(end_state(running), arrived(running) - before)


def arrived(crms: Crms) -> int:
    """Requests that HubSpot got so far."""
    return int(crms.hubspot.journal.summary()["total"])


@contextmanager
def process(crms: Crms) -> Iterator[BaseProcess]:
    """A service of its own; killed at the end, where it still lives."""
    running = start(work, crms.config, 2, around=Surroundings(ROOT, os.environ.copy()))
    try:
        yield running
    finally:
        running.kill()
        running.join()


def ended(running: BaseProcess) -> int | None:
    """How a process ended; None where it has not."""
    running.join(DEADLINE_SECONDS)
    return running.exitcode


@contextmanager
def wanted(crms: Crms, name: str, connection: str | None = None) -> Iterator[tuple[Database, str]]:
    """Ask for a job as the clock does."""
    database = open_database(store_of(crms))
    arguments = versioned({"connection": connection} if connection else {})
    ask(database, key_of(name, arguments), name, arguments, 0)
    yield database, key_of(name, arguments)
    database.close()


def job_of(database: Database, key: str) -> Job:
    found = find(database, key)
    assert found is not None
    return found


def test_f75_what_a_dead_worker_held_is_free_within_a_minute() -> None:
    """How long each part takes at most; the test below sees that they do it."""
    assert (
        procrastinate._DEAD_SECONDS
        + procrastinate._RESCUE_SECONDS
        + procrastinate._POLL_SECONDS
        + BEAT_SECONDS
        < 60
    )
    assert 2 * procrastinate._HEARTBEAT_SECONDS < procrastinate._DEAD_SECONDS
    assert STOP_SECONDS < 20


@pytest.mark.parametrize("late", [4])
def test_f75_a_worker_killed_in_a_sync_is_replaced_and_the_end_is_the_same(
    crms: Crms, undisturbed: Undisturbed, late: int
) -> None:
    """It dies in one of the last requests, which are writes; the one before has done its work and lost its answer."""
    number, before = undisturbed.requests - late, arrived(crms)
    crms.hubspot.faults.add({"path": "", "skip": number, "times": 1, "drop": "after"})
    crms.hubspot.faults.add({"path": "", "skip": number + 1, "times": 1, "hang": True})
    with wanted(crms, "sync") as (database, key):
        with process(crms) as first:
            assert crms.hubspot.journal.wait_for_arrival(before + number + 2, DEADLINE_SECONDS)
            assert job_of(database, key).started_at is not None
            first.kill()
        crms.hubspot.faults.clear()
        with process(crms):
            until(lambda: job_of(database, key).done_at is not None)
        job = job_of(database, key)
        assert (job.attempts, job.started_at, job.dead_at) == (0, None, None)
    assert end_state(crms) == undisturbed.state


def test_f83_a_service_that_is_stopped_ends_its_page_and_the_next_one_goes_on(
    crms: Crms, undisturbed: Undisturbed
) -> None:
    crms.hubspot.faults.add({"path": "", "delay_seconds": 0.3})
    with wanted(crms, "sync") as (database, key):
        stops = 0
        for number in (4, 8, undisturbed.requests // 2):
            before = arrived(crms)
            with process(crms) as running:
                assert crms.hubspot.journal.wait_for_arrival(before + number, DEADLINE_SECONDS)
                running.terminate()
                assert ended(running) == 0  # 1 would say that it was not in time
            job = job_of(database, key)
            # Nobody holds it, no attempt was counted, and unless it was done already it is wanted.
            assert (job.started_at, job.attempts, job.dead_at) == (None, 0, None)
            stops += job.done_at is None
            assert (job.wanted_at is None) == (job.done_at is not None)
            assert {run.state for run in list_runs(database)} <= {"interrupted", "done", "failed"}
        assert stops > 0
        crms.hubspot.faults.clear()
        with process(crms):
            until(lambda: job_of(database, key).done_at is not None)
    assert end_state(crms) == undisturbed.state


def test_f83_a_service_stops_where_the_signal_comes_to_a_thread_that_works(crms: Crms) -> None:
    with wanted(crms, "stop", "hubspot") as (database, key), process(crms) as running:
        assert ended(running) == 0
        assert job_of(database, key).done_at is not None


# ------------------------------------------------------------ F76: two of them


def test_f76_a_second_service_on_one_sqlite_file_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shortlist.sqlite"
    with serving(url):
        with pytest.raises(ConfigError, match=rf"process {os.getpid()}\) runs on"), serving(url):
            pass
        # A command may work between the tasks of the service, and the other way round.
        with exclusive(url), pytest.raises(Busy), work_locks(url).hold([1], 0.0):
            pass
        with (
            work_locks(url).hold([1], 0.0),
            pytest.raises(ConfigError, match="is working on"),
            exclusive(url),
        ):
            pass
    with serving(url):
        pass


def test_f76_two_clocks_and_two_workers_do_each_slot_once(store_url: str) -> None:
    """Two clocks over one database; on PostgreSQL two couriers as well. Each slot of two days is taken once."""
    log: list[str] = []
    tasks = {"note": task(noting(log, "note"))}
    with staged(store_url, tasks) as one, staged(store_url, tasks) as other:
        since = one.millis()
        schedule = Schedule(
            "often", "note", versioned({}), "0 */6 * * *", "UTC", is_paused=False, since=since
        )
        save_schedule(one.service.database, schedule)
        for _ in range(16):
            for stage in (one, other):
                stage.now[0] += 3 * 3600.0
            clocks = [threading.Thread(target=take, args=(stage,)) for stage in (one, other)]
            for clock in clocks:
                clock.start()
            for clock in clocks:
                clock.join()
        assert count(one.service.database, "SELECT count(*) FROM fire") == 8
        sent = [one, other] if store_url.startswith("postgresql") else [one]
        for stage in sent:
            stage.service.courier.start(stage.service.runner.run, 1)
        one.service.courier.send("note")
        until(lambda: one.job("note").done_at is not None)
        assert log == ["note:all"]  # eight slots waited for nobody and became one job


def take(stage: Stage) -> None:
    take_slots(stage.service.runner, stage.service.courier.send, from_millis(stage.millis()))


def test_f76_two_workers_never_work_on_one_connection_at_once(store_url: str) -> None:
    busy: Counter[str] = Counter()
    log: list[str] = []

    def work(_engine: Engine, arguments: Arguments) -> object:
        name = str(arguments.get("connection", "all"))
        busy[name] += 1
        overlapping = [other for other in busy if busy[other] and (other == name or "all" in (other, name))]
        log.append("collision" if sum(busy[other] for other in overlapping) > 1 else name)
        rest.wait(0.02)
        busy[name] -= 1
        return None

    rest = threading.Event()
    tasks = {"one": task(work, of_connection=True), "all": task(work)}
    with staged(store_url, tasks) as stage:
        stage.service.courier.start(stage.service.runner.run, 4)
        for _ in range(6):
            keys = [stage.ask("one", "crm1"), stage.ask("one", "crm2"), stage.ask("all")]
            until(partial(none_waits, stage, keys))
        until(lambda: all(stage.job(key).started_at is None for key in keys))
        assert "collision" not in log
        assert Counter(log) == {"crm1": 6, "crm2": 6, "all": 6}


def none_waits(stage: Stage, keys: list[str]) -> bool:
    return all(stage.job(key).wanted_at is None for key in keys)


# ------------------------------------------------------------ F77: PostgreSQL goes away


@pytest.fixture(scope="module")
def fragile() -> Iterator[Server]:
    """A server that tests may stop."""
    with serve() as server:
        yield server


def test_f77_an_immediate_stop_of_the_server_loses_no_job(fragile: Server) -> None:
    url = fragile.new()
    log: list[str] = []
    held, goes_on = threading.Event(), threading.Event()

    def work(engine: Engine, _arguments: Arguments) -> object:
        log.append("begun")
        held.set()
        goes_on.wait(DEADLINE_SECONDS)
        engine.progress.advance("page", 1)  # where it finds out that its lock is gone
        log.append("ended")
        return None

    with staged(url, {"work": task(work), "note": task(noting(log, "note"), of_connection=True)}) as stage:
        stage.service.start(workers=2)
        stage.ask("work")
        assert held.wait(DEADLINE_SECONDS)
        fragile.stop_at_once()
        assert list(Health(stage.service.database).troubles()) == ["Database: it is away or busy."]
        goes_on.set()
        fragile.start_again()
        stage.now[0] += 3600  # a pause before the next attempt is over
        until(lambda: stage.job("work").done_at is not None)
        assert log.count("ended") == 1
        assert 2 <= log.count("begun") <= 3
        stage.ask("note", "crm1")
        until(lambda: "note:crm1" in log)
        until(lambda: not list(Health(stage.service.database, stage.service.courier).troubles()))


def test_f77_a_server_that_hangs_is_told_and_work_goes_on_when_it_wakes(fragile: Server) -> None:
    url = fragile.new()
    log: list[str] = []
    with staged(url, {"note": task(noting(log, "note"))}) as stage:
        stage.service.start(workers=1)
        client = ready_client(stage)
        assert client.get("/readyz").status_code == 200
        with fragile.hanging():
            answer = client.get("/readyz")
            assert answer.status_code == 503
            assert answer.json["troubles"] == ["Database: it does not answer."]
            assert client.get("/healthz").status_code == 200
        until(lambda: client.get("/readyz").status_code == 200)
        stage.ask("note")
        until(lambda: log == ["note:all"])


def ready_client(stage: Stage) -> Any:
    app: Flask = web_app(stage.service.database, None, system_clock)
    app.register_blueprint(
        health_blueprint(Health(stage.service.database, stage.service.courier, stage.service.timer))
    )
    return app.test_client()


# ------------------------------------------------------------ F78, F79: SQLite is locked, or full


def test_f78_a_locked_file_delays_work_and_loses_none(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shortlist.sqlite"
    log: list[str] = []
    with staged(url, {"note": task(noting(log, "note"))}) as stage:
        client, database = ready_client(stage), stage.service.database
        stage.ask("note")
        beside = open_database(url)
        with beside.write():
            # Longer than busy_timeout: everything that writes is refused for now, in words of its own.
            stage.service.start(workers=1)
            with pytest.raises(TransientError, match="away or busy"), database.write():
                pass
            assert client.get("/readyz").status_code == 200
            assert log == []
        until(lambda: log == ["note:all"])
        beside.close()


def test_f79_a_full_disk_stops_writing_to_crms_and_ends_by_itself(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shortlist.sqlite"
    tasks = {
        "sync": task(lambda engine, _: run_sync(engine)),
        "pull": task(lambda engine, _: run_pull(engine)),
    }
    with staged(url, tasks) as stage:
        stage.world.install()
        for crm in stage.world.crms:
            crm.put(account("a1", "acme.com", fields=GOOD_FIT), contact("c1", "jo@acme.com", account_id="a1"))
        stage.service.courier.start(stage.service.runner.run, 1)
        until(lambda: stage.job(stage.ask("pull")).done_at is not None)
        before = [crm.writes_made() for crm in stage.world.crms]
        stage.ask("sync")
        with full(stage.service.database):
            stage.service.timer.beat()
            answer = ready_client(stage).get("/readyz")
            assert answer.status_code == 503
            assert "no room" in answer.json["troubles"][0]
            pause(stage)
            begun = sum(crm.writes_made() for crm in stage.world.crms) - sum(before)
            assert begun <= count(stage.service.database, "SELECT count(*) FROM change")
            assert stage.job("sync").done_at is None
        stage.now[0] += 3600
        stage.service.timer.beat()
        assert ready_client(stage).get("/readyz").status_code == 200
        until(lambda: stage.job("sync").done_at is not None)
        assert all(crm.writes_made() > was for crm, was in zip(stage.world.crms, before, strict=True))


@contextmanager
def full(database: Database) -> Iterator[None]:
    """No page more than there are, and what is free of them is filled, until the end."""
    with database.write() as writer:
        writer.exec_driver_sql("CREATE TABLE filling (text TEXT)")

    @event.listens_for(database.engine, "connect")
    def cap(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    database.engine.dispose()
    with suppress(StorageFull):
        while True:
            with database.write() as writer:
                writer.exec_driver_sql("INSERT INTO filling VALUES (?)", ("x" * 3900,))
    try:
        yield
    finally:
        event.remove(database.engine, "connect", cap)
        database.engine.dispose()
        with database.write() as writer:
            writer.exec_driver_sql("DROP TABLE filling")


def pause(stage: Stage) -> None:
    """Time in which the worker would do what it may not do."""
    for _ in range(3):
        stage.service.courier.send("sync")
        until(lambda: not stage.service.courier._running and not stage.service.courier._waiting)  # type: ignore[attr-defined]


# ------------------------------------------------------------ F80, F81: clocks


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("face", ["30 2 * * *", "30 1 * * *", "0 0 * * *", "15 3 * * *", "59 23 * * *"])
def test_f80_a_daily_schedule_has_one_run_on_each_local_day(zone: str, face: str) -> None:
    """Two years with each turn of the clock, and a leap day, through a virtual clock that jumps slot to slot."""
    cron, place = parse_cron(face), zone_of(zone)
    (now, end), runs = TWO_YEARS, Counter[date]()
    while (found := next_slot(cron, place, now)) is not None and found < end:
        assert due(cron, place, now, found) == found
        runs[found.astimezone(place).date()] += 1
        now = found
    days = [TWO_YEARS[0].astimezone(place).date() + timedelta(days=n) for n in range(1, 730)]
    assert [runs[day] for day in days] == [1] * len(days)
    assert date(2028, 2, 29) in runs


@pytest.mark.parametrize("zone", ZONES)
def test_f80_an_hourly_schedule_has_one_run_in_each_hour_that_passes(zone: str) -> None:
    found = list(slots(parse_cron("0 * * * *"), zone_of(zone), *TWO_YEARS))
    steps = Counter((after - before) for before, after in pairwise(found))
    # Lord Howe turns its clock by half an hour: the full hour is then half an hour away, twice a year each.
    odd = {timedelta(minutes=30), timedelta(minutes=90)} if "Lord_Howe" in zone else set()
    assert set(steps) <= {timedelta(hours=1)} | odd
    assert len(found) >= 730 * 24 - 4


@pytest.mark.parametrize("number", range(8))
def test_f80_weekdays_have_the_numbers_and_names_of_cron(number: int) -> None:
    names = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for word in (str(number), names[number]):
        found = list(slots(parse_cron(f"0 9 * * {word}"), zone_of("Europe/Berlin"), *TWO_YEARS))
        assert {slot.strftime("%a").lower() for slot in found} == {names[number]}
        assert len(found) in (104, 105)


_FIELDS = st.tuples(
    st.sampled_from(["0", "30", "*/20", "5,50"]),
    st.sampled_from(["*", "*/7", "2", "1-3", "0,23"]),
    st.sampled_from(["*", "1", "29-31"]),
    st.sampled_from(["*", "2", "mar,oct-nov"]),
    st.sampled_from(["*", "0", "5-7", "mon-fri"]),
)


@settings(max_examples=60)
@given(
    fields=_FIELDS,
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2027, 1, 1), datetime(2028, 12, 1)),  # noqa: DTZ001 hypothesis adds none
    days=st.integers(1, 40),
)
def test_f80_next_due_and_all_slots_say_the_same(
    fields: tuple[str, ...], zone: str, start: datetime, days: int
) -> None:
    cron, place, after = parse_cron(" ".join(fields)), zone_of(zone), start.replace(tzinfo=UTC)
    until_ = after + timedelta(days=days)
    found = list(slots(cron, place, after, until_))
    assert found == sorted(set(found))
    assert due(cron, place, after, until_) == (found[-1] if found else None)
    first = next_slot(cron, place, after)
    assert (first if first and first <= until_ else None) == (found[0] if found else None)
    for slot, following in pairwise(found):
        assert next_slot(cron, place, slot) == following


def test_f80_a_service_over_both_turns_of_the_clock_fires_once_a_day(store_url: str) -> None:
    log: list[str] = []
    with staged(store_url, {"note": task(noting(log, "note"))}) as stage:
        database = stage.service.database
        starts = (datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC))
        for number, start in enumerate(starts):
            name = f"daily{number}"
            row = Schedule(
                name,
                "note",
                versioned({}),
                "30 1,2 * * *",
                "America/New_York",
                is_paused=False,
                since=millis(start),
            )
            save_schedule(database, row)
            for step in range(3 * 24 * 2):
                take_slots(stage.service.runner, lambda _: None, start + timedelta(minutes=30 * step))
            # Three days with two faces each; the night that has 01:30 twice and the one without 02:30 included.
            assert count(database, "SELECT count(*) FROM fire WHERE schedule = ?", name) == 6
            save_schedule(database, row._replace(is_paused=True))


def test_f81_a_clock_that_jumps_back_fires_nothing_twice_and_a_sleep_is_made_up_for_once(
    store_url: str,
) -> None:
    with staged(store_url, {"note": task(noting([], "note"))}) as stage:
        database = stage.service.database
        sent: list[str] = []
        row = Schedule(
            "hourly", "note", versioned({}), "0 * * * *", "UTC", is_paused=False, since=stage.millis()
        )
        save_schedule(database, row)

        def at(hours: float) -> int:
            sent.clear()
            take_slots(stage.service.runner, sent.append, AS_OF + timedelta(hours=hours))
            return len(sent)

        assert [at(0.5), at(1.1), at(2.1)] == [0, 1, 1]
        # Back by an hour: the hours that were there are not there again.
        assert [at(1.2), at(1.9), at(2.5), at(3.0)] == [0, 0, 0, 1]
        # Asleep for three days: one run, not 72.
        assert [at(75.5), at(75.6), at(76.0)] == [1, 0, 1]
        # A clock that ran a year ahead for a moment, and was put right: the schedule goes on at once.
        assert [at(24 * 365), at(76.5), at(77.0)] == [1, 0, 1]


# ------------------------------------------------------------ F82, F84: jobs that kill, and jobs of others


def test_f82_a_job_that_always_breaks_is_given_up_and_others_go_on(store_url: str) -> None:
    log: list[str] = []

    def poison(_engine: Engine, _arguments: Arguments) -> object:
        log.append("poison")
        raise ZeroDivisionError("a fault of ours")

    tasks = {
        "poison": task(poison, of_connection=True),
        "note": task(noting(log, "note"), of_connection=True),
    }
    with staged(store_url, tasks) as stage:
        stage.service.courier.start(stage.service.runner.run, 2)
        key = stage.ask("poison", "crm1")
        for number in range(1, MOST_ATTEMPTS + 1):
            until(partial(tried, stage, key, number))
            stage.now[0] += 3600
            sweep(stage.service.runner, stage.service.courier.send, from_millis(stage.millis()))
        job = stage.job(key)
        assert job.dead_at is not None
        assert job.error == "ZeroDivisionError: a fault of ours"
        for connection in ("crm1", "crm2"):
            stage.ask("note", connection)
        stage.ask("poison", "crm1")  # a schedule asks again: it stays where it is
        until(lambda: {"note:crm1", "note:crm2"} <= set(log))
        assert log.count("poison") == MOST_ATTEMPTS
        # A person asks: it is tried again.
        ask(stage.service.database, key, "poison", job.arguments, stage.millis(), by_person=True)
        stage.service.courier.send(key)
        until(lambda: log.count("poison") == MOST_ATTEMPTS + 1)


def tried(stage: Stage, key: str, times: int) -> bool:
    """Whether the last of so many attempts has ended."""
    job = stage.job(key)
    return job.attempts == times and job.started_at is None


def test_f82_a_job_that_kills_its_process_is_given_up_and_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempts are counted before each start, so a process that dies in one has counted it."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with started(tmp_path, accounts=10, load=False) as crms:
        crms.run("install")
        with wanted(crms, "poison", "hubspot") as (database, key):
            for tries in range(1, MOST_ATTEMPTS + 1):
                with process(crms) as running:
                    assert ended(running) == -signal.SIGKILL
                assert job_of(database, key).attempts == tries
            ask(database, "pull", "pull", versioned({}), 0)
            with process(crms):
                until(lambda: job_of(database, key).dead_at is not None)
                until(lambda: job_of(database, "pull").done_at is not None)
            assert "died 5 times" in str(job_of(database, key).error)


def test_f84_jobs_of_the_version_before_are_done_and_those_of_the_next_one_wait(store_url: str) -> None:
    log: list[str] = []
    with staged(store_url, {"note": task(noting(log, "note"), of_connection=True)}) as stage:
        stage.service.courier.start(stage.service.runner.run, 1)
        before = stage.ask("note", "crm1", version=VERSION - 1)
        until(lambda: log == ["note:crm1"])
        after = stage.ask("note", "crm2", version=VERSION + 1)
        unknown = stage.ask("of tomorrow")
        stage.ask("note", "crm1")
        until(lambda: log == ["note:crm1", "note:crm1"])
        assert stage.job(before).done_at is not None
        for key in (after, unknown):
            job = stage.job(key)
            assert (job.attempts, job.done_at, job.error) == (0, None, None)
            assert job.wanted_at is not None


# ------------------------------------------------------------ a stolen lock


def test_a_worker_that_lost_its_lock_stops_at_the_next_page(postgres: Server, postgres_url: str) -> None:
    log: list[str] = []

    def work(engine: Engine, _arguments: Arguments) -> object:
        log.append("begun")
        if len(log) == 1:
            postgres.run(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            )
        engine.progress.advance("page", 1)
        log.append("ended")
        return None

    with staged(postgres_url, {"work": task(work)}) as stage:
        stage.service.courier.start(stage.service.runner.run, 1)
        stage.ask("work")
        until(lambda: stage.job("work").ended_at is not None)
        sweep(stage.service.runner, stage.service.courier.send, from_millis(stage.millis()))
        until(lambda: stage.job("work").done_at is not None)
        assert log == ["begun", "begun", "ended"]
