"""Requests about up to 100 records at once: /crm/v3/objects/{type}/batch/….

With an `objectWriteTraceId` on every input each row stands alone and the reply is a 207 when some fail.
Without, the first error is the answer to all and nothing is written (documented for creations).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from emulators.hubspot.associations import checked_targets, link_new_record
from emulators.hubspot.errors import ApiError, missing_records, validation_error
from emulators.hubspot.http import NO_CONTENT, Reply, Request, batch_inputs, text_of, texts_of
from emulators.hubspot.object_types import ObjectType, find_type
from emulators.hubspot.objects import sent_properties
from emulators.hubspot.times import is_whole
from emulators.hubspot.views import created_view, known_names, updated_view, view
from emulators.hubspot.writes import apply_changes, changes_of, create, draft_new, require_unique

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.records import Record

MAX_INPUTS = 100

Step = Callable[[], dict[str, Any]]
"""A checked write that was not yet done; doing it gives its row of the reply."""


@dataclass(frozen=True)
class Batch:
    """One batch request about one type."""

    portal: Portal
    object_type: ObjectType
    inputs: list[dict[str, Any]]
    started_at: str


def read_batch(portal: Portal, request: Request, type_name: str) -> Reply:
    """Read by id or by a unique property, with ?archived=true from the recycle bin; 207 when some are missing."""
    batch = _open(portal, request, type_name)
    body = request.object()
    names = known_names(portal, batch.object_type, texts_of(body, "properties"))
    id_property = text_of(body, "idProperty")
    ids = list(dict.fromkeys(_input_id(item) for item in batch.inputs))
    find = _find_archived if request.flag("archived") else _find
    found = {text: find(batch, text, id_property) for text in ids}
    rows = [
        _read_row(batch, record, names, texts_of(body, "propertiesWithHistory"))
        for record in found.values()
        if record
    ]
    missing = [text for text, record in found.items() if record is None]
    errors = []
    if missing:
        errors.append(missing_records(batch.object_type.singular, missing).row({"ids": missing}))
    return envelope(portal, rows, errors, started_at=batch.started_at)


def _read_row(batch: Batch, record: Record, names: list[str], with_history: list[str]) -> dict[str, Any]:
    row = view(batch.portal, batch.object_type, record, names)
    if not with_history:
        return row
    history = batch.portal.tables[batch.object_type.name].history
    return {**row, "propertiesWithHistory": history.of(record, with_history)}


def create_batch(portal: Portal, request: Request, type_name: str) -> Reply:
    """Create records; 201."""
    batch = _open(portal, request, type_name)
    return _write(batch, _creation, HTTPStatus.CREATED)


def update_batch(portal: Portal, request: Request, type_name: str) -> Reply:
    """Update records; ids that were merged away are not followed here (documented)."""
    batch = _open(portal, request, type_name)
    refuse_duplicates([_input_id(item) for item in batch.inputs])
    _count_writes(batch)
    return _write(batch, _change, HTTPStatus.OK)


def upsert_batch(portal: Portal, request: Request, type_name: str) -> Reply:
    """Update or create by a unique property; each row says whether it is `new`."""
    batch = _open(portal, request, type_name)
    refuse_duplicates([_input_id(item).lower() for item in batch.inputs])
    _count_writes(batch)
    return _write(batch, _upsert, HTTPStatus.OK)


def archive_batch(portal: Portal, request: Request, type_name: str) -> Reply:
    """Archive records; 204 whether they exist or not."""
    batch = _open(portal, request, type_name)
    for item in batch.inputs:
        record = _find(batch, _input_id(item), "")
        if record is not None:
            portal.archive(batch.object_type, record)
    return NO_CONTENT


def envelope(
    portal: Portal,
    rows: list[dict[str, Any]],
    errors: list[dict[str, Any]],
    *,
    started_at: str,
    status: int = HTTPStatus.OK,
) -> Reply:
    """The reply of a batch: shuffled rows, and 207 when there are errors."""
    if portal.settings.shuffle:
        portal.random.shuffle(rows)
    body: dict[str, Any] = {"status": "COMPLETE", "results": rows}
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
        status = HTTPStatus.MULTI_STATUS
    return Reply(status, {**body, "startedAt": started_at, "completedAt": portal.now()})


def refuse_duplicates(ids: list[str]) -> None:
    """Raise the recorded 400 for an id that occurs twice in a batch."""
    twice = list(dict.fromkeys(text for text in ids if ids.count(text) > 1))
    if twice:
        message = f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        raise validation_error(message, context={"ids": twice})


def _open(portal: Portal, request: Request, type_name: str) -> Batch:
    inputs = batch_inputs(request, MAX_INPUTS)
    return Batch(portal, find_type(type_name), inputs, portal.now())


def _count_writes(batch: Batch) -> None:
    """Raise the 423 for all of a batch when one of its records is locked."""
    if batch.portal.settings.lock_after_writes is not None:
        found = [_find(batch, _input_id(item), text_of(item, "idProperty")) for item in batch.inputs]
        ids = [record.id for record in found if record is not None]
        batch.portal.locks.count(batch.portal.settings, batch.object_type.name, ids)


def _write(batch: Batch, check: Callable[[Batch, dict[str, Any]], Step], status: int) -> Reply:
    """Do the writes one by one where rows stand alone, else only after all were checked."""
    rows: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    if not all(item.get("objectWriteTraceId") for item in batch.inputs):
        if check is _creation:
            _refuse_equal_unique_values(batch)
        steps = [check(batch, item) for item in batch.inputs]
        rows = [step() for step in steps]
        return envelope(batch.portal, rows, [], started_at=batch.started_at, status=status)
    for item in batch.inputs:
        trace_id = str(item["objectWriteTraceId"])
        try:
            rows.append({**check(batch, item)(), "objectWriteTraceId": trace_id})
        except ApiError as problem:
            errors.append(problem.row({"objectWriteTraceId": [trace_id]}))
    return envelope(batch.portal, rows, errors, started_at=batch.started_at, status=status)


def _creation(batch: Batch, item: dict[str, Any]) -> Step:
    draft = draft_new(batch.portal, batch.object_type, sent_properties(item))
    targets = checked_targets(batch.portal, batch.object_type, item)

    def step() -> dict[str, Any]:
        record = link_new_record(batch.portal, batch.object_type, create(batch.portal, draft), targets)
        return created_view(batch.portal, batch.object_type, record)

    return step


def _change(batch: Batch, item: dict[str, Any]) -> Step:
    text = _input_id(item)
    record = _find(batch, text, text_of(item, "idProperty"))
    if record is None:
        raise missing_records(batch.object_type.singular, [text])
    return _change_of(batch, record, sent_properties(item))


def _change_of(batch: Batch, record: Record, sent: dict[str, Any]) -> Step:
    values = changes_of(batch.portal, batch.object_type, record, sent)

    def step() -> dict[str, Any]:
        new = apply_changes(batch.portal, batch.object_type, record, values)
        return updated_view(batch.portal, batch.object_type, new, sent)

    return step


def _upsert(batch: Batch, item: dict[str, Any]) -> Step:
    text, id_property = _input_id(item), text_of(item, "idProperty")
    sent = sent_properties(item)
    record = _find(batch, text, id_property)
    if record is None and id_property in ("", "hs_object_id"):
        raise missing_records(batch.object_type.singular, [text])
    if record is None:
        make = _creation(batch, {**item, "properties": {id_property: text, **sent}})
        return lambda: {**make(), "new": True}
    change = _change_of(batch, record, sent)
    return lambda: {**change(), "new": False}


def _find(batch: Batch, text: str, id_property: str) -> Record | None:
    table = batch.portal.tables[batch.object_type.name]
    if id_property in ("", "hs_object_id"):
        return table.live.get(int(text)) if is_whole(text) else None
    require_unique(batch.portal, batch.object_type, id_property)
    return table.find_unique(id_property, text)


def _find_archived(batch: Batch, text: str, id_property: str) -> Record | None:
    archived = batch.portal.tables[batch.object_type.name].archived
    if id_property in ("", "hs_object_id"):
        return archived.get(int(text)) if is_whole(text) else None
    require_unique(batch.portal, batch.object_type, id_property)
    return next((one for one in archived.values() if one.properties.get(id_property) == text), None)


def _input_id(item: dict[str, Any]) -> str:
    if "id" not in item:
        raise validation_error("Invalid input JSON: Some required fields were not set: [id]")
    return text_of(item, "id")


def _refuse_equal_unique_values(batch: Batch) -> None:
    """Two inputs of one batch must not claim the same value of a unique property."""
    for name in batch.portal.tables[batch.object_type.name].unique:
        given = [str(sent_properties(item).get(name) or "").lower() for item in batch.inputs]
        refuse_duplicates([value for value in given if value])
