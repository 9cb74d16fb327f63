"""Whatever a client sends, the answer is HubSpot's and never a crash of the emulator."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from emulators.hubspot import create_app

_APP = create_app()
_PATHS = (
    ("POST", "/crm/v3/objects/companies"),
    ("PATCH", "/crm/v3/objects/companies/1"),
    ("POST", "/crm/v3/objects/companies/merge"),
    ("POST", "/crm/v3/objects/contacts/gdpr-delete"),
    ("POST", "/crm/v3/objects/companies/search"),
    *(
        ("POST", f"/crm/v3/objects/contacts/batch/{verb}")
        for verb in ("read", "create", "update", "upsert", "archive")
    ),
    ("POST", "/crm/v3/properties/companies"),
    ("PATCH", "/crm/v3/properties/companies/hs_ideal_customer_profile"),
    ("POST", "/crm/v3/properties/companies/groups"),
    *(("POST", f"/crm/v3/properties/companies/batch/{verb}") for verb in ("read", "create", "archive")),
    *(
        ("POST", f"/crm/v4/associations/contacts/companies/{verb}")
        for verb in ("batch/read", "batch/create", "batch/associate/default", "batch/archive", "labels")
    ),
    ("POST", "/crm/v4/associations/contacts/companies/batch/labels/archive"),
    ("PUT", "/crm/v4/objects/contacts/2/associations/companies/1"),
    ("POST", "/crm/v3/lists"),
    ("POST", "/crm/v3/lists/search"),
    ("PUT", "/crm/v3/lists/1/memberships/add"),
    ("PUT", "/crm/v3/lists/1/memberships/add-and-remove"),
)
_KEYS = (
    "properties", "inputs", "id", "idProperty", "objectWriteTraceId", "associations", "to", "from",
    "types", "associationTypeId", "filterGroups", "filters", "propertyName", "operator", "value", "values",
    "highValue", "sorts", "limit", "after", "query", "primaryObjectId", "objectIdToMerge", "objectId",
    "name", "label", "type", "fieldType", "groupName", "options", "objectTypeId", "processingType",
    "recordIdsToAdd", "count", "offset", "hs_merged_object_ids", "email", "closedate", "numberofemployees",
    "archived", "displayOrder", "listIds",
)  # fmt: skip
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**18),
    st.floats(allow_nan=False),
    st.sampled_from(
        ("", "1", "2", "GTE", "BETWEEN", "IN", "EQ", "CONTAINS_TOKEN", "associations.contact", "²")
    ),
    st.sampled_from(
        ("lastmodifieddate", "hs_lastmodifieddate", "hs_object_id", "0-2", "MANUAL", "string", "text")
    ),
    st.sampled_from(("enumeration", "select", "companyinformation", "a@b.example", "99999999999999999999")),
    st.text(max_size=5),
)
_BODIES = st.recursive(
    _VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=12,
)


def answer(method: str, path: str, body: Any, query: str = "") -> tuple[int, Any]:
    raw = orjson.dumps(body)
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": BytesIO(raw),
        "HTTP_AUTHORIZATION": "Bearer demo-token",
    }
    statuses: list[str] = []

    def start_response(status: str, *_: Any) -> Any:
        statuses.append(status)

    content = b"".join(_APP(environ, start_response))
    return int(statuses[0][:3]), orjson.loads(content) if content else None


def prepare() -> None:
    answer("POST", "/_emulator/reset", None)
    answer(
        "POST", "/_emulator/settings", {"burst_limit": None, "daily_limit": None, "search_per_second": None}
    )
    records = {
        "companies": [{"id": "1", "properties": {"name": "A"}}],
        "contacts": [{"id": "2", "properties": {}}],
    }
    lists = [{"name": "L", "objectTypeId": "0-2"}]
    answer("POST", "/_emulator/load", {"objects": records, "lists": lists})


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_PATHS), _BODIES)
def test_no_body_is_a_crash(target: tuple[str, str], body: Any) -> None:
    prepare()
    status, reply = answer(*target, body)
    assert status in (200, 201, 204, 207, 400, 404, 409)
    if status >= 400:
        assert {"status", "message", "correlationId", "category"} <= set(reply)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(_PATHS),
    st.fixed_dictionaries(
        {},
        optional={
            "properties": st.one_of(_BODIES, st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=3)),
            "inputs": st.lists(st.dictionaries(st.sampled_from(_KEYS), _BODIES, max_size=4), max_size=3),
            "filterGroups": st.lists(
                st.fixed_dictionaries(
                    {"filters": st.lists(st.dictionaries(st.sampled_from(_KEYS), _BODIES), max_size=2)}
                ),
                max_size=2,
            ),
            "name": _VALUES,
            "label": _VALUES,
            "options": _BODIES,
            "sorts": _BODIES,
            "limit": _VALUES,
            "after": _VALUES,
        },
    ),
)
def test_no_body_of_nearly_the_right_form_is_a_crash(target: tuple[str, str], body: Any) -> None:
    prepare()
    assert answer(*target, body)[0] in (200, 201, 204, 207, 400, 404, 409)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(
        (
            "/crm/v3/objects/companies",
            "/crm/v3/objects/contacts/2",
            "/crm/v3/lists/1/memberships",
            "/crm/v3/owners",
            "/crm/v4/objects/contacts/2/associations/companies",
            "/crm/v3/lists",
            "/crm/v3/owners/²",
        ),
    ),
    st.dictionaries(
        st.sampled_from(
            ("limit", "after", "properties", "associations", "archived", "idProperty", "email", "listIds")
        ),
        st.sampled_from(
            ("", "1", "-1", "10", "99999999999999999999", "²", "email", "companies", "true", "x,y")
        ),
    ),
)
def test_no_query_is_a_crash(path: str, query: dict[str, str]) -> None:
    prepare()
    text = "&".join(f"{key}={value}" for key, value in query.items())
    assert answer("GET", path.encode().decode("latin-1"), None, text)[0] in (200, 400, 404)
