"""The WSGI application: paths, authentication, call counting, headers; the rest is in the handlers."""

from __future__ import annotations

import re
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
from flask import Request

from emulators.common.clock import VirtualClock
from emulators.common.control import Control
from emulators.common.packing import packed
from emulators.salesforce import (
    oauth,
    rest_bulk_ingest,
    rest_bulk_query,
    rest_collections,
    rest_composite,
    rest_deploy,
    rest_describe,
    rest_feeds,
    rest_limits,
    rest_query,
    rest_records,
    rest_tree,
)
from emulators.salesforce.admin import extensions
from emulators.salesforce.authenticate import bearer, user_of
from emulators.salesforce.bulk1_service import answer_async
from emulators.salesforce.call import Call, Reply, Router, answer
from emulators.salesforce.errors import SalesforceError, not_found
from emulators.salesforce.limits import count_call, usage_header
from emulators.salesforce.org import Org
from emulators.salesforce.outbound_control import outbound_extensions
from emulators.salesforce.soap_service import answer_soap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from emulators.salesforce.settings import Settings

_DATA = re.compile(r"/services/data/v(\d+\.\d)(/.*)?")
_ALLOW_SAVE = re.compile(r"(?:^|[;,\s])allowSave\s*=\s*true\b", re.IGNORECASE)
_OTHER_APIS = {
    oauth.PREFIX: oauth.answer,
    "/services/Soap/": answer_soap,
    "/services/async/": answer_async,
}
_NOTED_HEADERS = ("Sforce-Call-Options",)
# Assumption: a maintenance page is HTML whatever the client accepts; its words are not recorded.
_MAINTENANCE = (
    b"<html><head><title>Down for Maintenance</title></head><body>Down for Maintenance</body></html>"
)
_HEADERS = {
    "Content-Type": "application/json;charset=UTF-8",
    "Vary": "Accept-Encoding",
    "Cache-Control": "no-cache,must-revalidate,max-age=0,no-store,private",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "none",
    "Server": "sfdcedge",
    "X-SFDC-Edge-Cache": "none",
}


def create_app(
    *,
    clock: VirtualClock | None = None,
    load: Mapping[str, list[dict[str, Any]]] | None = None,
    settings: Settings | None = None,
) -> Control:
    """An emulated organisation behind the control routes; `load` is native records to begin with.

    A reset empties the organisation, also of what was loaded here.
    """
    org = Org(clock or VirtualClock(), settings)
    if load:
        org.load(load)
    return around(org)


def around(org: Org) -> Control:
    """The control routes around an organisation that is there (a copy of another one, for example)."""
    routes = {**extensions(org), **outbound_extensions(org)}
    return Control(Service(org), org, clock=org.clock, extensions=routes, noted_headers=_NOTED_HEADERS)


class Service:
    """The REST API of one organisation as a WSGI application."""

    def __init__(self, org: Org) -> None:
        self._org = org
        # A router of its own: jobs cannot be parts of composite requests.
        self._jobs = Router([*rest_bulk_query.ROUTES, *rest_bulk_ingest.ROUTES])
        composite = rest_composite.routes(lambda: self._router)
        self._router = Router(
            [
                *rest_describe.ROUTES,
                *rest_query.ROUTES,
                *rest_collections.ROUTES,
                *rest_feeds.ROUTES,
                *rest_records.ROUTES,
                *rest_limits.ROUTES,
                *rest_deploy.ROUTES,
                *rest_tree.ROUTES,
                *composite,
            ]
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, alone in the organisation."""
        request = Request(environ)
        if _url_bytes(environ) > self._org.org_settings.url_limit:
            return _uri_too_long(start_response)
        with request:  # closes uploaded files
            with self._org.lock:
                reply = self._answer(request)
            headers = {**_HEADERS, **self._counted(request), **reply.headers}
            body = _body(reply, request)
            if self._org.org_settings.gzip and "Content-Encoding" not in headers:
                body, said = packed(body, environ)
                headers |= said
            status = HTTPStatus(reply.status)
            start_response(f"{status.value} {status.phrase}", list(headers.items()))
            return [body]

    def _counted(self, request: Request) -> dict[str, str]:
        request_id = uuid4().hex
        date = format_datetime(self._org.clock.now(), usegmt=True)
        headers = {"Date": date, "X-SFDC-Request-Id": request_id, "X-Request-Id": request_id}
        if request.path.startswith("/services/data/v"):
            headers["Sforce-Limit-Info"] = usage_header(self._org)
        return headers

    def _answer(self, request: Request) -> Reply:
        org = self._org
        if org.org_settings.maintenance:
            return Reply(_MAINTENANCE, HTTPStatus.SERVICE_UNAVAILABLE, {"Content-Type": "text/html"})
        org.settle()
        try:
            for prefix, answer_other in _OTHER_APIS.items():
                if request.path.startswith(prefix):
                    return answer_other(org, request)
            if request.path.rstrip("/") == "/services/data":
                return Reply(rest_describe.versions(org.org_settings.first_version))
            return self._data(request)
        except SalesforceError as problem:
            return Reply(problem.body(), problem.status)

    def _data(self, request: Request) -> Reply:
        match = _DATA.fullmatch(request.path)
        if match is None:
            raise not_found()
        rest_describe.check_version(match.group(1), self._org.org_settings.first_version)
        user_id = user_of(self._org, bearer(request.headers.get("Authorization", "")))
        count_call(self._org)
        self._org.rules.allow_duplicates = _allows_duplicates(request)
        call = _call(self._org, user_id, request, f"/services/data/v{match.group(1)}")
        path = match.group(2) or ""
        return answer(self._jobs if path.startswith("/jobs/") else self._router, call, path)


def _allows_duplicates(request: Request) -> bool:
    """Whether the request's header lets duplicates be saved where their rule permits it."""
    return _ALLOW_SAVE.search(request.headers.get("Sforce-Duplicate-Rule-Header", "")) is not None


def _url_bytes(environ: WSGIEnvironment) -> int:
    """The length of path and query as they were sent."""
    return len(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "") or (
        len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
    )


def _uri_too_long(start_response: StartResponse) -> list[bytes]:
    """What the web server in front of the organisation says, which is not JSON."""
    headers = [("Content-Type", "text/html;charset=iso-8859-1")]
    start_response("414 URI Too Long", headers)
    return [b"<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>"]


def _call(org: Org, user_id: str, request: Request, base: str) -> Call:
    is_multipart = request.mimetype == "multipart/form-data"
    parts = {name: value.encode() for name, value in request.form.items()} if is_multipart else {}
    files = {name: upload.read() for name, upload in request.files.items()} if is_multipart else {}
    return Call(
        org=org,
        user_id=user_id,
        method=request.method,
        base=base,
        host_url=request.host_url.rstrip("/"),
        args=request.args,
        headers=dict(request.headers),
        raw_body=b"" if is_multipart else request.get_data(),
        files={**parts, **files},
    )


def _body(reply: Reply, request: Request) -> bytes:
    """Bytes as they are, nothing for None, everything else as JSON."""
    if reply.body is None or isinstance(reply.body, bytes):
        return reply.body or b""
    return _json(reply.body, request)


def _json(body: Any, request: Request) -> bytes:
    # Assumption: the layout of pretty-printed answers is not reproduced to the blank.
    pretty = request.headers.get("X-PrettyPrint") == "1"
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 if pretty else 0)
