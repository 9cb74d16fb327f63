"""Scoring in shards on PostgreSQL: with other workers, without, and with parts that must not be used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import psycopg
import pytest

from core.errors import TransientError
from scoring.model import Model
from scoring.packed import pack
from shortlist.service import courier_for
from store.database import Database
from store.shards import Shard, Terms, keep_part, put_shards, take_shard
from sync import shards as sync_shards
from sync.facts import Facts, load_facts
from sync.scored import compute
from sync.shards import CALL, PROGRAM, Sharing, help_score, shared
from tests.faults.service_stage import until
from tests.shards import NAMES, ROWS, bits, fill, kept, shards, workers
from tests.worlds import AS_OF, default_model


@pytest.fixture
def filled(postgres_url: str) -> Iterator[Database]:
    """A store with enough for several shards."""
    database = fill(postgres_url)
    yield database
    database.close()


@dataclass
class Others:
    """Another worker who does nothing by itself; `calls` holds what it was called for."""

    there: int = 1
    calls: list[str] = field(default_factory=list)
    error: TransientError | None = None

    def others(self) -> int:
        """See sync.shards.Others."""
        return self.there

    def send(self, key: str) -> None:
        """See sync.shards.Others."""
        if self.error is not None:
            raise self.error
        self.calls.append(key)


def alone(database: Database) -> Facts:
    return load_facts(database, default_model(), AS_OF)


def test_two_worker_processes_leave_the_rows_that_one_leaves(filled: Database, postgres_url: str) -> None:
    before = kept(filled, None)
    with workers(postgres_url, 2) as (courier, _):
        with shared(filled, default_model(), AS_OF, Sharing(courier, ROWS)) as scorer:
            until(lambda: shards(filled, "part IS NULL") == 0)  # they do everything
            assert shards(filled) == 5
            scores = scorer(alone(filled), default_model(), AS_OF)
        assert kept(filled, Sharing(courier, ROWS)) == before
    assert bits(scores) == bits(compute(filled, default_model(), AS_OF, NAMES).scores)
    assert shards(filled) == 0


def test_without_anybody_there_nothing_is_laid_out(filled: Database) -> None:
    for others, rows in ((Others(there=0), ROWS), (Others(), 1_000_000)):
        with shared(filled, default_model(), AS_OF, Sharing(others, rows)):
            assert (shards(filled), others.calls) == (0, [])


def test_sqlite_has_no_shards(tmp_path: Path) -> None:
    database = fill(f"sqlite:///{tmp_path}/shortlist.sqlite")
    with shared(database, default_model(), AS_OF, Sharing(courier_for(str(database.engine.url)), ROWS)):
        assert shards(database) == 0
    database.close()


def test_whoever_is_called_and_does_not_come_is_not_missed(filled: Database) -> None:
    expected = kept(filled, None)
    for others in (Others(), Others(error=TransientError("away"))):
        assert kept(filled, Sharing(others, ROWS)) == expected
        assert others.calls == ([f"{CALL} {n}" for n in range(1, 5)] if others.error is None else [])
        assert shards(filled) == 0


def test_what_another_worker_took_and_did_not_finish_is_done_again(filled: Database) -> None:
    with shared(filled, default_model(), AS_OF, Sharing(Others(), ROWS)) as scorer:
        for _ in range(3):
            assert take_shard(filled, PROGRAM, default_model().version)
        scores = scorer(alone(filled), default_model(), AS_OF)
    assert bits(scores) == bits(compute(filled, default_model(), AS_OF, NAMES).scores)


def test_another_program_or_model_leaves_shards_alone(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = bits(compute(filled, default_model(), AS_OF, NAMES).scores)
    other: Model = replace(default_model(), version="another")
    with shared(filled, default_model(), AS_OF, Sharing(Others(), ROWS)) as scorer:
        assert help_score(filled, other, Event()) == 0
        with monkeypatch.context() as later:
            later.setattr(sync_shards, "PROGRAM", "shortlist of tomorrow")
            assert help_score(filled, default_model(), Event()) == 0
        assert shards(filled, "is_taken") == 0
        assert bits(scorer(alone(filled), default_model(), AS_OF)) == expected


def test_a_worker_that_is_to_end_takes_no_shard(filled: Database) -> None:
    ending = Event()
    ending.set()
    with shared(filled, default_model(), AS_OF, Sharing(Others(), ROWS)):
        assert help_score(filled, default_model(), ending) == 0
        assert shards(filled, "is_taken") == 0


def test_parts_of_a_store_that_changes_are_not_used(filled: Database) -> None:
    before = bits(compute(filled, default_model(), AS_OF, NAMES).scores)
    with shared(filled, default_model(), AS_OF, Sharing(Others(), ROWS)) as scorer:
        put_back = take_shard(filled, PROGRAM, default_model().version)
        assert help_score(filled, default_model(), Event()) == 4
        with filled.write() as writer:
            writer.exec_driver_sql("UPDATE crm_account SET fields = '{}' WHERE remote_id = 'a1'")
            writer.exec_driver_sql("UPDATE score_shard SET is_taken = FALSE WHERE number = 0")
        assert put_back is not None
        assert help_score(filled, default_model(), Event()) == 0
        assert (shards(filled, "is_taken"), shards(filled, "part IS NULL")) == (5, 1)
        scores = scorer(alone(filled), default_model(), AS_OF)
    assert bits(scores) == bits(compute(filled, default_model(), AS_OF, NAMES).scores)
    assert bits(scores) != before


def test_a_part_that_is_not_what_was_asked_for_is_done_again(filled: Database) -> None:
    whole = compute(filled, default_model(), AS_OF, NAMES).scores
    for part in (b"", b"junk", pack(whole), pack(replace(whole, model_version="another"))):
        with shared(filled, default_model(), AS_OF, Sharing(Others(), ROWS)) as scorer:
            for _ in range(2):
                shard = take_shard(filled, PROGRAM, default_model().version)
                assert shard is not None
                keep_part(filled, shard, part)
            scores = scorer(alone(filled), default_model(), AS_OF)
        assert bits(scores) == bits(whole)


def test_each_shard_is_taken_once_by_whoever_comes(filled: Database, postgres_url: str) -> None:
    # Of all plans the one that looks anew for each row, as the server has chosen it on a table it believes empty.
    with psycopg.connect(postgres_url, autocommit=True) as session:
        for way in ("hashjoin", "mergejoin", "material", "hashagg", "sort", "indexscan", "bitmapscan"):
            session.execute(f"ALTER DATABASE {filled.engine.url.database} SET enable_{way} = off")
    filled.engine.dispose()
    terms = Terms(PROGRAM, "model", 0, "")
    put_shards(filled, [Shard("one", number, 0, 9, terms) for number in range(40)])

    def take(_thread: int) -> list[int]:
        return [shard.number for shard in iter(lambda: take_shard(filled, PROGRAM, "model"), None)]

    with ThreadPoolExecutor(4) as pool:
        taken = [number for numbers in pool.map(take, range(4)) for number in numbers]
    assert sorted(taken) == list(range(40))


def test_what_a_killed_run_left_is_swept_by_the_next_one(filled: Database) -> None:
    terms = Terms(PROGRAM, default_model().version, 0, "")
    put_shards(filled, [Shard("of a killed run", number, 0, 1000, terms) for number in range(3)])
    with shared(filled, default_model(), AS_OF, Sharing(Others(), ROWS)):
        assert shards(filled, "scoring = 'of a killed run'") == 0
        assert shards(filled) == 5
    assert shards(filled) == 0


def test_a_run_that_fails_leaves_no_shards(filled: Database) -> None:
    def fail() -> None:
        with shared(filled, default_model(), AS_OF, Sharing(Others(), ROWS)):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert shards(filled) == 0


def test_a_run_whose_shards_another_one_swept_does_all_by_itself(filled: Database) -> None:
    with shared(filled, default_model(), AS_OF, Sharing(Others(), ROWS)) as scorer:
        put_shards(filled, [Shard("another run", 0, 0, 9, Terms("another", "", 0, ""))])
        scores = scorer(alone(filled), default_model(), AS_OF)
        assert shards(filled) == 1
    assert bits(scores) == bits(compute(filled, default_model(), AS_OF, NAMES).scores)
