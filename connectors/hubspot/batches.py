"""Updating records in full batches: results matched by id, the bad row of a refused batch found."""

from collections.abc import Mapping
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


class PropertyRefusedError(Exception):
    """HubSpot names a property that it takes in no record: the batch is to be sent without it."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(refused.message)
        self.refused = refused


def update(client: Client, object_type: str, wanted: Mapping[str, Values]) -> Outcomes:
    """What became of each record; a refused batch is cut in halves until the refused record stands alone.

    Raises PropertyRefusedError, and ConfigError where HubSpot does not name the property that is not there.
    """
    if not wanted:
        return {}
    request = _request(object_type, wanted)
    response = client.call(request)
    if response.status < HTTPStatus.BAD_REQUEST:
        return _answered(client, object_type, client.read(request, response), wanted)
    refused = refusal(response)
    _raise_if_hopeless(client, request, response, refused)
    named = _named(refused, wanted)
    if len(wanted) == 1 or len(named) == len(wanted):
        return dict.fromkeys(wanted, refused)
    if named:
        rest = {one: values for one, values in wanted.items() if one not in named}
        return {**named, **update(client, object_type, rest)}
    return _in_halves(client, object_type, wanted)


def _answered(
    client: Client, object_type: str, answer: Mapping[str, Any], wanted: Mapping[str, Values]
) -> Outcomes:
    """What an answer says of each record; what it does not mention is sent again in smaller batches."""
    outcomes: Outcomes = {one: None for raw in answer.get("results", ()) if (one := str(raw["id"])) in wanted}
    if not answer.get("errors") and len(outcomes) == len(wanted):
        return outcomes
    unnamed = None
    for error in answer.get("errors") or ():
        refused = refusal_in(error)
        _raise_if_of_property(refused)
        named = _named(refused, wanted)
        outcomes |= named
        unnamed = unnamed if named else refused
    rest = {one: values for one, values in wanted.items() if one not in outcomes}
    if len(rest) < len(wanted):
        return {**outcomes, **update(client, object_type, rest)}
    if len(wanted) > 1:
        return _in_halves(client, object_type, wanted)
    if unnamed is None:
        raise ContractError(f"{client.host} answered a write of {object_type} without its result.")
    return dict.fromkeys(wanted, unnamed)


def _in_halves(client: Client, object_type: str, wanted: Mapping[str, Values]) -> Outcomes:
    items = list(wanted.items())
    middle = len(items) // 2
    return {
        **update(client, object_type, dict(items[:middle])),
        **update(client, object_type, dict(items[middle:])),
    }


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
