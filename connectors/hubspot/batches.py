"""Updating records in full batches: results matched by id, the bad row of a refused batch found."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.answers import (
    Refusal,
    is_about_property,
    is_unknown_property,
    refusal,
    refusal_in,
    unknown_property,
)
from connectors.hubspot.client import Client
from connectors.transport import Request, Response
from core.errors import ContractError

Values = Mapping[str, str]
Outcomes = dict[str, Refusal | None]
"""Remote id -> why it was refused, None where it was written."""
_SURE = 50
"""So many records that were refused alone, all with the same words, point to a cause that is not in the records."""


class PropertyRefusedError(Exception):
    """HubSpot names a property that it takes in no record: the batch is to be sent without it."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(refused.message)
        self.refused = refused


@dataclass(slots=True)
class Batches:
    """Updates records of one account; safe to use from several threads.

    alike: by object type, with which words records were refused alone since the last one that was taken, and how many.
    """

    client: Client
    _alike: dict[str, tuple[tuple[str, str], int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def update(self, object_type: str, wanted: Mapping[str, Values]) -> Outcomes:
        """What became of each record; a refused batch is cut in halves until the refused record stands alone.

        Raises PropertyRefusedError, ConfigError where HubSpot does not name the property that is not there, and
        ContractError where it refuses whatever it is sent, so that no more is asked.
        """
        return self._update(object_type, wanted, is_whole=True) if wanted else {}

    def forget(self, object_type: str) -> None:
        """Believe again that records are refused for what is in them: another run begins."""
        with self._lock:
            self._alike.pop(object_type, None)

    def _update(self, object_type: str, wanted: Mapping[str, Values], *, is_whole: bool = False) -> Outcomes:
        request = _request(object_type, wanted)
        response = self.client.call(request)
        if response.status < HTTPStatus.BAD_REQUEST:
            return self._answered(object_type, self.client.read(request, response), wanted)
        refused = refusal(response)
        _raise_if_hopeless(self.client, request, response, refused)
        named = _named(refused, wanted)
        if len(wanted) == 1:
            self._note_alone(object_type, refused)
            return dict.fromkeys(wanted, refused)
        if named:
            return {**named, **self._rest(object_type, wanted, named)}
        if is_whole:
            self._demand_particular(object_type, wanted, refused)
        return self._in_halves(object_type, wanted)

    def _answered(
        self, object_type: str, answer: Mapping[str, Any], wanted: Mapping[str, Values]
    ) -> Outcomes:
        """What an answer says of each record; what it does not mention is sent again in smaller batches."""
        outcomes: Outcomes = {
            one: None for raw in answer.get("results", ()) if (one := str(raw["id"])) in wanted
        }
        if outcomes and self._alike:
            self.forget(object_type)
        unnamed = None
        for error in answer.get("errors") or ():
            refused = refusal_in(error)
            _raise_if_of_property(refused)
            named = _named(refused, wanted)
            outcomes |= named
            unnamed = unnamed if named else refused
        if outcomes:
            return {**outcomes, **self._rest(object_type, wanted, outcomes)}
        if len(wanted) > 1:
            return self._in_halves(object_type, wanted)
        if unnamed is None:
            raise ContractError(f"{self.client.host} answered a write of {object_type} without its result.")
        return dict.fromkeys(wanted, unnamed)

    def _rest(self, object_type: str, wanted: Mapping[str, Values], settled: Outcomes) -> Outcomes:
        """The same for the records that are not settled yet."""
        if len(settled) == len(wanted):
            return {}
        return self._update(
            object_type, {one: values for one, values in wanted.items() if one not in settled}
        )

    def _in_halves(self, object_type: str, wanted: Mapping[str, Values]) -> Outcomes:
        items = list(wanted.items())
        middle = len(items) // 2
        return {
            **self._update(object_type, dict(items[:middle])),
            **self._update(object_type, dict(items[middle:])),
        }

    def _note_alone(self, object_type: str, refused: Refusal) -> None:
        words = (refused.code, refused.message)
        with self._lock:
            before, count = self._alike.get(object_type, (words, 0))
            self._alike[object_type] = (words, count + 1 if before == words else 1)

    def _demand_particular(self, object_type: str, wanted: Mapping[str, Values], refused: Refusal) -> None:
        """Raise ContractError where it is not a record that spoils the batch, but HubSpot refuses all of them alike.

        So many were refused alone with these words, none was taken, and records from all over this batch fare no
        better. None is refused unasked: what was not asked is planned again by the next run.
        """
        words, count = self._alike.get(object_type, (None, 0))
        if words != (refused.code, refused.message) or count < _SURE:
            return
        ids = list(wanted)
        for one in {ids[0], ids[len(ids) // 2], ids[-1]}:
            (outcome,) = self._update(object_type, {one: wanted[one]}).values()
            if outcome is None or (outcome.code, outcome.message) != words:
                return
        raise ContractError(
            f"HubSpot refuses every write of {object_type} with the same words ({refused.code}): {refused.message} "
            f"{count} records were asked one by one. No more were sent; put that right and run the same command again."
        )


def _named(refused: Refusal, wanted: Mapping[str, Values]) -> Outcomes:
    return {one: refused for one in refused.ids if one in wanted}


def _raise_if_hopeless(client: Client, request: Request, response: Response, refused: Refusal) -> None:
    """Stop where every record would be refused alike."""
    _raise_if_of_property(refused)
    if not refused.is_hubspots:
        raise ContractError(
            f"{client.host} refused {request.operation} with HTTP {response.status}, not in HubSpot's words: "
            f"{refused.message}"
        )


def _raise_if_of_property(refused: Refusal) -> None:
    if is_about_property(refused):
        raise PropertyRefusedError(refused)
    if is_unknown_property(refused):
        raise unknown_property(refused)


def _request(object_type: str, wanted: Mapping[str, Values]) -> Request:
    # The trace id is what makes HubSpot refuse single records (207) instead of the whole batch.
    inputs = [{"id": one, "objectWriteTraceId": one, "properties": values} for one, values in wanted.items()]
    path = version.batch(object_type, "update")
    return Request(f"write {object_type}", "POST", path, json={"inputs": inputs})
