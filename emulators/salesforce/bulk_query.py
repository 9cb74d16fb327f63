"""The work of a query job: what may be asked, and the rows found, kept as they were when the job ran."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulators.salesforce.bulk_errors import JobError, bad_query, not_in_bulk, unsupported_entity
from emulators.salesforce.bulk_results import Column, column_of
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.soql_aggregate import is_aggregate
from emulators.salesforce.soql_joins import ids_of
from emulators.salesforce.soql_parser import parse
from emulators.salesforce.soql_prepare import prepare
from emulators.salesforce.soql_resolve import Resolver
from emulators.salesforce.soql_run import check_names, run
from emulators.salesforce.soql_syntax import Path, Query

if TYPE_CHECKING:
    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record

UNSUPPORTED = frozenset(
    [
        "CaseStatus",
        "ContractStatus",
        "EventWhoRelation",
        "FieldSecurityClassification",
        "OrderStatus",
        "RecentlyViewed",
        "SolutionStatus",
        "TaskPriority",
        "TaskStatus",
        "TaskWhoRelation",
        "UserRecordAccess",
    ]
)
"""Objects that answer queries but not bulk queries, of a list that clients keep."""


@dataclass(frozen=True)
class Plan:
    """A query understood: where to look and the columns of its results, in the order of the SELECT."""

    query: Query
    item: ObjectType
    columns: list[Column]


def plan_query(org: Org, user_id: str, text: str) -> Plan:
    """Understand a query. Raises BulkError, also for what bulk queries do not offer."""
    try:
        return understand(org, user_id, text)
    except SalesforceError as problem:
        if problem.code == "INVALIDENTITY":
            raise
        raise bad_query(problem) from problem


def understand(org: Org, user_id: str, text: str) -> Plan:
    """The same with errors as a query has them."""
    query = parse(text)
    resolver = Resolver(org, user_id, text, query.alias)
    item = resolver.object(query.object_name, query.object_at)
    if item.name in UNSUPPORTED:
        raise unsupported_entity(item.name)
    query = prepare(resolver, item, query, ids_of)
    _check(query)
    columns = [column_of(resolver, item, path) for path in query.select if isinstance(path, Path)]
    check_names(resolver, item, query)
    return Plan(query, item, columns)


def find_rows(org: Org, user_id: str, plan: Plan, *, with_deleted: bool, scatter: bool) -> list[Record]:
    """The records a query finds. Raises SalesforceError."""
    found = run(org, user_id, plan.query.text, with_deleted=with_deleted)
    table = org.store.tables[plan.item.name].rows
    rows = [table[record_id] for record_id in found.rows]
    return scattered(rows) if scatter and not plan.query.order_by else rows


def _check(query: Query) -> None:
    if is_aggregate(query):
        raise not_in_bulk("Aggregate Relationships not supported in Bulk Query")
    if query.offset:
        # Assumption: documented as not offered; the text is not recorded.
        raise not_in_bulk("OFFSET clause is not supported in Bulk Query")
    if not all(isinstance(selected, Path) for selected in query.select):
        # Assumption: as for OFFSET; recorded for child queries only.
        raise not_in_bulk("Aggregate Relationships not supported in Bulk V2 Query with CSV content type")


@dataclass
class QueryWork:
    """One query. Its single batch finds the rows: records are never changed in place, so they stay as found.

    Assumption: values of parents are read when a page is made.
    """

    org: Org
    user_id: str
    text: str
    with_deleted: bool
    scatter: bool
    rows: list[Record] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    processed: int = 0
    failed: int = 0

    def batches(self) -> int:
        """A query is one batch."""
        return 1

    def do(self, _batch: int) -> None:
        """Find the rows. Raises JobError when the query has become wrong since the job was made."""
        try:
            plan = plan_query(self.org, self.user_id, self.text)
            self.rows = find_rows(
                self.org, self.user_id, plan, with_deleted=self.with_deleted, scatter=self.scatter
            )
        except SalesforceError as problem:
            # Assumption: the errorMessage of such a job is not recorded.
            raise JobError(f"InvalidBatch : {problem.message}") from problem
        self.columns = plan.columns
        self.processed = len(self.rows)


def scattered(rows: list[Record]) -> list[Record]:
    """The same rows in another order, always the same one: chunks of a table do not end in order."""
    return rows[1::2] + rows[0::2]
