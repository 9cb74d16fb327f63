"""Scoring by all workers: the accounts lie in the store as shards, and whoever comes first scores one.

Whoever's run it is works through them like the others, and does again what others have begun and not finished: nobody
waits for anybody, and a worker that dies costs nobody anything. All come to the same numbers, bit for bit.
"""

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from itertools import pairwise
from threading import Event
from typing import Protocol
from uuid import uuid4

import numpy as np

from core.clock import from_millis, millis
from core.errors import TransientError
from scoring.kernel import Scores
from scoring.model import Model
from scoring.packed import pack, unpack
from scoring.ranges import ROWS, THREADS, cuts, score_in_ranges, together
from store.database import Database
from store.facts import activity_counts, last_account
from store.settled import generation
from store.shards import Shard, Terms, drop_shards, keep_part, parts_done, put_shards, take_shard
from sync.facts import Facts, read_facts, refresh

_LOG = logging.getLogger("shortlist.shards")
CALL = "score_shard"
"""How the keys begin that call other workers to score shards. No row of a job stands behind them."""
PROGRAM = f"shortlist {version('shortlist')}, numpy {np.__version__}"
"""Whoever runs something else may come to other bits, and leaves shards alone."""
_MOST_CALLS = 16

Scorer = Callable[[Facts, Model, datetime], Scores]


class Others(Protocol):
    """The other workers on the same store, behind a courier."""

    def others(self) -> int:
        """How many other processes take keys now."""

    def send(self, key: str) -> None:
        """Have a key taken soon. Raises TransientError where it cannot be sent now."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """With whom scoring is shared, by shards of about `rows` activities; below two of them nobody is called."""

    others: Others
    rows: int = ROWS


@contextmanager
def shared(database: Database, model: Model, as_of: datetime, sharing: Sharing | None) -> Iterator[Scorer]:
    """What scores all accounts at `as_of`: with other workers where there are any, and enough to do.

    They begin at once, so read the facts in here.
    """
    refresh(database)
    spans = _spans(database, sharing)
    if sharing is None or len(spans) <= 1:
        yield score_in_ranges
        return
    terms = Terms(PROGRAM, model.version, millis(as_of), generation(database))
    scoring = uuid4().hex
    shards = {number: Shard(scoring, number, *span, terms) for number, span in enumerate(spans)}
    put_shards(database, [*shards.values()])
    try:
        with suppress(TransientError):  # who is not called is not needed
            for number in range(1, min(len(shards), _MOST_CALLS + 1)):
                sharing.others.send(f"{CALL} {number}")
        yield _Shared(database, scoring, shards).score
    finally:
        with suppress(TransientError):  # the next scoring takes them away
            drop_shards(database, scoring)


def _spans(database: Database, sharing: Sharing | None) -> list[tuple[int, int]]:
    """Spans (first, before last) of account numbers that hold all accounts; none where nobody else is there."""
    with suppress(TransientError):
        if sharing is not None and sharing.others.others():
            end = last_account(database) + 1
            edges = (min(after, end) for after in cuts(activity_counts(database), sharing.rows))
            return list(pairwise(sorted({0, *edges, end})))
    return []


@dataclass(frozen=True, slots=True)
class _Shared:
    """A scoring whose shards lie in the store; `done` holds what is known of it, by number."""

    database: Database
    scoring: str
    shards: Mapping[int, Shard]
    done: dict[int, Scores] = field(default_factory=dict)

    def score(self, facts: Facts, model: Model, as_of: datetime) -> Scores:
        """See Scorer. What others read is of the store as it was, so facts of a later state are scored alone."""
        if generation(self.database) != self.shards[0].terms.generation:
            _LOG.info("scored alone, because the store has changed")
            return score_in_ranges(facts, model, as_of)

        def take_all(_thread: int) -> None:
            while shard := take_shard(self.database, PROGRAM, model.version, scoring=self.scoring):
                self.done[shard.number] = _scored(facts, shard, model, as_of)

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(take_all, range(THREADS)))
        self._finish(facts, model, as_of)
        return together([self.done[number] for number in sorted(self.shards)])

    def _finish(self, facts: Facts, model: Model, as_of: datetime) -> None:
        """Take what others have done, and do what they have not, beginning with what was begun last."""
        others = 0
        while missing := sorted(self.shards.keys() - self.done.keys()):
            parts = self._parts(missing, facts, model)
            others += len(parts)
            self.done.update(parts or {missing[-1]: _scored(facts, self.shards[missing[-1]], model, as_of)})
        _LOG.info("scored in shards", extra={"shards": len(self.shards), "by_others": others})

    def _parts(self, missing: Sequence[int], facts: Facts, model: Model) -> dict[int, Scores]:
        found = parts_done(self.database, self.scoring, missing)
        parts = {number: _checked(data, facts, self.shards[number], model) for number, data in found.items()}
        return {number: part for number, part in parts.items() if part is not None}


def help_score(database: Database, model: Model, stopping: Event) -> int:
    """Score shards until there are none of this program and model, or `stopping`; how many were scored."""
    done, people, scoring = 0, None, None
    while not stopping.is_set() and (shard := take_shard(database, PROGRAM, model.version, scoring=scoring)):
        as_of, numbers = from_millis(shard.terms.as_of_ms), range(shard.first, shard.before)
        facts = read_facts(database, model, as_of, account_ids=numbers, people=people)
        part = _scored(facts, shard, model, as_of)
        if generation(database) != shard.terms.generation:
            _LOG.info("shard left, because the store has changed")
            break
        keep_part(database, shard, pack(part))
        done, people, scoring = done + 1, facts.people, shard.scoring
    return done


def _scored(facts: Facts, shard: Shard, model: Model, as_of: datetime) -> Scores:
    """The accounts of a shard, among facts that hold at least these."""
    return facts.between(*_places(facts, shard)).scores(model, as_of)


def _checked(data: bytes, facts: Facts, shard: Shard, model: Model) -> Scores | None:
    """What another worker has done; None where it is not what was asked for."""
    try:
        part = unpack(data)
    except ValueError:
        part = None
    first, before = _places(facts, shard)
    keys = tuple(account.key for account in facts.accounts[first:before])
    if part is None or (part.keys, part.model_version) != (keys, model.version):
        _LOG.warning("shard done again, because it is not what was asked for", extra={"shard": shard.number})
        return None
    return part


def _places(facts: Facts, shard: Shard) -> tuple[int, int]:
    """Where the accounts of a shard begin and end."""
    return bisect_left(facts.account_ids, shard.first), bisect_left(facts.account_ids, shard.before)
