"""Requests to one org with its bearer token.

Each request reads the token anew, so a renewal in the middle of a long read reaches the next page; a refused
session is renewed once a request, by one thread for all of them, and only within the org that it was of.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.salesforce.errors import classify, is_passing, problem_of, session_expired
from connectors.salesforce.http import TOKEN_PATH, Http, form_request
from connectors.salesforce.login import Identity, Login
from connectors.salesforce.quota import Quota
from connectors.transport import Request, Response, RetryPolicy, Timing, Transport
from core.errors import ConfigError, ShortlistError, TransientError

_TOKEN_REFUSED = (400, 401)


@dataclass
class Wire:
    """Sends requests as whoever `login` signs in."""

    instance_url: str
    login: Login
    timing: Timing
    quota: Quota = field(default_factory=Quota)
    ca_file: str | None = None
    transport: Transport = field(init=False)
    _identity: Identity | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._http = Http(self.instance_url, self.ca_file)
        self.host = self._http.host
        self.transport = Transport(self._send, self._classify, timing=self.timing)
        # A log-in is tried once: the policy of the call that needs it tries again.
        self._once = replace(self.transport, policy=RetryPolicy(attempts=1))
        self._date = ""

    @property
    def answered_at(self) -> datetime | None:
        """Salesforce's clock at the last answer of all; None where it did not tell."""
        return parsedate_to_datetime(self._date).astimezone(UTC) if self._date else None

    def identity(self) -> Identity:
        """The session in use; the first caller logs in. Raises AuthError, ConfigError, ContractError."""
        return self.transport.retried(self._granted)

    def _granted(self) -> Identity:
        with self._lock:
            if self._identity is None:
                self._identity = self.login.begin(self._post)
            return self._identity

    def _renewed(self, refused: Identity) -> Identity:
        with self._lock:
            if self._identity == refused:  # else another thread has renewed it already
                renewed = self.login.renew(self._post)
                self._require_same_org(refused, renewed)
                self._identity = renewed
        return self._granted()

    def _require_same_org(self, before: Identity, renewed: Identity) -> None:
        """Raise ConfigError for another org's session: a refreshed sandbox keeps its credentials, not its ids."""
        if renewed.org_id != before.org_id:
            raise ConfigError(
                f"{self.host}: the new session is of org {renewed.org_id}, the one before was of {before.org_id}. "
                "Nothing more was read or written. Use a new connection name (or a new database) for the new org."
            )

    def _post(self, form: Mapping[str, str]) -> bytes:
        return self._once.call(form_request("log in", TOKEN_PATH, form)).body

    def _send(self, request: Request) -> Response:
        if request.path == TOKEN_PATH:
            return self._http.send(request, self.instance_url, {})
        self.quota.require(self.host, request.operation)
        identity = self._granted()
        response = self._as(identity, request)
        if not session_expired(response):
            return response
        renewed = self._renewed(identity)
        self.transport.count(request.operation)
        return self._as(renewed, request)

    def _as(self, identity: Identity, request: Request) -> Response:
        bearer = {"Authorization": f"Bearer {identity.token.plain()}"}
        response = self._http.send(request, identity.instance_url, bearer)
        self.quota.note(response.headers)
        self._date = response.headers.get("date", self._date)
        return response

    def _classify(self, request: Request, response: Response) -> ShortlistError | None:
        if request.path == TOKEN_PATH and response.status in _TOKEN_REFUSED:
            problem = problem_of(response.body)
            if is_passing(problem):
                return TransientError(f"{self.host} (log in): {problem.message} ({problem.code}).")
            if problem.code and problem.code != "rate_limit_exceeded":
                return self.login.refusal(self.host, problem)
        return classify(self.host, request, response)
