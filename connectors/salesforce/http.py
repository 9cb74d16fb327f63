"""HTTP to one org, before anybody has signed in: the real session, timeouts, no redirects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlencode, urlsplit

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from connectors.renewal import EXCHANGE_TIMEOUT_SECONDS
from connectors.transport import CONNECT_TIMEOUT_SECONDS, Request, Response
from core.errors import TransientError

OAUTH_PATH = "/services/oauth2/"
TOKEN_PATH = f"{OAUTH_PATH}token"
REVOKE_PATH = f"{OAUTH_PATH}revoke"
READ_TIMEOUT_SECONDS = 150
"""Longer than the 120 seconds after which Salesforce gives a query up (documented), so that we hear it say so."""
AT_ONCE = 20
"""Requests to one org on their way at one time, of all threads; the next ones wait.

Salesforce refuses all requests while 25 of an org take longer than 20 seconds; the rest is left to other tools.
"""
_CHUNK_BYTES = 1 << 16


@dataclass
class Http:
    """Sends requests to `base`; a session of its own, safe to share between threads."""

    base: str
    ca_file: str | None = None
    host: str = field(init=False)

    def __post_init__(self) -> None:
        self.host = urlsplit(self.base).netloc
        self._session = _session(self.ca_file)

    def send(self, request: Request, base: str, headers: Mapping[str, str]) -> Response:
        """The answer, whatever its status; raises TransientError when the network fails."""
        is_oauth = request.path.startswith(OAUTH_PATH)
        timeout = (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
        try:
            answer = self._session.request(
                request.method,
                base + request.path,
                params=request.params,
                data=request.body if request.json is None else orjson.dumps(request.json),
                headers={**(request.headers or {}), **headers},
                timeout=EXCHANGE_TIMEOUT_SECONDS if is_oauth else timeout,
                allow_redirects=False,
                stream=True,
            )
            body = _body(answer, request)
        except (requests.RequestException, HTTPError) as error:
            raise TransientError(
                f"{self.host} ({request.operation}) cannot be reached: {type(error).__name__}. "
                "Check the network and instance_url; it is tried again."
            ) from error
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, lower, body)


def _body(answer: requests.Response, request: Request) -> bytes:
    """What was answered; a success goes into the file where there is one, bit by bit."""
    with answer:
        into = request.into
        if into is None or not answer.ok:
            # At once: the bits of 10 kB that requests reads cost twice as much, and make threads take turns.
            return bytes(answer.raw.read(decode_content=not (request.packed and answer.ok)))
        into.seek(0)
        into.truncate()
        for chunk in answer.iter_content(_CHUNK_BYTES):
            into.write(chunk)
    return b""


def form_request(operation: str, path: str, form: Mapping[str, str]) -> Request:
    """A form to one of OAuth's endpoints."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return Request(operation, "POST", path, headers=headers, body=urlencode(form).encode())


def _session(ca_file: str | None) -> requests.Session:
    """A pool of connections that takes nothing from the environment and keeps no cookies."""
    session = requests.Session()
    session.verify = ca_file or True
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["Accept-Encoding"] = "gzip"
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=AT_ONCE, pool_block=True))
    return session
