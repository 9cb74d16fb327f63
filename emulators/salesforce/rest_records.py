"""Single records: create, read, update, delete, upsert."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from emulators.salesforce import records
from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import no_external_field, not_found
from emulators.salesforce.soql_render import full_record
from emulators.salesforce.soql_resolve import Resolver

if TYPE_CHECKING:
    from emulators.salesforce.fields import Field, ObjectType


def created(record_id: str) -> dict[str, object]:
    """The body, or row, of a successful write."""
    return {"id": record_id, "success": True, "errors": []}


def create(call: Call, name: str) -> Reply:
    """POST /sobjects/X."""
    item = call.object(name)
    record_id = records.create(call.org, call.user_id, item, call.values())
    location = {"Location": f"{call.base}/sobjects/{item.name}/{record_id}"}
    return Reply(created(record_id), HTTPStatus.CREATED, location)


def read(call: Call, name: str, record_id: str) -> Reply:
    """GET /sobjects/X/ID, ?fields=A,B."""
    item = call.object(name)
    record = records.find(call.org, item, record_id)
    visible = call.org.access.visible(item, call.user_id)
    if visible is not None and not visible(record):
        raise not_found()
    names = call.args["fields"].split(",") if "fields" in call.args else None
    render = full_record(Resolver(call.org, call.user_id, ""), item, names)
    return Reply(render(record, call.base))


def update(call: Call, name: str, record_id: str) -> Reply:
    """PATCH /sobjects/X/ID."""
    records.update(call.org, call.user_id, call.object(name), record_id, call.values())
    return Reply(status=HTTPStatus.NO_CONTENT)


def delete(call: Call, name: str, record_id: str) -> Reply:
    """DELETE /sobjects/X/ID."""
    records.delete(call.org, call.user_id, call.object(name), record_id)
    return Reply(status=HTTPStatus.NO_CONTENT)


def lookup_field(call: Call, item: ObjectType, name: str) -> Field:
    """The field of an upsert. Raises NOT_FOUND unless it identifies records and the user sees it."""
    field = call.org.access.readable(call.user_id, item).get(name.lower())
    if field is None or not (field.external_id or field.id_lookup):
        raise no_external_field(name)
    return field


def read_by_key(call: Call, name: str, key: str, value: str) -> Reply:
    """GET /sobjects/X/Field/value."""
    item = call.object(name)
    found = records.matches(call.org, item, lookup_field(call, item, key), value)
    if len(found) > 1:
        return _several(call, item, found)
    return read(call, name, found[0]["Id"] if found else "")


def upsert(call: Call, name: str, key: str, value: str) -> Reply:
    """PATCH /sobjects/X/Field/value: 201 created, 200 updated, 300 when several match."""
    item = call.object(name)
    field = lookup_field(call, item, key)
    found = records.matches(call.org, item, field, value)
    if len(found) > 1:
        return _several(call, item, found)
    data = call.values()
    if found:
        records.update(call.org, call.user_id, item, found[0]["Id"], data)
        return Reply({**created(found[0]["Id"]), "created": False})
    if call.args.get("updateOnly") == "true":
        raise no_external_field(key)
    record_id = records.create(call.org, call.user_id, item, {**data, field.name: value})
    return Reply({**created(record_id), "created": True}, HTTPStatus.CREATED)


def _several(call: Call, item: ObjectType, found: list[dict[str, object]]) -> Reply:
    urls = [f"{call.base}/sobjects/{item.name}/{row['Id']}" for row in found]
    return Reply(urls, HTTPStatus.MULTIPLE_CHOICES)


ROUTES: list[Route] = [
    ("POST", "/sobjects/{name}", create),
    ("GET", "/sobjects/{name}/{id}", read),
    ("PATCH", "/sobjects/{name}/{id}", update),
    ("DELETE", "/sobjects/{name}/{id}", delete),
    ("GET", "/sobjects/{name}/{key}/{value}", read_by_key),
    ("PATCH", "/sobjects/{name}/{key}/{value}", upsert),
]
