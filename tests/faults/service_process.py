"""The service as a process of its own, for tests that kill it. It syncs as of a fixed instant."""

import os
import signal
import threading
from pathlib import Path

from scoring.ranges import ROWS
from shortlist.logs import start_logging
from shortlist.service import service
from shortlist.session import FAILED
from shortlist.wiring import open_app
from store.jobs import Arguments
from store.lock import serving
from sync.engine import Engine
from sync.runs import run_sync
from sync.tasks import TASKS, Task, Tasks
from tests.faults.engine import NOW


def _die(_engine: Engine, _arguments: Arguments) -> object:
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def _stop(_engine: Engine, _arguments: Arguments) -> object:
    """The signal of whoever stops the service, as it may arrive: at a thread that is busy, not at the main one."""
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    return None


def tasks() -> Tasks:
    """The service's own tasks, one that kills its process, and one that asks it to stop."""
    return {
        **TASKS,
        "sync": Task("sync as of a fixed instant", lambda engine, _: run_sync(engine, NOW)),
        "poison": Task("kill the process", _die, of_connection=True),
        "stop": Task("ask the process to stop", _stop, of_connection=True),
    }


def work(config: Path, workers: int, shard_rows: int = ROWS) -> None:
    """Work until SIGTERM, as `shortlist serve --no-web` does."""
    start_logging()
    with (
        open_app(config) as app,
        serving(app.config.store.url),
        service(app, takes_slots=False, tasks=tasks(), shard_rows=shard_rows) as parts,
    ):
        signal.signal(signal.SIGTERM, lambda *_: parts.interrupt())
        parts.start(workers=workers)
        parts.wait()
        if not parts.stop():
            os._exit(FAILED)
