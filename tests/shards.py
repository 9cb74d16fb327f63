"""A store with enough accounts for several shards, and workers that score them as processes of their own."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np

from core.clock import millis
from scoring.kernel import Scores
from shortlist.couriers.courier import Courier
from shortlist.service import courier_for
from store.database import Database, open_database
from sync.scored import compute, keep
from sync.shards import Sharing
from tests.e2e.crms import ROOT
from tests.faults.service_stage import staged, until
from tests.forks import Surroundings, start
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, GOOD_FIT, POOR_FIT, World, account, activity, contact, count, default_model

ACCOUNTS = 150
ROWS = 30
"""Activities of a shard: five shards."""
NAMES: Mapping[int, str] = {1: "crm1"}
_KEPT = (
    "SELECT * FROM score ORDER BY day, account_id",
    "SELECT * FROM tier_state ORDER BY account_id",
    "SELECT * FROM last_scored ORDER BY account_id",
)


def fill(url: str) -> Database:
    """The store at an address, with accounts, people and what they did."""
    database, crm = open_database(url), MemoryCrm("org-0", page_size=500)
    for number in range(ACCOUNTS):
        home = f"a{number}"
        fit = GOOD_FIT if number % 3 else POOR_FIT
        crm.put(
            account(home, f"company{number}.com", fields={**fit, "employees": 5.0 * number}),
            contact(f"c{number}", f"jo@company{number}.com", account_id=home, title="VP Marketing"),
            activity(f"meeting:{number}", number % 80 + 0.5, account_id=home, contact_ids=(f"c{number}",)),
        )
    World(database, [crm]).pull()
    return database


def bits(scores: Scores) -> dict[str, Any]:
    """Every column by its type and bytes, and the rest as it is."""
    found = {field.name: getattr(scores, field.name) for field in fields(Scores)}
    return {
        name: (value.dtype.str, value.tobytes()) if isinstance(value, np.ndarray) else value
        for name, value in found.items()
    }


def kept(database: Database, sharing: Sharing | None) -> list[list[Any]]:
    """The rows that a scoring leaves in a store."""
    scored = compute(database, default_model(), AS_OF, NAMES, sharing)
    keep(database, scored, "the model", now_ms=millis(AS_OF))
    with database.read() as reader:
        return [[tuple(row) for row in reader.exec_driver_sql(statement)] for statement in _KEPT]


def shards(database: Database, where: str = "TRUE") -> int:
    """How many shards lie in the store."""
    return count(database, f"SELECT count(*) FROM score_shard WHERE {where}")  # noqa: S608 ours


def work(url: str) -> None:
    """A worker, until it is killed."""
    with staged(url, {}, crms=1) as stage:
        stage.service.courier.start(stage.service.runner.run, 1)
        stage.service.runner.stopping.wait()


@contextmanager
def workers(url: str, number: int) -> Iterator[tuple[Courier, Sequence[BaseProcess]]]:
    """So many processes that work for one store, all there, and a courier to them."""
    processes = [start(work, url, around=Surroundings(ROOT, os.environ.copy())) for _ in range(number)]
    courier = courier_for(url)
    try:
        until(lambda: courier.others() == number)
        yield courier, processes
    finally:
        courier.stop(0.0)
        for process in processes:
            process.kill()
            process.join()
