"""Requests about property definitions and groups: /crm/v3/properties/{type}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.batches import envelope
from emulators.hubspot.errors import ApiError, validation_error
from emulators.hubspot.http import NO_CONTENT, Reply, Request, batch_inputs, created, ok, text_of
from emulators.hubspot.object_types import find_type

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.schema import Schema

_MAX_INPUTS = 100


def list_properties(portal: Portal, request: Request, type_name: str) -> Reply:
    """GET: all definitions by name; `archived=true` the archived ones."""
    return ok({"results": _schema(portal, type_name).listing(archived=request.flag("archived"))})


def get_property(portal: Portal, request: Request, type_name: str, name: str) -> Reply:
    """GET one."""
    return ok(_schema(portal, type_name).get(name, archived=request.flag("archived")))


def create_property(portal: Portal, request: Request, type_name: str) -> Reply:
    """POST: 201; 409 when the name is taken."""
    return created(define(portal, type_name, request.object()))


def update_property(portal: Portal, request: Request, type_name: str, name: str) -> Reply:
    """PATCH one."""
    return ok(_schema(portal, type_name).change(name, request.object(), portal.now()))


def archive_property(portal: Portal, _request: Request, type_name: str, name: str) -> Reply:
    """DELETE one."""
    _archive(portal, type_name, name)
    return NO_CONTENT


def read_properties(portal: Portal, request: Request, type_name: str) -> Reply:
    """POST batch/read by name; 207 when some are missing."""
    archived = bool(request.object().get("archived"))
    return _each(portal, request, lambda item: _schema(portal, type_name).get(_name(item), archived=archived))


def create_properties(portal: Portal, request: Request, type_name: str) -> Reply:
    """POST batch/create: 201, 207 when some are refused."""
    return _each(portal, request, lambda item: define(portal, type_name, item), status=201)


def archive_properties(portal: Portal, request: Request, type_name: str) -> Reply:
    """POST batch/archive: 204; names that do not exist are ignored."""
    for item in batch_inputs(request, _MAX_INPUTS):
        if _name(item) in _schema(portal, type_name).live:
            _archive(portal, type_name, _name(item))
    return NO_CONTENT


def list_groups(portal: Portal, _request: Request, type_name: str) -> Reply:
    """GET groups."""
    return ok({"results": list(_schema(portal, type_name).groups.values())})


def get_group(portal: Portal, _request: Request, type_name: str, name: str) -> Reply:
    """GET one group."""
    return ok(_schema(portal, type_name).get_group(name))


def create_group(portal: Portal, request: Request, type_name: str) -> Reply:
    """POST a group: 201."""
    return created(_schema(portal, type_name).create_group(request.object()))


def update_group(portal: Portal, request: Request, type_name: str, name: str) -> Reply:
    """PATCH a group."""
    return ok(_schema(portal, type_name).change_group(name, request.object()))


def archive_group(portal: Portal, _request: Request, type_name: str, name: str) -> Reply:
    """DELETE a group."""
    _schema(portal, type_name).archive_group(name)
    return NO_CONTENT


def list_custom_objects(_portal: Portal, _request: Request) -> Reply:
    """GET /crm/v3/schemas: the portal has no custom objects."""
    # Assumption: no scope is asked for (documented: crm.schemas.custom.read), since no custom objects are here.
    return ok({"results": []})


def define(portal: Portal, type_name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Create a property; a unique one can identify records from now on."""
    schema, limit = _schema(portal, type_name), portal.settings.custom_property_limit
    if limit is not None and schema.custom_count() >= limit:
        # Assumption: status and wording; that there is a limit for each object type is documented.
        raise validation_error(f"The limit of {limit} custom properties of {type_name} is reached.")
    definition = schema.create(body, portal.now())
    if definition["hasUniqueValue"]:
        portal.tables[find_type(type_name).name].unique[definition["name"]] = {}
    return definition


def _archive(portal: Portal, type_name: str, name: str) -> None:
    _schema(portal, type_name).archive(name, portal.now())
    portal.tables[find_type(type_name).name].unique.pop(name, None)


def _schema(portal: Portal, type_name: str) -> Schema:
    return portal.schemas[find_type(type_name).name]


def _name(item: dict[str, Any]) -> str:
    return text_of(item, "name")


def _each(portal: Portal, request: Request, do: Any, *, status: int = 200) -> Reply:
    started_at = portal.now()
    rows, errors = [], []
    for item in batch_inputs(request, _MAX_INPUTS):
        try:
            rows.append(do(item))
        except ApiError as problem:
            errors.append(problem.row({"name": [_name(item)]}))
    return envelope(portal, rows, errors, started_at=started_at, status=status)
