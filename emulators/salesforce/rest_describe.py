"""What the organisation consists of: versions, resources, objects and their fields, as the user sees them."""

from __future__ import annotations

from typing import Any

from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.describe import describe_object, object_summary
from emulators.salesforce.errors import not_found, retired_version

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
