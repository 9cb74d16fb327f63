"""How long a first load of both CRMs takes one, two and four worker processes on one PostgreSQL."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from bench import sync_world
from bench.areas import Options
from bench.measure import Watch, in_child
from bench.rows import Row, figure
from bench.servers import emulator
from bench.service_stage import engine_of, write_config
from shortlist.couriers.courier import Courier
from shortlist.service import courier_for
from store.database import Database
from store.jobs import Arguments, find
from store.runs import READ, list_runs
from store.schedules import ask
from sync.install import install
from sync.tasks import CONNECTION, key_of, versioned
from sync.wanted import lists_of
from tests.postgres import serve

AREA = "service"
_ACCOUNTS = 20_000
"""In each CRM, with a person and a meeting each."""
_WORKERS = (1, 2, 4)
_READS = tuple(versioned({CONNECTION: name}) for name in ("salesforce", "hubspot"))
_LOOK_SECONDS = 0.05


def throughput(options: Options) -> Iterator[Row]:
    """Records a second, the emulators' and the server's work on the same cores included."""
    size = options.size(_ACCOUNTS)
    with (
        emulator("salesforce", sync_world.salesforce, size) as salesforce,
        emulator("hubspot", sync_world.hubspot, size) as hubspot,
        serve() as server,
    ):
        for count in _WORKERS:
            with TemporaryDirectory() as folder:
                config = write_config(Path(folder), hubspot, salesforce, server.new())
                in_child(_install, config)
                read, seconds = in_child(_load, config, count).value
            name = f"first read of both CRMs on PostgreSQL, {count} worker process{'es' * (count > 1)}"
            yield figure(AREA, name, read / seconds, "records a second")


def _install(_watch: Watch, config: Path) -> None:
    with engine_of(config) as engine:
        for connected in engine.connections:
            install(engine.database, connected, lists_of(engine.model))


def _load(_watch: Watch, config: Path, count: int) -> tuple[int, float]:
    """Records read, and the seconds from asking to the last job's end; the processes are up before."""
    with engine_of(config) as engine, _working(config, count):
        courier = courier_for(engine.config.store.url)
        _do(engine.database, courier, [("score", versioned({}))])  # now one of them is surely at work
        began = time.perf_counter()
        _do(engine.database, courier, [("read", arguments) for arguments in _READS])
        seconds = time.perf_counter() - began
        courier.stop(0.0)
        read = (run.counts["read"] for run in list_runs(engine.database) if run.command.startswith(READ))
        return sum(read), seconds


@contextmanager
def _working(config: Path, count: int) -> Iterator[None]:
    words = [sys.executable, "-m", "shortlist", "worker", "--workers", "1", "--json", "--config", str(config)]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
            for _ in range(count)
        ]
        for process in processes:
            stack.callback(process.terminate)
            assert process.stdout is not None  # noqa: S101 opened with a pipe
            process.stdout.readline()  # it says what it is when it is up
        yield


def _do(database: Database, courier: Courier, jobs: Sequence[tuple[str, Arguments]]) -> None:
    """Ask for jobs as the clock does, and wait until they are done."""
    for task, arguments in jobs:
        ask(database, key_of(task, arguments), task, arguments, 0)
        courier.send(key_of(task, arguments))
    pause = Event()
    while not all(_is_done(database, key_of(task, arguments)) for task, arguments in jobs):
        pause.wait(_LOOK_SECONDS)


def _is_done(database: Database, key: str) -> bool:
    job = find(database, key)
    return job is not None and job.done_at is not None
