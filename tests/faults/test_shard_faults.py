"""Workers that die, or stand still, in the middle of a shard: the run whose shard it was goes on by itself."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import text

from shortlist.couriers.courier import Courier
from store.database import Database
from sync.facts import load_facts
from sync.scored import compute
from sync.shards import Sharing, shared
from tests.faults.service_stage import until
from tests.shards import NAMES, ROWS, bits, fill, kept, shards, workers
from tests.worlds import AS_OF, default_model


@dataclass
class Held:
    """A courier whose keys come to workers that get no further than into the middle of a shard."""

    courier: Courier
    hold: Callable[[], None]

    def others(self) -> int:
        """See sync.shards.Others."""
        return self.courier.others()

    def send(self, key: str) -> None:
        """See sync.shards.Others."""
        self.hold()
        self.courier.send(key)


@contextmanager
def holding(database: Database) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """To lock a table that every shard reads, and to free it."""
    with database.engine.connect() as session:

        def hold() -> None:
            session.execute(text("LOCK TABLE activity_type IN ACCESS EXCLUSIVE MODE"))

        yield hold, session.rollback


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def suspend(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)


@pytest.mark.parametrize("stop", [kill, suspend])
def test_a_worker_killed_or_stopped_in_the_middle_of_a_shard_changes_nothing(
    postgres_url: str, stop: Callable[[BaseProcess], None]
) -> None:
    database = fill(postgres_url)
    expected = compute(database, default_model(), AS_OF, NAMES).scores
    with workers(postgres_url, 1) as (courier, [worker]), holding(database) as (hold, free):
        with shared(database, default_model(), AS_OF, Sharing(Held(courier, hold), ROWS)) as scorer:
            until(lambda: shards(database, "is_taken") == 1)
            stop(worker)
            free()
            scores = scorer(load_facts(database, default_model(), AS_OF), default_model(), AS_OF)
            assert shards(database, "part IS NOT NULL") == 0
        assert shards(database) == 0
    assert bits(scores) == bits(expected)
    database.close()


def test_what_comes_after_a_dead_worker_is_shared_with_the_living(postgres_url: str) -> None:
    database = fill(postgres_url)
    expected = kept(database, None)
    with workers(postgres_url, 2) as (courier, [worker, _]):
        kill(worker)
        # Who is dead counts for a while, and nobody waits for it.
        with shared(database, default_model(), AS_OF, Sharing(courier, ROWS)):
            until(lambda: shards(database, "part IS NULL") == 0)
        assert kept(database, Sharing(courier, ROWS)) == expected
    database.close()
