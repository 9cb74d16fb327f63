"""A process that is killed at a named point: before or behind a commit, before or behind a call of a CRM.

Nothing in the product knows of it: a child process wraps the two doors that everything goes through, the write
transaction and the transport, and kills itself with SIGKILL where it was told to. Children are forked from a
server process that has imported everything, so one costs what its command costs.
"""

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from connectors.transport import Request, Response, Timing, Transport
from core.clock import parse_instant
from core.errors import ShortlistError
from scoring.model import DEFAULT_MODEL, load_model
from shortlist import wiring
from shortlist.wiring import open_app
from store.database import Database
from sync.engine import Engine
from sync.install import install
from sync.progress import Quiet
from sync.rollback_run import roll_back
from sync.runs import run_sync
from sync.uninstall import uninstall
from sync.wanted import lists_of
from tests.e2e.crms import AS_OF, SECRETS
from tests.forks import FORKS

NOW = parse_instant(AS_OF)
_SECONDS = 120
_FAILED = 3
"""How a child ends whose command failed as commands may."""
_TOLD = ("stream", "list_key", "connection_id")
"""Arguments of whoever writes that make two commits of one function different points."""


class Point(NamedTuple):
    """Where to die: the name of a point, and how often it has been reached by then."""

    name: str
    times: int


@dataclass
class Watch:
    """Counts how often each point is reached, and kills the process at one of them."""

    kill_at: Point | None = None
    reached: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reach(self, name: str) -> None:
        with self._lock:
            self.reached[name] += 1
            if Point(name, self.reached[name]) == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def guard(self) -> None:
        """Wrap the two doors, for the rest of this process."""
        call, write = Transport.call, Database.write

        def called(transport: Transport, request: Request) -> Response:
            name = f"{_crm(transport)}: {request.operation}"
            self.reach(f"{name}, not sent")
            answer = call(transport, request)
            self.reach(f"{name}, answered")
            return answer

        @contextmanager
        def written(database: Database, **how: Any) -> Iterator[Connection]:
            name = _writer(sys._getframe())
            with write(database, **how) as connection:
                yield connection
                self.reach(f"{name}, not committed")
            self.reach(f"{name}, committed")

        Transport.call = called  # type: ignore[method-assign,assignment]
        Database.write = written  # type: ignore[assignment,method-assign]


def _crm(transport: Transport) -> str:
    """The CRM, by the package of what reads its answers (HubSpot's is a partial function)."""
    return str(getattr(transport.classify, "func", transport.classify).__module__.split(".")[1])


def _writer(frame: FrameType) -> str:
    """The function that opened the transaction, with what tells its commits apart."""
    caller = frame.f_back
    while caller is not None and caller.f_code.co_filename.endswith("contextlib.py"):
        caller = caller.f_back
    assert caller is not None
    told = [str(caller.f_locals[name]) for name in _TOLD if name in caller.f_locals]
    return " ".join([f"{caller.f_globals['__name__']}.{caller.f_code.co_name}", *told])


def _no_waiting() -> Timing:
    return Timing(sleep=lambda _seconds: None)


@contextmanager
def engine_at(config: Path, now: datetime = NOW) -> Iterator[Engine]:
    """An engine whose clock stands still, and that waits for no deployment."""
    wiring.Timing = _no_waiting  # type: ignore[attr-defined,assignment]
    text = DEFAULT_MODEL.read_text(encoding="utf-8")
    with open_app(config) as app:
        yield Engine(
            app.database, app.connections, app.config, load_model(DEFAULT_MODEL), text, Quiet(), lambda: now
        )


def _install(engine: Engine) -> None:
    for connected in engine.connections:
        install(engine.database, connected, lists_of(engine.model))


def _uninstall(engine: Engine) -> None:
    for connected in engine.connections:
        uninstall(engine.database, connected)


def _roll_back(engine: Engine) -> None:
    """Undo the second run: tests sync, edit, and sync again."""
    roll_back(engine, 2)


COMMANDS: Mapping[str, Callable[[Engine], Any]] = {
    "install": _install,
    "uninstall": _uninstall,
    "sync": run_sync,
    "rollback": _roll_back,
}


def run(config: Path, command: str, now: datetime = NOW) -> None:
    """Do the command in this process, undisturbed."""
    with engine_at(config, now) as engine:
        COMMANDS[command](engine)


def watched(config: Path, command: str) -> dict[str, int]:
    """Do the command in a child; how often it reached each point."""
    found = config.with_name("reached.json")
    process = _started(config, command, NOW, None, found)
    assert process.exitcode == 0, f"{command} ended with {process.exitcode}"
    return dict(orjson.loads(found.read_bytes()))


def killed(config: Path, command: str, point: Point, now: datetime = NOW) -> bool:
    """Do the command in a child that dies at the point; whether it did, or ended or failed before."""
    code = _started(config, command, now, point, None).exitcode
    assert code in (0, _FAILED, -signal.SIGKILL), f"{command} ended with {code}"
    return code == -signal.SIGKILL


def _started(
    config: Path, command: str, now: datetime, point: Point | None, found: Path | None
) -> BaseProcess:
    process = FORKS.Process(target=_child, args=(config, command, now, point, found))
    process.start()
    process.join(_SECONDS)
    return process


def _child(config: Path, command: str, now: datetime, point: Point | None, found: Path | None) -> None:
    os.environ.update(SECRETS)  # those of the test, not of when the server was started
    watch = Watch(point)
    watch.guard()
    try:
        run(config, command, now)
    except ShortlistError:
        sys.exit(_FAILED)
    if found is not None:
        found.write_bytes(orjson.dumps(watch.reached))
