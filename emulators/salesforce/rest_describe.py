"""What the organisation consists of: versions, resources, objects and their fields, as the user sees them."""

from __future__ import annotations

from typing import Any

from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.describe import describe_object, object_summary

_FIRST_VERSION = 31
_LAST_VERSION = 67
_SEASONS = ("Spring", "Summer", "Winter")
_FIRST_LABEL_YEAR = 2014
_RESOURCES = ("composite", "limits", "metadata", "query", "queryAll", "sobjects")


def versions() -> list[dict[str, str]]:
    """The API versions offered, oldest first."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(_FIRST_VERSION, _LAST_VERSION + 1)
    ]


def is_version(text: str) -> bool:
    """Whether `text` (as in 62.0) is a version offered."""
    number, _, minor = text.partition(".")
    return minor == "0" and number.isdigit() and _FIRST_VERSION <= int(number) <= _LAST_VERSION


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
    """GET /sobjects."""
    items = call.org.schema.objects.values()
    sobjects = [object_summary(call.org, item, call.base) for item in items]
    return Reply({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": sobjects})


def object_info(call: Call, name: str) -> Reply:
    """GET /sobjects/X."""
    item = call.object(name)
    info: dict[str, Any] = {"objectDescribe": object_summary(call.org, item, call.base), "recentItems": []}
    return Reply(info)


def describe(call: Call, name: str) -> Reply:
    """GET /sobjects/X/describe."""
    return Reply(describe_object(call.org, call.user_id, call.object(name), call.base, call.host_url))


ROUTES: list[Route] = [
    ("GET", "", resources),
    ("GET", "/sobjects", describe_global),
    ("GET", "/sobjects/{name}/describe", describe),
    ("GET", "/sobjects/{name}", object_info),
]
