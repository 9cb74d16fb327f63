"""A batch that writes: CSV as ingest jobs of 2.0 read it, or JSON; its result has an entry for each row, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from emulators.salesforce.bulk1_requests import key_field
from emulators.salesforce.bulk_columns import Target, read_header
from emulators.salesforce.bulk_errors import JobError
from emulators.salesforce.bulk_ingest import IngestWork
from emulators.salesforce.bulk_rows import Writer, write_row
from emulators.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulators.salesforce.bulk1_jobs import ClassicJob
    from emulators.salesforce.call import Call

_MOST_ROWS = 10_000
_HEADER = '"Id","Success","Created","Error"'
_PORTION = 200


def ingest_work(call: Call, job: ClassicJob, sent: bytes) -> CsvRows | JsonRows:
    """The work of a batch with what was sent for it."""
    item = call.object(job.object_name)
    key = key_field(call, item, job.external_id) if job.external_id else None
    writer = Writer(call.org, call.user_id, item, job.operation, key)
    return JsonRows(writer, sent) if job.is_json else CsvRows(writer, sent)


class CsvRows:
    """Rows of CSV."""

    def __init__(self, writer: Writer, sent: bytes) -> None:
        self.sent = sent
        text = sent.decode(errors="replace")
        # Assumption: either line ending is read, where 2.0 has to be told.
        ending = "CRLF" if "\r\n" in text else "LF"
        self._work = IngestWork(writer, ending, "COMMA", _MOST_ROWS, scatter=False, text=text)

    @property
    def processed(self) -> int:
        """Rows done, failed ones among them."""
        return self._work.processed

    @property
    def failed(self) -> int:
        """Rows that failed."""
        return self._work.failed

    def batches(self) -> int:
        """One. Raises JobError."""
        _check_size(len(self._work.rows) if self._work.batches() else 0)
        return 1

    def do(self, batch: int) -> None:
        """Write the rows."""
        self._work.do(batch)

    def result(self) -> bytes:
        """What became of each row."""
        lines = [_HEADER]
        for outcome in self._work.outcomes:
            error = (outcome.error or "").replace('"', '""')
            cells = (outcome.record_id, _flag(outcome.error is None), _flag(outcome.created), error)
            lines.append(",".join(f'"{cell}"' for cell in cells))
        return "".join(f"{line}\n" for line in lines).encode()


@dataclass
class JsonRows:
    """Rows of JSON: objects by field, a parent as an object with the field that identifies it."""

    writer: Writer
    sent: bytes
    rows: list[dict[str, Any]] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    failed: int = 0

    @property
    def processed(self) -> int:
        """Rows done, failed ones among them."""
        return len(self.results)

    def batches(self) -> int:
        """One. Raises JobError when the data or the name of a field is wrong."""
        if not self.rows:
            self.rows = [_flat(row) for row in _objects(self.sent)]
            _check_size(len(self.rows))
            names = list(dict.fromkeys(name for row in self.rows for name in row))
            writer = self.writer
            found = read_header(writer.org, writer.user_id, writer.item, names)
            self.targets = dict(zip(names, found, strict=True))
        return 1

    def do(self, _batch: int) -> None:
        """Write the rows."""
        self.writer.org.rules.allow_duplicates = False
        seen: set[str] = set()
        for number, row in enumerate(self.rows):
            if number % _PORTION == 0:
                seen.clear()
            self.results.append(self._write(row, seen))

    def result(self) -> list[dict[str, Any]]:
        """What became of each row."""
        return self.results

    def _write(self, row: Mapping[str, Any], seen: set[str]) -> dict[str, Any]:
        try:
            with self.writer.org.store.transaction():
                record_id, created = write_row(self.writer, self._values(row), seen)
        except SalesforceError as problem:
            self.failed += 1
            # Recorded: no id, not even that of the row.
            return {"success": False, "created": False, "id": None, "errors": problem.row()["errors"]}
        return {"success": True, "created": created, "id": record_id, "errors": []}

    def _values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """By field; only a parent is looked up, other values stay as JSON has them."""
        return {
            self.targets[name].name: self.targets[name].read(str(value)) if "." in name and value else value
            for name, value in row.items()
        }


def _objects(sent: bytes) -> list[dict[str, Any]]:
    # Assumption: the texts are not recorded.
    try:
        rows = orjson.loads(sent)
    except orjson.JSONDecodeError as problem:
        raise JobError(f"InvalidBatch : The data is not JSON: {problem}") from problem
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise JobError("InvalidBatch : The data is not a list of objects")
    return rows


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with `Parent.Key` where it has an object, and without `attributes`."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "attributes":
            continue
        flat.update(
            {f"{name}.{key}": v for key, v in value.items()} if isinstance(value, dict) else {name: value}
        )
    return flat


def _check_size(rows: int) -> None:
    if rows > _MOST_ROWS:
        # Assumption: the limit is documented, the text is not recorded.
        raise JobError(f"InvalidBatch : The batch has more than {_MOST_ROWS} records")


def _flag(value: bool) -> str:  # noqa: FBT001 a value, not a switch
    return "true" if value else "false"
