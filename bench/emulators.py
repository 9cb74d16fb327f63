"""What the emulators themselves cost, so that they are never what the other figures measure."""

import gzip
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import orjson

from bench import hubspot_emulator
from bench import salesforce_world as world
from bench.areas import Options
from bench.measure import Watch, in_child
from bench.rows import Row, figure
from bench.servers import CLIENT
from emulators.common.control import Control
from emulators.salesforce import create_app

AREA = "emulators"
_CONTACTS = 1_000_000
_PART = 50_000
_BULK_PAGE = 50_000
_PAGES = 20
_BASE = "/services/data/v62.0"
_SOQL = "SELECT Id, IsDeleted, SystemModstamp, Name, MasterRecordId, AccountId, Email, Title FROM Contact"
_HUBSPOT_CONTACTS, _MOST_HUBSPOT_PAGE_MS = 100_000, 2
_MOST_LOAD_SECONDS, _MOST_PAGE_MS, _MOST_BULK_SECONDS = 180, 10, 0.5


def measure(options: Options) -> Iterator[Row]:
    """All figures; requests go to the application itself, so that no socket is measured."""
    count = options.size(_CONTACTS)
    name = f"Salesforce emulator: load {count:,} contacts in parts"
    loaded = in_child(_load, count)
    yield figure(AREA, name, loaded.cpu_seconds, "CPU s", at_most=_MOST_LOAD_SECONDS)
    yield figure(AREA, name, loaded.peak_rss_mb, "MB peak")
    pages = in_child(_rest_pages, count)
    milliseconds = pages.cpu_seconds / pages.value * 1000
    yield figure(
        AREA,
        "Salesforce emulator: REST page of 2,000 rows, gzip",
        milliseconds,
        "CPU ms",
        at_most=_MOST_PAGE_MS,
    )
    for compressed in (False, True):
        bulk = in_child(_bulk_pages, count, compressed)
        name = f"Salesforce emulator: bulk page of 50,000 rows, {'gzip' if compressed else 'plain'}"
        seconds = bulk.cpu_seconds / bulk.value
        yield figure(AREA, name, seconds, "CPU s", at_most=_MOST_BULK_SECONDS)
    yield from _hubspot(options)


def _hubspot(options: Options) -> Iterator[Row]:
    """Pages and batches of 100 contacts, each many times."""
    costs = in_child(hubspot_emulator.costs, options.size(_HUBSPOT_CONTACTS)).value
    for name, milliseconds in costs.items():
        most = _MOST_HUBSPOT_PAGE_MS if name == hubspot_emulator.PAGE else None
        yield figure(AREA, f"HubSpot emulator: {name}", milliseconds, "CPU ms", at_most=most)


def _load(watch: Watch, count: int) -> int:
    _loaded(watch, count)
    return count


def _rest_pages(watch: Watch, count: int) -> int:
    """Read pages by their locators; the first, which finds all rows, is not counted."""
    app, token = _loaded(Watch(), count)
    page = orjson.loads(_get(app, token, f"{_BASE}/query", q=_SOQL)[1])
    for _ in range(_PAGES):
        with watch:
            _, body = _get(app, token, page["nextRecordsUrl"], compressed=True)
        page = orjson.loads(gzip.decompress(body))
    return _PAGES


def _bulk_pages(watch: Watch, count: int, compressed: bool) -> int:  # noqa: FBT001 - sent to another process
    app, token = _loaded(Watch(), count)
    job = _post(app, f"{_BASE}/jobs/query", {"operation": "query", "query": _SOQL}, token)
    path = f"{_BASE}/jobs/query/{job['id']}"
    while orjson.loads(_get(app, token, path)[1])["state"] != "JobComplete":
        pass
    pages, locator = 0, ""
    while locator != "null":
        with watch:
            headers, _ = _get(
                app,
                token,
                f"{path}/results",
                compressed=compressed,
                maxRecords=_BULK_PAGE,
                locator=locator,
            )
        locator = headers["Sforce-Locator"]
        pages += 1
    return pages


def _loaded(watch: Watch, count: int) -> tuple[Control, str]:
    """An emulator that was given its contacts by the control route, and a token."""
    app = create_app()
    owners = world.accounts_of(count)
    _post(app, "/_emulator/load", world.accounts(owners))
    for start in range(0, count, _PART):
        part = world.contacts_part(start, min(start + _PART, count), owners)
        body = orjson.dumps(part)
        del part
        with watch:
            _call(app, "POST", "/_emulator/load", body=body)
    client_id, secret = CLIENT
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    _, answer = _call(
        app,
        "POST",
        "/services/oauth2/token",
        body=urlencode(form).encode(),
        CONTENT_TYPE="application/x-www-form-urlencoded",
    )
    return app, orjson.loads(answer)["access_token"]


def _get(
    app: Control, token: str, path: str, *, compressed: bool = False, **query: Any
) -> tuple[dict[str, str], bytes]:
    accepted = "gzip" if compressed else "identity"
    return _call(
        app,
        "GET",
        path,
        QUERY_STRING=urlencode(query),
        HTTP_AUTHORIZATION=f"Bearer {token}",
        HTTP_ACCEPT_ENCODING=accepted,
    )


def _post(app: Control, path: str, body: Any, token: str = "") -> Any:
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    _, answer = _call(app, "POST", path, body=orjson.dumps(body), CONTENT_TYPE="application/json", **headers)
    return orjson.loads(answer)


def _call(
    app: Control, method: str, path: str, *, body: bytes = b"", **environ: str
) -> tuple[dict[str, str], bytes]:
    """Headers and body of an answer. Raises ValueError for an error."""
    request: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        **environ,
    }
    setup_testing_defaults(request)
    seen: list[Any] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _error: Any = None
    ) -> Callable[[bytes], object]:
        seen.extend((status, headers))
        return lambda _data: None

    answer = b"".join(app(request, start_response))
    if not seen[0].startswith("2"):
        raise ValueError(f"{method} {path}: {seen[0]} {answer[:200]!r}")
    return dict(seen[1]), answer
