"""What the organisation consists of: versions, resources, objects and their fields, as the user sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from zlib import crc32

from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.describe import describe_object, object_summary
from emulators.salesforce.errors import not_found, retired_version

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_VERSION = 31  # the labels count from it; versions below are retired
_OLDEST_VERSION = 7
_LAST_VERSION = 67
_SEASONS = ("Spring", "Summer", "Winter")
_FIRST_LABEL_YEAR = 2014
_RESOURCES = ("composite", "limits", "metadata", "query", "queryAll", "sobjects")


def versions(first: int = _FIRST_VERSION) -> list[dict[str, str]]:
    """The API versions offered, oldest first."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(max(first, _FIRST_VERSION), _LAST_VERSION + 1)
    ]


def check_version(text: str, first: int) -> None:
    """Raise NOT_FOUND for what never was a version (as in 62.0), 410 for one retired before `first`."""
    number, _, minor = text.partition(".")
    if minor != "0" or not number.isdigit() or not _OLDEST_VERSION <= int(number) <= _LAST_VERSION:
        raise not_found()
    if int(number) < max(first, _FIRST_VERSION):
        raise retired_version(text)


def _label(number: int) -> str:
    """Three releases a year; v31 was Summer '14."""
    position = number - _FIRST_VERSION + 1
    season = _SEASONS[position % 3]
    year = _FIRST_LABEL_YEAR + position // 3 + (season == "Winter")
    return f"{season} '{year % 100}"


def resources(call: Call) -> Reply:
    """GET /services/data/vXX.0."""
    return Reply({name: f"{call.base}/{name}" for name in _RESOURCES})


def describe_global(call: Call) -> Reply:
    """GET /sobjects: the objects the user may read."""

    def body() -> dict[str, Any]:
        access, items = call.org.access, call.org.schema.objects.values()
        seen = [item for item in items if access.may(item, "read", call.user_id)]
        sobjects = [object_summary(call.org, call.user_id, item, call.base) for item in seen]
        return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": sobjects}

    return _if_modified(call, body)


def object_info(call: Call, name: str) -> Reply:
    """GET /sobjects/X."""
    summary = object_summary(call.org, call.user_id, call.object(name), call.base)
    return Reply({"objectDescribe": summary, "recentItems": []})


def describe(call: Call, name: str) -> Reply:
    """GET /sobjects/X/describe."""
    item = call.object(name)
    return _if_modified(call, lambda: describe_object(call.org, call.user_id, item, call.base, call.host_url))


def _if_modified(call: Call, body: Callable[[], dict[str, Any]]) -> Reply:
    """304 without a body when nothing has changed since the client asked (documentation).

    Both headers of the answer are recorded; what goes into the tag is not known.
    """
    changed_at = call.org.described.changed_at(call.org)
    tag = f'"{crc32(repr((call.user_id, changed_at)).encode()):08x}--gzip"'
    headers = {"ETag": tag, "Last-Modified": format_datetime(changed_at, usegmt=True)}
    asked, known = (call.headers.get(name) for name in ("If-Modified-Since", "If-None-Match"))
    if known == tag or (known is None and asked is not None and _parsed(asked) >= changed_at):
        return Reply(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Reply(body(), headers=headers)


def _parsed(text: str) -> datetime:
    """The time of a header. A text that is none counts as long ago, so that the body is sent."""
    try:
        parsed = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


ROUTES: list[Route] = [
    ("GET", "", resources),
    ("GET", "/sobjects", describe_global),
    ("GET", "/sobjects/{name}/describe", describe),
    ("GET", "/sobjects/{name}", object_info),
]
