"""A batch that queries: its rows, cut into results or, before that, into chunks of ids; and rows as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from emulators.salesforce import bulk1_errors as errors
from emulators.salesforce.bulk1_jobs import NOT_PROCESSED, ClassicJob, add_batch
from emulators.salesforce.bulk_errors import JobError
from emulators.salesforce.bulk_query import Plan, find_rows, understand
from emulators.salesforce.bulk_results import write_page
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.ids import long_id
from emulators.salesforce.soql_render import plan_rows
from emulators.salesforce.soql_resolve import Resolver
from emulators.salesforce.soql_syntax import Path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emulators.salesforce.bulk_jobs import Job
    from emulators.salesforce.org import Org
    from emulators.salesforce.soql_syntax import Query
    from emulators.salesforce.store import Record

_RESULT_PREFIX = "752"
_NO_ROWS = b"Records not found for this query"
_BEHIND_ALL_IDS = "~"


@dataclass
class BatchQuery:
    """One query. `bounds` are the ids of its chunk, from the first one up to but without the second."""

    org: Org
    job: ClassicJob
    text: str
    chunk_size: int | None = None
    bounds: tuple[str, str] | None = None
    plan: Plan | None = None
    results: dict[str, list[Record]] = field(default_factory=dict)
    processed: int = 0
    failed: int = 0

    def batches(self) -> int:
        """A query is done at once."""
        return 1

    def do(self, _batch: int) -> None:
        """Find the rows, or make a batch of each chunk. Raises JobError."""
        try:
            plan = understand(self.org, self.job.user_id, self.text)
            self._check(plan)
            if self.chunk_size is not None and _can_be_cut(plan.query):
                self._cut(plan, self.chunk_size)
            rows = self._found(plan)
        except SalesforceError as problem:
            message = f"InvalidBatch : Failed to process query: {problem.code}: {problem.message}"
            raise JobError(message) from problem
        self.plan, self.processed = plan, len(rows)
        # Salesforce cuts at 1 GB.
        size = self.org.org_settings.bulk.result_rows
        starts = range(0, max(len(rows), 1), size)
        self.results = {self.org.bulk.mint(_RESULT_PREFIX): rows[start : start + size] for start in starts}

    def _check(self, plan: Plan) -> None:
        asked, wanted = plan.item.name, self.job.object_name
        if asked != wanted:
            message = (
                f"The root entity of the requested query ({asked}) does not match the entity of the requested"
                f" Bulk API Job ({wanted})."
            )
            raise SalesforceError("INVALID_TYPE_FOR_OPERATION", message)

    def _found(self, plan: Plan) -> list[Record]:
        rows = find_rows(
            self.org,
            self.job.user_id,
            plan,
            with_deleted=self.job.operation == "queryAll",
            scatter=self.org.org_settings.bulk.scatter,
        )
        if self.bounds is None:
            return rows
        first, end = self.bounds
        return [row for row in rows if first <= row["Id"] < end]

    def _cut(self, plan: Plan, size: int) -> None:
        """Make the batches of the chunks and end without rows; deleted records count among the ids."""
        # Assumption: ids are cut by their number, where Salesforce cuts their range.
        starts = sorted(self.org.store.tables[plan.item.name].rows)[::size] or [""]
        for bounds in pairwise([*starts, _BEHIND_ALL_IDS]):
            add_batch(self.org, self.job, replace(self, chunk_size=None, bounds=bounds))
        raise JobError("", ends_as=NOT_PROCESSED)

    def result(self, result_id: str) -> list[Record]:
        """The rows of a result. Raises InvalidBatch for an id that is no result's."""
        found = self.results.get(long_id(result_id))
        if found is None:
            # Assumption: code and text are not recorded.
            raise errors.invalid_batch(f"Unable to find result: {result_id}")
        return found


def _can_be_cut(query: Query) -> bool:
    """Whether a query has nothing but conditions; others are not cut, whatever the job's header says."""
    # Assumption: every object can be cut; Salesforce documents a list of them.
    return not (query.order_by or query.limit is not None)


def csv_result(batch: Job, work: BatchQuery, rows: Sequence[Record]) -> bytes:
    """Rows as in Bulk API 2.0; without any, a sentence that clients know."""
    columns = work.plan.columns if work.plan is not None else []
    return write_page(batch, columns, rows) if rows else _NO_ROWS


def json_result(work: BatchQuery, rows: Sequence[Record], base: str) -> list[dict[str, Any]]:
    """Rows as queries answer them, but with milliseconds since 1970 where those have the text of a datetime."""
    plan = work.plan
    if plan is None:
        return []
    resolver = Resolver(work.org, work.job.user_id, work.text, plan.query.alias)
    render = plan_rows(resolver, plan.item, plan.query.select)
    found = [render(row, base) for row in rows]
    for relations, name in _datetimes(resolver, plan):
        for row in found:
            owner = _parent(row, relations)
            if owner is not None and owner[name] is not None:
                owner[name] = _milliseconds(owner[name])
    return found


def _datetimes(resolver: Resolver, plan: Plan) -> Iterator[tuple[list[str], str]]:
    """Where datetimes stand in a row: the keys of the parents, and of the value."""
    # Assumption: dates stay texts; a client that turns numbers into texts does so for datetimes only.
    for path in plan.query.select:
        if isinstance(path, Path):
            resolved = resolver.path(plan.item, path)
            if resolved.field.type == "datetime":
                yield [relation.key for relation in resolved.relations], resolved.field.name


def _parent(row: dict[str, Any], relations: list[str]) -> dict[str, Any] | None:
    owner: dict[str, Any] | None = row
    for key in relations:
        owner = owner[key] if owner is not None else None
    return owner


@lru_cache(maxsize=4096)  # records that are loaded or sent together have few different times
def _milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
