"""One limit for many: portions, pauses, a meter that is away, and the meter that processes share."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.pacing import LocalMeter, Pacer
from core.errors import TransientError
from core.meters import Allowed
from store.connections import connection_id
from store.database import Database
from store.meters import StoredMeter
from tests.contract.harness import PatientTiming

LIMIT = Allowed(190, 10.0)
BEGINNING = datetime(2026, 11, 26, tzinfo=UTC)


@dataclass
class Counting:
    """A meter that notes what is asked of it, and is away when it is told to be."""

    patience: PatientTiming
    asked: list[int] = field(default_factory=list)
    is_away: bool = False
    given_back: int = 0

    def __post_init__(self) -> None:
        self.local = LocalMeter(self.patience.timing())

    def take(
        self, bucket: str, calls: int, allowed: Allowed, unused: Sequence[float] = ()
    ) -> Sequence[float]:
        if self.is_away:
            raise TransientError("away")
        self.asked.append(calls)
        self.given_back += len(unused)
        return self.local.take(bucket, calls, allowed, unused)

    def hold(self, bucket: str, seconds: float) -> None:
        if self.is_away:
            raise TransientError("away")
        self.local.hold(bucket, seconds)


def pacer(patience: PatientTiming, meter: Counting | LocalMeter | StoredMeter) -> Pacer:
    return Pacer("default", LIMIT, meter, patience.timing())


def test_a_busy_process_asks_the_meter_seldom() -> None:
    patience = PatientTiming()
    meter = Counting(patience)
    gate = pacer(patience, meter)
    for _ in range(1900):
        gate.wait()
    assert len(meter.asked) < 1900 / 7
    assert max(meter.asked) == 9
    assert patience.now == pytest.approx(90, rel=0.01)


def test_a_process_that_calls_now_and_then_reserves_nothing_it_does_not_use() -> None:
    patience = PatientTiming()
    meter = Counting(patience)
    gate = pacer(patience, meter)
    for _ in range(100):
        gate.wait()
        patience.now += 3
    assert sum(meter.asked) - meter.given_back <= 100 + 1


def test_calls_that_were_reserved_and_not_made_are_there_for_others() -> None:
    patience = PatientTiming()
    meter = LocalMeter(patience.timing())
    meter.take("default", 190, LIMIT)
    patience.now += 1
    assert meter.take("default", 100, LIMIT, [1.0] * 100)[-1] == pytest.approx(0, abs=0.03)
    assert meter.take("default", 1, LIMIT)[0] > 8


def test_two_processes_share_one_limit() -> None:
    patience = PatientTiming()
    meter = LocalMeter(patience.timing())
    one, other = pacer(patience, meter), pacer(patience, meter)
    for _ in range(300):
        one.wait()
        other.wait()
    assert patience.now >= 30


def test_what_one_was_refused_for_holds_back_the_other_too() -> None:
    patience = PatientTiming()
    meter = LocalMeter(patience.timing())
    one, other = pacer(patience, meter), pacer(patience, meter)
    other.wait()
    one.hold(5)
    other.wait()
    assert patience.now >= 5


def test_a_reserved_call_waits_for_a_hold_that_comes_while_it_sleeps() -> None:
    patience = PatientTiming()
    gate = pacer(patience, LocalMeter(patience.timing()))
    for _ in range(190):
        gate.wait()
    slept = gate.timing.sleep

    def refused_meanwhile(seconds: float) -> None:
        slept(seconds)
        if patience.now < 12:
            gate.hold(20)

    gate.timing = type(gate.timing)(gate.timing.monotonic, refused_meanwhile)
    gate.wait()
    assert patience.now >= 30


def test_a_meter_that_is_away_stops_nobody_and_lets_nobody_run_wild() -> None:
    patience = PatientTiming()
    meter = Counting(patience, is_away=True)
    gate = pacer(patience, meter)
    gate.hold(3)
    for _ in range(380):
        gate.wait()
    assert 13 <= patience.now <= 14


def test_a_limit_that_the_crm_changes_counts_from_the_next_portion_on() -> None:
    patience = PatientTiming()
    gate = pacer(patience, LocalMeter(patience.timing()))
    gate.allowed = Allowed(10, 10.0)
    for _ in range(31):
        gate.wait()
    assert patience.now >= 20


def stored(database: Database, patience: PatientTiming, name: str = "hubspot") -> StoredMeter:
    number = connection_id(database, name, "hubspot")
    return StoredMeter(database, number, lambda: BEGINNING + timedelta(seconds=patience.now))


def test_the_stored_meter_counts_for_all_and_each_connection_apart(empty_database: Database) -> None:
    patience = PatientTiming()
    one, other = (pacer(patience, stored(empty_database, patience)) for _ in range(2))
    elsewhere = pacer(patience, stored(empty_database, patience, "second"))
    for _ in range(100):
        one.wait()
        other.wait()
        elsewhere.wait()
    assert 9 <= patience.now <= 11
    stored(empty_database, patience).hold("default", 30)
    before = patience.now
    for _ in range(12):
        one.wait()
    assert patience.now >= before + 29


def test_f81_a_stored_meter_that_is_ahead_of_a_clock_turned_back_starts_anew(
    empty_database: Database,
) -> None:
    patience = PatientTiming(now=3600.0)
    pacer(patience, stored(empty_database, patience)).wait()
    patience.now = 0.0
    gate = pacer(patience, stored(empty_database, patience))
    gate.wait()
    assert patience.now < 1


_PROCESS = """
import json, sys, time
from connectors.pacing import Pacer
from connectors.transport import Timing
from core.clock import system_clock
from core.meters import Allowed
from store.database import open_database
from store.meters import StoredMeter

gate = Pacer("default", Allowed(40, 0.5), StoredMeter(open_database(sys.argv[1]), 1, system_clock), Timing())
print("ready", flush=True)
sys.stdin.readline()
sent = []
for _ in range(80):
    gate.wait()
    sent.append(time.time())
print(json.dumps(sent))
"""


def test_real_processes_together_keep_to_the_limit_of_one(empty_database: Database, store_url: str) -> None:
    connection_id(empty_database, "hubspot", "hubspot")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", _PROCESS, store_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    running = [subprocess.Popen(command, env=environment, text=True, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    for one in running:
        one.stdout.readline()
    sent = sorted(at for one in running for at in json.loads(one.communicate("go\n", timeout=60)[0]))
    # 160 calls at 40 in half a second; each process for itself would need a third of it.
    assert len(sent) == 160
    assert sent[-1] - sent[0] >= 1.2
