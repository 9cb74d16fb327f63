"""Writing managed fields: full batches, results matched by id, the bad row of a refused batch found."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from itertools import chain
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.answers import Refusal, is_unknown_property, refusal, refusal_in, unknown_property
from connectors.hubspot.client import Client
from connectors.hubspot.native import ICP_PROPERTY, TARGET_PROPERTY, native_fields, native_text
from connectors.hubspot.objects import WRITABLE
from connectors.hubspot.rows import read_one
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.values import property_name, written_value
from connectors.transport import Request, Response
from core.changes import FieldWrite, Outcome, WriteResult
from core.errors import ContractError
from core.managed_fields import NATIVE_FIELDS

BATCH = 100
_NATIVE = {TARGET_PROPERTY, ICP_PROPERTY}
_NATIVE_NAMES = {field.name for field in NATIVE_FIELDS}
_GONE = "OBJECT_NOT_FOUND"
_MERGED = "MERGED"
"""Our code for a write to a record that lives on in another one."""
_Values = Mapping[str, str]
_Outcomes = dict[str, Refusal | None]
"""Remote id -> why it was refused, None where it was written."""


def write_fields(
    client: Client, settings: HubspotSettings, writes: Sequence[FieldWrite]
) -> list[WriteResult]:
    """Write at most 100 records of one kind; a record that is named twice takes the last intent.

    Raises ConfigError where a managed property does not exist.
    """
    if not writes:
        return []
    names = _names(settings, writes)
    wanted = _wanted(writes, names)
    object_type = WRITABLE[writes[0].ref.kind]
    outcomes = _write(client, object_type, {one: values for one, values in wanted.items() if values})
    gone = {one: why for one, why in outcomes.items() if why is not None and why.code == _GONE}
    outcomes |= _merged_away(client, object_type, gone)
    unknown = {name for name, found in names.items() if found is None}
    if not unknown and not any(outcomes.values()):
        written = Outcome.WRITTEN  # looked up once: an enum takes its time
        return [WriteResult(ref, written) for ref, _ in writes]
    return [_result(write, outcomes.get(write.ref.remote_id), unknown) for write in writes]


def _names(settings: HubspotSettings, writes: Sequence[FieldWrite]) -> Mapping[str, str | None]:
    """The property behind each field; None for one of HubSpot's own that is switched off by now."""
    own: dict[str, str | None] = dict.fromkeys(_NATIVE_NAMES)
    own |= native_fields(settings)
    fields = chain.from_iterable({tuple(values) for _, values in writes})
    return {name: own[name] if name in own else property_name(name) for name in fields}


def _wanted(writes: Sequence[FieldWrite], names: Mapping[str, str | None]) -> dict[str, _Values]:
    """What each property is to say, by remote id."""
    sent = {name: found for name, found in names.items() if found}
    is_plain = len(sent) == len(names) and _NATIVE.isdisjoint(sent.values())
    wanted: dict[str, _Values] = {}
    for ref, given in writes:
        if is_plain:  # written_value in place: there are 800 in a batch
            values = {sent[name]: value or "" for name, value in given.items()}
        else:
            values = {sent[name]: _sent_value(name, value) for name, value in given.items() if name in sent}
        before = wanted.get(ref.remote_id)
        wanted[ref.remote_id] = {**before, **values} if before else values
    return wanted


def _sent_value(name: str, value: str | None) -> str:
    return native_text(name, value) if name in _NATIVE_NAMES else written_value(value)


def _merged_away(client: Client, object_type: str, gone: Mapping[str, Refusal]) -> _Outcomes:
    """Of records that a batch does not find, those that live on in another one, which a read alone tells.

    The values are not sent there: the survivor has values of its own, which the next plan writes.
    """
    found = {one: read_one(client, object_type, ["hs_object_id"], one) for one in gone}
    return {
        one: replace(gone[one], code=_MERGED, message=f"It was merged into {survivor['id']}.")
        for one, survivor in found.items()
        if survivor is not None and str(survivor["id"]) != one
    }


def _result(write: FieldWrite, refused: Refusal | None, unknown: set[str]) -> WriteResult:
    if refused is not None:
        return WriteResult(write.ref, Outcome.REJECTED, refused.code, refused.message)
    left_out = tuple([name for name in write.values if name in unknown]) if unknown else ()
    return WriteResult(write.ref, Outcome.WRITTEN, left_out=left_out)


def _write(client: Client, object_type: str, wanted: Mapping[str, _Values]) -> _Outcomes:
    """What became of each record; a refused batch is cut in halves until the refused record stands alone."""
    if not wanted:
        return {}
    request = _request(object_type, wanted)
    response = client.call(request)
    if response.status < HTTPStatus.BAD_REQUEST:
        outcomes = _read_outcomes(client.read(request, response), wanted)
        if len(outcomes) == len(wanted):
            return outcomes
        unanswered = {one: values for one, values in wanted.items() if one not in outcomes}
        return {**outcomes, **_write_again(client, object_type, unanswered, len(wanted))}
    refused = refusal(response)
    _raise_if_hopeless(client, request, response, refused)
    if len(wanted) == 1:
        return dict.fromkeys(wanted, refused)
    first, second = _halves(wanted)
    return {**_write(client, object_type, first), **_write(client, object_type, second)}


def _write_again(
    client: Client, object_type: str, unanswered: Mapping[str, _Values], asked: int
) -> _Outcomes:
    """Send what the answer did not mention in a smaller batch; an update may be repeated."""
    if asked == 1:
        raise ContractError(f"{client.host} answered a write of {object_type} without its result.")
    if len(unanswered) < asked:
        return _write(client, object_type, unanswered)
    first, second = _halves(unanswered)
    return {**_write(client, object_type, first), **_write(client, object_type, second)}


def _raise_if_hopeless(client: Client, request: Request, response: Response, refused: Refusal) -> None:
    """Stop where every record would be refused alike."""
    if is_unknown_property(refused):
        raise unknown_property(refused)
    if not refused.is_hubspots:
        raise ContractError(
            f"{client.host} refused {request.operation} with HTTP {response.status}, not in HubSpot's words: "
            f"{refused.message}"
        )


def _halves(wanted: Mapping[str, _Values]) -> tuple[dict[str, _Values], dict[str, _Values]]:
    items = list(wanted.items())
    middle = len(items) // 2
    return dict(items[:middle]), dict(items[middle:])


def _request(object_type: str, wanted: Mapping[str, _Values]) -> Request:
    # The trace id is what makes HubSpot refuse single records (207) instead of the whole batch.
    inputs = [{"id": one, "objectWriteTraceId": one, "properties": values} for one, values in wanted.items()]
    path = version.batch(object_type, "update")
    return Request(f"write {object_type}", "POST", path, json={"inputs": inputs})


def _read_outcomes(answer: Mapping[str, Any], wanted: Mapping[str, _Values]) -> _Outcomes:
    """Results and errors of an answer by remote id; neither comes in the order of the inputs."""
    outcomes: _Outcomes = {str(one["id"]): None for one in answer.get("results", ())}
    for error in answer.get("errors", ()):
        refused = refusal_in(error)
        if is_unknown_property(refused):
            raise unknown_property(refused)
        context = error.get("context") or {}
        for one in (*context.get("objectWriteTraceId", ()), *context.get("ids", ())):
            outcomes[str(one)] = refused
    return {one: outcome for one, outcome in outcomes.items() if one in wanted}
