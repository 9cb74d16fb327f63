"""Collections: up to 200 records in a request, one result each in the order of the request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emulators.salesforce import records
from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import SalesforceError, json_parser_error, malformed_id
from emulators.salesforce.ids import is_id, long_id
from emulators.salesforce.rest_records import created, lookup_field
from emulators.salesforce.row_writes import delete_row, once, row_id, update_row, upsert_row
from emulators.salesforce.soql_render import full_record
from emulators.salesforce.soql_resolve import Resolver

if TYPE_CHECKING:
    from emulators.salesforce.fields import ObjectType

MAX_ROWS = 200
_MAX_READ = 2000
_MAX_CHUNKS = 10

Row = dict[str, Any]
Work = Callable[[Any], Row]


def create(call: Call) -> Reply:
    """POST /composite/sobjects."""

    def work(data: Row) -> Row:
        return created(records.create(call.org, call.user_id, _typed(call, data), data))

    return _each(call, _chunked(_given(call)), work)


def update(call: Call) -> Reply:
    """PATCH /composite/sobjects: rows carry their id."""
    seen: set[str] = set()

    def work(data: Row) -> Row:
        item = _typed(call, data)
        record_id = row_id(item, next((data[key] for key in data if key.lower() == "id"), None))
        once(seen, record_id)
        values = {key: value for key, value in data.items() if key.lower() != "id"}
        update_row(call.org, call.user_id, item, record_id, values)
        return created(record_id)

    return _each(call, _chunked(_given(call)), work)


def upsert(call: Call, name: str, key: str) -> Reply:
    """PATCH /composite/sobjects/X/Field: rows carry the field's value."""
    item = call.object(name)
    field = lookup_field(call, item, key)
    seen: set[str] = set()

    def work(data: Row) -> Row:
        record_id, is_new = upsert_row(call.org, call.user_id, item, field, data, seen)
        return {**created(record_id), "created": is_new}

    return _each(call, _given(call), work)


def delete(call: Call) -> Reply:
    """DELETE /composite/sobjects?ids=A,B."""
    ids = [text for text in call.args.get("ids", "").split(",") if text]

    def work(text: str) -> Row:
        item = call.org.schema.of_id(text) if is_id(text) else None
        if item is None:
            raise malformed_id(text)
        delete_row(call.org, call.user_id, item, long_id(text))
        return created(long_id(text))

    return _each(call, ids, work, all_or_none=call.args.get("allOrNone", "false").lower() == "true")


def read(call: Call, name: str) -> Reply:
    """GET ?ids=&fields= or POST {"ids", "fields"} /composite/sobjects/X: null where there is no record."""
    item = call.object(name)
    if call.method == "POST":
        body = call.values()
        ids, names = body.get("ids"), body.get("fields")
    else:
        ids, names = (call.args.get(key, "").split(",") for key in ("ids", "fields"))
    if not isinstance(ids, list) or not isinstance(names, list) or "" in names:
        raise json_parser_error("The request needs the lists ids and fields")
    _check_count(ids, _MAX_READ)
    render = full_record(Resolver(call.org, call.user_id, ""), item, names)
    rows = [call.org.store.live(item.name, long_id(text)) for text in ids]
    return Reply([render(row, call.base) if row is not None else None for row in rows])


def _given(call: Call) -> list[Row]:
    given = call.values().get("records")
    if not isinstance(given, list):
        raise json_parser_error("The request needs a list named records")
    return given


def _chunked(rows: list[Row]) -> list[Row]:
    """`rows`, unless their types change more than nine times: each run of one type is a chunk, 10 are done."""
    names = [_type_name(row) for row in rows]
    chunks = sum(1 for before, name in zip([object(), *names], names, strict=False) if before != name)
    if chunks > _MAX_CHUNKS:
        # Assumption: the limit and the text are documented and reported, the code is not recorded.
        message = (
            f"Cannot have more than {_MAX_CHUNKS} chunks in a single operation."
            " Please rearrange the data to reduce chunking."
        )
        raise SalesforceError("LIMIT_EXCEEDED", message)
    return rows


def _each(call: Call, rows: Sequence[Any], work: Work, *, all_or_none: bool | None = None) -> Reply:
    """Do each row on its own; with allOrNone take everything back when one fails."""
    _check_count(rows, MAX_ROWS)
    if all_or_none is None:
        all_or_none = bool(call.values().get("allOrNone", False))
    results: list[Row] = []
    try:
        with call.org.store.transaction():
            results += [_one(call, row, work) for row in rows]
            if all_or_none and not all(result["success"] for result in results):
                raise _RolledBackError
    except _RolledBackError:
        results = [result if not result["success"] else _rolled_back() for result in results]
    return Reply(results)


class _RolledBackError(Exception):
    """Ends the transaction of a request whose rows stand or fall together."""


def _one(call: Call, row: Any, work: Work) -> Row:
    try:
        with call.org.store.transaction():
            return work(row)
    except SalesforceError as problem:
        return problem.row()


def _rolled_back() -> Row:
    message = (
        "Record rolled back because not all records were valid and the request was using AllOrNone header"
    )
    return SalesforceError("ALL_OR_NONE_OPERATION_ROLLED_BACK", message, fields=[]).row()


def _check_count(rows: Sequence[Any], limit: int) -> None:
    if len(rows) > limit:
        # Assumption: the limit is documented, code and text are not recorded.
        message = f"record limit reached. cannot submit more than {limit} records into a single call"
        raise SalesforceError("EXCEEDED_ID_LIMIT", message)


def _typed(call: Call, data: Row) -> ObjectType:
    """The object a row names in its attributes."""
    name = _type_name(data)
    item = call.org.schema.find(name) if name else None
    if item is None:
        raise SalesforceError("INVALID_TYPE", f"sObject type '{name}' is not supported.", fields=[])
    return item


def _type_name(data: Any) -> str | None:
    attributes = data.get("attributes") if isinstance(data, dict) else None
    name = attributes.get("type") if isinstance(attributes, dict) else None
    return name if isinstance(name, str) else None


ROUTES: list[Route] = [
    ("POST", "/composite/sobjects", create),
    ("PATCH", "/composite/sobjects", update),
    ("DELETE", "/composite/sobjects", delete),
    ("PATCH", "/composite/sobjects/{name}/{key}", upsert),
    ("GET", "/composite/sobjects/{name}", read),
    ("POST", "/composite/sobjects/{name}", read),
]
