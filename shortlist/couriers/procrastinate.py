"""The courier of many machines: Procrastinate, an existing task engine on PostgreSQL.

Its `lock` keeps the order of a connection's jobs, its `queueing_lock` lets equal ones wait once. Its tables lie in a
schema of their own that is named after its version: nothing in them is worth a migration.
"""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from psycopg_pool import PoolTimeout

from core.errors import TransientError
from shortlist.couriers.courier import Do, scope_of

_LOG = logging.getLogger("shortlist.couriers")
_TASK = "job"
_HEARTBEAT_SECONDS = 5.0
_DEAD_SECONDS = 20.0
"""A worker that was not heard of for so long is dead, and what it held is free."""
_RESCUE_SECONDS = 5.0
_POLL_SECONDS = 2.0
_AGAIN_SECONDS = 2.0
_CONNECT_SECONDS = 5.0
_SCHEMA_LOCK = 7_466_837
_LIVING = """
SELECT count(*) AS living FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %(seconds)s)
"""
"""Workers, of which each process has one."""


def schema_name() -> str:
    """Where its tables are."""
    return "courier_" + version("procrastinate").replace(".", "_")


@dataclass
class Procrastinate:
    """See Courier. `conninfo` is the address of the database (store.database.server_address)."""

    conninfo: str
    _sender: App = field(init=False)
    _thread: threading.Thread | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _work: asyncio.Task[None] | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _trouble: str | None = None
    _is_open: bool = False
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._sender = App(connector=SyncPsycopgConnector(**self._pool(), min_size=1, max_size=4))

    def send(self, key: str) -> None:
        """See Courier."""
        with _passing_errors():
            self._open()
            lock = scope_of(key) or "all"
            with suppress(AlreadyEnqueued):
                self._sender.configure_task(_TASK, lock=lock, queueing_lock=key).defer(key=key)

    def start(self, do: Do, workers: int) -> None:
        """See Courier."""
        with _passing_errors():
            self._open()
        self._thread = threading.Thread(target=self._run, args=(do, workers), name="courier", daemon=True)
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """See Courier."""
        self._stopping.set()
        if self._loop is not None and self._work is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._work.cancel)
        if self._thread is not None:
            self._thread.join(seconds)
        with self._guard:
            if self._is_open:
                self._sender.close()
            self._is_open = False
        return self._thread is None or not self._thread.is_alive()

    def others(self) -> int:
        """See Courier."""
        with _passing_errors():
            self._open()
            found = self._sender.connector.get_sync_connector().execute_query_one(
                _LIVING, seconds=_DEAD_SECONDS
            )
        return max(0, int(found["living"]) - (self._work is not None))

    def trouble(self) -> str | None:
        """See Courier."""
        return self._trouble

    def _open(self) -> None:
        """Connect, and make the tables where there are none."""
        with self._guard:
            if self._is_open:
                return
            pool: Any = self._sender.connector
            pool.open()
            with pool.pool.connection() as session:
                session.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
                # "already exists, skipping" is no news.
                session.execute("SET LOCAL client_min_messages = warning")
                session.execute(f"CREATE SCHEMA IF NOT EXISTS {schema_name()}")
                if session.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()[0] is None:
                    session.execute(self._sender.schema_manager.get_schema())
            self._is_open = True

    def _pool(self) -> dict[str, Any]:
        options = f"-c search_path={schema_name()} -c statement_timeout=60s"
        keywords = {
            "options": options,
            "application_name": "shortlist-courier",
            "connect_timeout": round(_CONNECT_SECONDS),
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        }
        return {"conninfo": self.conninfo, "kwargs": keywords, "timeout": _CONNECT_SECONDS}

    def _run(self, do: Do, workers: int) -> None:
        """Work until told to stop; where the server goes away, begin again."""
        while not self._stopping.is_set():
            try:
                asyncio.run(self._serve(do, workers))
            except (ConnectorException, PoolTimeout, asyncio.CancelledError) as error:
                if self._stopping.is_set():
                    return
                self._trouble = "the workers have lost the database, and look for it again"
                _LOG.warning("courier begins again", extra={"error": repr(error.__cause__ or error)})
            self._stopping.wait(_AGAIN_SECONDS)

    async def _serve(self, do: Do, workers: int) -> None:
        self._loop, self._work = asyncio.get_running_loop(), asyncio.current_task()
        app = App(connector=PsycopgConnector(**self._pool(), min_size=1, max_size=workers + 3))

        @app.task(name=_TASK)
        def job(key: str) -> None:
            do(key)

        threads = ThreadPoolExecutor(workers + 1, thread_name_prefix="worker")
        self._loop.set_default_executor(threads)
        async with app.open_async(), _rescuing(app):
            self._trouble = None
            await app.run_worker_async(
                concurrency=workers,
                install_signal_handlers=False,
                delete_jobs="always",
                fetch_job_polling_interval=_POLL_SECONDS,
                update_heartbeat_interval=_HEARTBEAT_SECONDS,
                stalled_worker_timeout=_DEAD_SECONDS,
            )


@asynccontextmanager
async def _rescuing(app: App) -> AsyncIterator[None]:
    """While working, let go of what dead workers hold; the sweep sends it again."""
    task = asyncio.create_task(_rescue_for_ever(app), name="rescue")
    try:
        yield
    finally:
        task.cancel()


async def _rescue_for_ever(app: App) -> None:
    while True:
        with suppress(ConnectorException):
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_SECONDS):
                if job.id is not None:
                    await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
        await asyncio.sleep(_RESCUE_SECONDS)


@contextmanager
def _passing_errors() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, PoolTimeout) as error:
        raise TransientError(f"The courier cannot reach the database: {error.__cause__ or error}") from error
