"""HTTP to one org: the real session, its bearer token, and who may receive it.

The token lives in memory only. Each request reads it anew, so a renewal in the middle of a long read
reaches the next page; a refused session is renewed once a request, by one thread for all of them.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter

from connectors.salesforce.errors import classify, problem_of, session_expired
from connectors.salesforce.ids import canonical_id
from connectors.salesforce.settings import host_allowed
from connectors.transport import (
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    Request,
    Response,
    RetryPolicy,
    Timing,
    Transport,
    redact,
)
from core.errors import AuthError, ContractError, ShortlistError, TransientError

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 a path
_POOL_SIZE = 16


class Identity(NamedTuple):
    """A granted session: its token, where it is valid, and whose it is."""

    token: str
    instance_url: str
    org_id: str
    user_id: str


@dataclass
class Wire:
    """Sends requests as the run-as user of an external client app (OAuth client credentials).

    credentials: gives client id and client secret; asked for each token, so that a rotated secret is seen.
    """

    instance_url: str
    credentials: Callable[[], tuple[str, str]]
    emulator: bool
    timing: Timing
    transport: Transport = field(init=False)
    _identity: Identity | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.host = urlsplit(self.instance_url).netloc
        self.transport = Transport(self._send, self._classify, timing=self.timing)
        # A log-in inside another call is tried once here: that call's own policy tries again.
        self._once = replace(self.transport, policy=RetryPolicy(attempts=1))
        self._http = _session()

    def identity(self) -> Identity:
        """The session in use; the first caller logs in. Raises AuthError, ContractError."""
        return self._granted(self.transport)

    def _granted(self, door: Transport) -> Identity:
        with self._lock:
            if self._identity is None:
                self._identity = self._log_in(door)
            return self._identity

    def _send(self, request: Request) -> Response:
        if request.path == TOKEN_PATH:
            return self._exchange(request, self.instance_url, {})
        identity = self._granted(self._once)
        response = self._as(identity, request)
        if not session_expired(response):
            return response
        self._forget(identity)
        self.transport.count(request.operation)
        return self._as(self._granted(self._once), request)

    def _as(self, identity: Identity, request: Request) -> Response:
        bearer = {"Authorization": f"Bearer {identity.token}"}
        return self._exchange(request, identity.instance_url, bearer)

    def _forget(self, refused: Identity) -> None:
        with self._lock:
            if self._identity == refused:  # else another thread has renewed it already
                self._identity = None

    def _exchange(self, request: Request, base: str, headers: dict[str, str]) -> Response:
        try:
            answer = self._http.request(
                request.method,
                base + request.path,
                params=request.params,
                data=request.body if request.json is None else orjson.dumps(request.json),
                headers={**(request.headers or {}), **headers},
                timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise TransientError(
                f"{self.host} ({request.operation}) cannot be reached: {type(error).__name__}. "
                "Check the network and instance_url; it is tried again."
            ) from error
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, lower, answer.content)

    def _classify(self, request: Request, response: Response) -> ShortlistError | None:
        if request.path == TOKEN_PATH and response.status in (400, 401):
            problem = problem_of(response.body)
            if problem.code and problem.code != "rate_limit_exceeded":
                return AuthError(
                    f"{self.host} refused our client credentials: {redact(problem.message)} ({problem.code})."
                    " Check client_id, client_secret and the run-as user of the external client app."
                )
        return classify(self.host, request, response)

    def _log_in(self, door: Transport) -> Identity:
        client_id, client_secret = self.credentials()
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        request = Request("log in", "POST", TOKEN_PATH, headers=headers, body=urlencode(form).encode())
        return self._read_identity(door.call(request).body)

    def _read_identity(self, body: bytes) -> Identity:
        try:
            granted = orjson.loads(body)
            url, token = granted["instance_url"].rstrip("/"), granted["access_token"]
            org_id, user_id = granted["id"].rsplit("/", 2)[1:]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ContractError(f"{self.host} granted a session in a form that is not OAuth's.") from error
        if not host_allowed(url, emulator=self.emulator):
            raise ContractError(f"{self.host} sends us to a host that is not Salesforce's: {redact(url)}.")
        return Identity(token, url, canonical_id(org_id), canonical_id(user_id))


def _session() -> requests.Session:
    """A pool of connections that takes nothing from the environment and keeps no cookies."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["Accept-Encoding"] = "gzip"
    session.mount("https://", HTTPAdapter(pool_maxsize=_POOL_SIZE))
    session.mount("http://", HTTPAdapter(pool_maxsize=_POOL_SIZE))
    return session
