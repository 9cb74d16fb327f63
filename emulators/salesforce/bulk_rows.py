"""One row of an ingest job: from its cells to a write by the rules of single records, and its outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulators.salesforce import records
from emulators.salesforce.bulk_upload import cell_value
from emulators.salesforce.errors import SalesforceError, WrongTypeError
from emulators.salesforce.ids import is_id, long_id
from emulators.salesforce.row_writes import delete_row, once, row_id, update_row, upsert_row

if TYPE_CHECKING:
    from emulators.salesforce.bulk_columns import Target
    from emulators.salesforce.fields import Field, ObjectType
    from emulators.salesforce.org import Org

Row = dict[str, Any]

_NOTHING = "#N/A"
_MOST_CELL_CHARACTERS = 32_000
_MOST_ROW_CHARACTERS = 400_000


@dataclass(frozen=True)
class Writer:
    """What a job writes to, for whom; `key` is the field of an upsert."""

    org: Org
    user_id: str
    item: ObjectType
    operation: str
    key: Field | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row; `error` None is success, then `created` says whether the record is new."""

    record_id: str
    created: bool = False
    error: str | None = None


def do_row(writer: Writer, targets: Sequence[Target], cells: Sequence[str], seen: set[str]) -> Outcome:
    """Write a row. `seen` holds the ids, or values of the key, of rows sent together with it."""
    row: Row = {}
    try:
        with writer.org.store.transaction():
            row = read_row(targets, cells)
            record_id, created = write_row(writer, dict(row), seen)
    except SalesforceError as problem:
        given_id = row.get("Id")
        return Outcome(long_id(str(given_id)) if is_id(given_id) else "", error=error_text(problem))
    return Outcome(record_id, created)


def write_row(writer: Writer, row: Row, seen: set[str]) -> tuple[str, bool]:
    """Write values by field; gives the record's id and whether it is new. Raises SalesforceError."""
    return _OPERATIONS[writer.operation](writer, row, seen)


def error_text(problem: SalesforceError) -> str:
    """`CODE:message:FIELDS --` (documentation of failed results)."""
    code, message, fields = problem.code, problem.message, problem.fields or []
    if isinstance(problem, WrongTypeError):
        code, message = "INVALID_TYPE_ON_FIELD_IN_RECORD", problem.plain_message
        fields = [problem.field_name]
    # Assumption: how several fields are separated is not recorded.
    named = f"{', '.join(fields)} " if fields else ""
    return f"{code}:{message}:{named}--"


def read_row(targets: Sequence[Target], cells: Sequence[str]) -> Row:
    """The values of a row by field; an empty cell is no value, `#N/A` is None. Raises SalesforceError."""
    # Assumption: codes and texts of what is wrong with the form of a row are not recorded.
    if len(cells) != len(targets):
        raise _bad_form(f"The row has {len(cells)} values, the header has {len(targets)}")
    row: Row = {}
    for target, raw in zip(targets, cells, strict=True):
        try:
            text = cell_value(raw)
        except ValueError:
            raise _bad_form(f"The value of {target.name} has a quote in the wrong place") from None
        if len(text) > _MOST_CELL_CHARACTERS:
            message = f"{target.name}: data value too large (max length={_MOST_CELL_CHARACTERS})"
            raise SalesforceError("STRING_TOO_LONG", message, fields=[target.name])
        if text:
            row[target.name] = None if text == _NOTHING else target.read(text)
    if sum(map(len, cells)) > _MOST_ROW_CHARACTERS:
        raise _bad_form(f"The row has more than {_MOST_ROW_CHARACTERS} characters")
    return row


def _bad_form(message: str) -> SalesforceError:
    return SalesforceError("CLIENT_INPUT_ERROR", message, fields=[])


def _insert(writer: Writer, row: Row, _seen: set[str]) -> tuple[str, bool]:
    return records.create(writer.org, writer.user_id, writer.item, row), True


def _update(writer: Writer, row: Row, seen: set[str]) -> tuple[str, bool]:
    record_id = row_id(writer.item, row.pop("Id", None))
    once(seen, record_id)
    update_row(writer.org, writer.user_id, writer.item, record_id, row)
    return record_id, False


def _upsert(writer: Writer, row: Row, seen: set[str]) -> tuple[str, bool]:
    if writer.key is None:
        raise ValueError("an upsert needs a key")
    return upsert_row(writer.org, writer.user_id, writer.item, writer.key, row, seen)


def _delete(writer: Writer, row: Row, seen: set[str]) -> tuple[str, bool]:
    record_id = row_id(writer.item, row.get("Id"))
    once(seen, record_id)
    delete_row(writer.org, writer.user_id, writer.item, record_id)
    return record_id, False


def _hard_delete(writer: Writer, row: Row, seen: set[str]) -> tuple[str, bool]:
    # Assumption: what goes along with the record goes to the recycle bin, as in any delete.
    record_id, created = _delete(writer, row, seen)
    writer.org.store.remove(writer.item.name, record_id)
    return record_id, created


_OPERATIONS: dict[str, Callable[[Writer, Row, set[str]], tuple[str, bool]]] = {
    "insert": _insert,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
    "hardDelete": _hard_delete,
}
OPERATIONS = frozenset(_OPERATIONS)
