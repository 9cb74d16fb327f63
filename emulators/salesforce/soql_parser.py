"""SOQL text to tree: a recursive descent over the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.soql_conditions import condition, unescape
from emulators.salesforce.soql_items import column, field_item, selected
from emulators.salesforce.soql_stream import Stream
from emulators.salesforce.soql_syntax import (
    Children,
    Condition,
    FieldSet,
    Order,
    Query,
    SelectItem,
    query_error,
)

if TYPE_CHECKING:
    from emulators.salesforce.soql_syntax import Path

__all__ = ["MAX_LENGTH", "parse", "unescape"]

MAX_LENGTH = 100_000
_MAX_OFFSET = 2000
_MAX_FIELD_SET = 200


def parse(text: str) -> Query:
    """The tree of a query. Raises MALFORMED_QUERY."""
    if len(text) > MAX_LENGTH:
        raise SalesforceError(
            "MALFORMED_QUERY", f"SOQL statements can not be longer than {MAX_LENGTH} characters."
        )
    stream = Stream(text)
    query = _query(stream)
    if stream.next.kind != "eof":
        raise stream.unexpected()
    return query


def _query(stream: Stream) -> Query:
    stream.expect("SELECT")
    select = stream.comma_list(lambda: _select_item(stream))
    stream.expect("FROM")
    source = stream.name()
    alias = stream.alias()
    scope = stream.name().text if stream.accept("USING", "SCOPE") else None
    where = condition(stream, _query) if stream.accept("WHERE") else None
    _mode(stream)
    group_by, having = _grouping(stream)
    order_by = stream.comma_list(lambda: _order(stream)) if stream.accept("ORDER", "BY") else ()
    limit = stream.whole_number() if stream.accept("LIMIT") else None
    offset = stream.whole_number() if stream.accept("OFFSET") else 0
    _suffixes(stream)
    query = Query(
        stream.text,
        select,
        source.text,
        source.at,
        where,
        group_by,
        order_by,
        limit,
        offset,
        having,
        alias,
        scope,
    )
    _check_limits(query)
    return query


def _select_item(stream: Stream) -> SelectItem:
    if stream.next.text == "(" and stream.second.word() == "SELECT":
        stream.take()
        inner = _query(stream)
        stream.expect(")")
        return Children(inner)
    return selected(stream)


def _grouping(stream: Stream) -> tuple[tuple[Path, ...], Condition | None]:
    if not stream.accept("GROUP", "BY"):
        return (), None
    group_by = stream.comma_list(lambda: field_item(stream))
    having = condition(stream, _query, having=True) if stream.accept("HAVING") else None
    return group_by, having


def _order(stream: Stream) -> Order:
    item = column(stream)
    descending = stream.accept("DESC")
    if not descending:
        stream.accept("ASC")
    if stream.accept("NULLS", "FIRST"):
        return Order(item, descending, nulls_last=False)
    return Order(item, descending, nulls_last=stream.accept("NULLS", "LAST"))


def _mode(stream: Stream) -> None:
    """WITH says how permissions are enforced, which the API does in any case."""
    if stream.accept("WITH") and stream.take().word() not in (
        "SECURITY_ENFORCED",
        "USER_MODE",
        "SYSTEM_MODE",
    ):
        raise stream.unexpected()


def _suffixes(stream: Stream) -> None:
    """FOR VIEW and its like only mark records as looked at, which shows nowhere here."""
    while stream.accept("FOR"):
        if stream.take().word() not in ("VIEW", "REFERENCE", "UPDATE"):
            raise stream.unexpected()
    if stream.accept("UPDATE"):
        stream.comma_list(stream.name)
    if stream.next.word() == "ALL":
        # Assumption: ALL ROWS belongs to Apex; the words of the API's refusal are widely quoted.
        at = stream.take().at
        raise query_error("MALFORMED_QUERY", "ALL ROWS not allowed in this context", stream.text, at)


def _check_limits(query: Query) -> None:
    if query.offset > _MAX_OFFSET:
        # Assumption: widely quoted, not recorded.
        raise SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {_MAX_OFFSET}")
    for item in query.select:
        if not isinstance(item, FieldSet) or item.which == "STANDARD":
            continue
        if query.limit is None or query.limit > _MAX_FIELD_SET:
            # Assumption: the limit is documented, the text is widely quoted.
            reason = f"The SOQL FIELDS function must have a LIMIT of at most {_MAX_FIELD_SET}"
            raise query_error("MALFORMED_QUERY", reason, query.text, item.at)
