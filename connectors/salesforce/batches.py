"""Batches of records through composite/sobjects: one result per row, locked rows again, refusals bisected."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from connectors.salesforce.client import Call, Client
from connectors.salesforce.errors import Refusal
from connectors.transport import redact
from core.errors import ContractError

BATCH = 200
"""Records that one call may carry."""
LOCK_ATTEMPTS, SERIAL_FROM = 5, 3
"""How often locked rows are tried, and from which attempt on each goes alone: rows of one call can block each other."""
_MOST_ALONE = 25
LOCKED = "UNABLE_TO_LOCK_ROW"
NO_FIELD = ("INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE")
"""A field is not there, or not to be written: the same for every row that has it."""
_BAD_REQUEST = 400
_ALIKE = 5
"""So many rows refused alone for the same reason, and none taken, are not asked for one by one any more."""

Item = TypeVar("Item")


class RowResult(NamedTuple):
    """What became of one row; code is empty where it succeeded."""

    code: str = ""
    message: str = ""


def send_rows(
    client: Client, operation: str, items: Sequence[Item], ask: Callable[[Call, Sequence[Item]], Any]
) -> list[RowResult]:
    """Ask for each row until none is locked, at most LOCK_ATTEMPTS times; results in the items' order.

    Any number of items; each call carries BATCH of them at the most.

    `ask` makes one call for some of the items and gives composite/sobjects' list of row results.
    """
    results = [RowResult()] * len(items)
    waiting = list(range(len(items)))
    for attempt in range(LOCK_ATTEMPTS):
        if not waiting:
            break
        if attempt:
            client.pause(attempt)
        size = 1 if attempt >= SERIAL_FROM and len(waiting) <= _MOST_ALONE else BATCH
        for start in range(0, len(waiting), size):
            part = waiting[start : start + size]
            probes = [items[part[len(part) * share // 4]] for share in (2, 3)] + [items[part[-1]]]
            halving = _Halving(client.call(operation), ask, probes)
            answered = halving.results([items[i] for i in part])
            for i, result in zip(part, answered, strict=True):
                results[i] = result
        waiting = [i for i in waiting if results[i].code == LOCKED]
    return results


@dataclass
class _Halving(Generic[Item]):
    """One batch, asked for in smaller and smaller parts where Salesforce refuses it as a whole."""

    call: Call
    ask: Callable[[Call, Sequence[Item]], Any]
    probes: Sequence[Item]
    """Rows from all over the batch."""
    alone: list[str] = field(default_factory=list)
    """Codes of rows that were refused alone, so far; an empty one for each part that was taken."""

    def results(self, items: Sequence[Item]) -> list[RowResult]:
        """One result a row. Raises Refusal where all rows are refused alike: then it is not about the rows."""
        if not items:
            return []
        try:
            rows = self.ask(self.call, items)
        except Refusal as refusal:
            if refusal.status != _BAD_REQUEST:
                raise
            if len(items) == 1 or refusal.code in NO_FIELD:
                if len(items) == 1:
                    self._note_alone(refusal.code)
                return [RowResult(refusal.code or "REFUSED", refusal.reason)] * len(items)
            half = len(items) // 2
            return self.results(items[:half]) + self.results(items[half:])
        if not isinstance(rows, list) or len(rows) != len(items):
            raise ContractError(f"Salesforce does not answer row by row ({self.call.operation}).")
        self.alone.append("")
        return [_result(row) for row in rows]

    def _note_alone(self, code: str) -> None:
        self.alone.append(code)
        if len(self.alone) == _ALIKE and set(self.alone) == {code}:
            self._demand_particular(code)
            self.alone.append("")

    def _demand_particular(self, code: str) -> None:
        """Raise Refusal where rows from all over the batch fare alike; some bad ones beside each other are not all."""
        refused = None
        for one in self.probes:
            try:
                self.ask(self.call, [one])
            except Refusal as refusal:
                refused = refusal
                if refusal.code == code:
                    continue
            return
        if refused is not None:
            raise refused


def _result(row: Any) -> RowResult:
    match row:
        case {"success": True}:
            return RowResult()
        case {"success": False, "errors": [{"statusCode": str(code), **more}, *_]}:
            return RowResult(code, redact(str(more.get("message") or "")))
    raise ContractError("Salesforce answers a row without success and without an error.")
