"""The one door for HTTP: timeouts, retries, rate limits, call counts and redaction for every connector.

A connector gives it a `send` (its vendor's SDK in raw form) and a `classify` (which answers are errors of
the connection). Nothing else in Shortlist sleeps or retries.
"""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple, Protocol, TypeVar

import tenacity

from core.clock import Clock, system_clock
from core.errors import RateLimited, ShortlistError, TransientError
from core.secrets import blanked

CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 120

_T = TypeVar("_T")


class Request(NamedTuple):
    """One call. `operation` is what a person reads in the call count ("read companies").

    repeatable: False for a call that must not be sent twice when its answer is lost (a create).
    bucket: which rate limit it counts against.
    body: what is sent instead of `json`, as it is (a form, a file); `headers` says its type.
    into: where the body of a success goes instead of Response.body, from the file's beginning at each try.
    packed: True where the body of a success may stay as it was packed for the way; its headers say how.
    """

    operation: str
    method: str
    path: str
    params: Mapping[str, Any] | None = None
    json: Any = None
    headers: Mapping[str, str] | None = None
    repeatable: bool = True
    bucket: str = "default"
    body: bytes | None = None
    into: IO[bytes] | None = None
    packed: bool = False

    def __repr__(self) -> str:
        """Without header and body, which may hold secrets."""
        return f"Request({self.operation}: {self.method} {self.path})"


class Response(NamedTuple):
    """An answer, body as raw bytes; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Send = Callable[[Request], Response]
"""Makes one call; raises TransientError when the network fails, and nothing for a status."""

Classify = Callable[[Request, Response], ShortlistError | None]
"""The error of the connection that an answer means; None where the caller should read the answer."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The transport's own clocks and sleep, so that tests need not wait. `now` is for when tokens end."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Clock = system_clock


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `attempts` tries within `deadline_seconds`; pauses double from `first_pause_seconds`."""

    attempts: int = 6
    deadline_seconds: float = 180
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 30


class Gate(Protocol):
    """A rate limit, shared by all threads of a connection (connectors.pacing)."""

    def wait(self) -> None:
        """Return when one more call may be made, and count it."""

    def hold(self, seconds: float) -> None:
        """Let nobody call for so long: the CRM has just refused one of us for its rate."""


def _admit(_: Request) -> None:
    """Let every call pass."""


@dataclass(slots=True)
class Transport:
    """Calls a CRM: waits for its rate limit, retries what may pass, counts every attempt.

    admit: asked before each attempt; what it raises is what the call raises.
    """

    send: Send
    classify: Classify
    windows: Mapping[str, Gate] = field(default_factory=dict)
    policy: RetryPolicy = RetryPolicy()
    timing: Timing = Timing()
    admit: Callable[[Request], None] = _admit
    calls: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, operation: str) -> None:
        """Count an attempt; for `send` too, where it makes a further call of its own."""
        with self._lock:
            self.calls[operation] += 1

    def call(self, request: Request) -> Response:
        """The answer, whatever its status, unless `classify` says it is an error of the connection.

        Raises what classify gives; RateLimited and TransientError only after the policy is used up.
        """
        return self._tried(lambda: self._attempt(request), repeatable=request.repeatable)

    def retried(self, work: Callable[[], _T]) -> _T:
        """The result of work that makes calls of its own, begun again under our policy where it may pass."""
        return self._tried(work, repeatable=True)

    def until(self, ask: Callable[[], _T | None], *, every_seconds: float, for_seconds: float) -> _T | None:
        """What `ask` gives when it gives something, asked every so often; None when it takes too long."""
        deadline = self.timing.monotonic() + for_seconds
        while (found := ask()) is None and self.timing.monotonic() < deadline:
            self.timing.sleep(every_seconds)
        return found

    def _attempt(self, request: Request) -> Response:
        self.admit(request)
        window = self.windows.get(request.bucket)
        if window is not None:
            window.wait()
        self.count(request.operation)
        response = self.send(request)
        error = self.classify(request, response)
        if error is None:
            return response
        if window is not None and isinstance(error, RateLimited) and error.is_shared and error.retry_after:
            window.hold(min(error.retry_after.total_seconds(), self.policy.longest_pause_seconds))
        raise error

    def _tried(self, work: Callable[[], _T], *, repeatable: bool) -> _T:
        passing = (RateLimited, TransientError) if repeatable else (RateLimited,)
        deadline = self.timing.monotonic() + self.policy.deadline_seconds
        try:
            return work()
        except passing as error:
            failed = [error]

        def again() -> _T:
            """Tell of the first failure, then try again."""
            if failed:
                raise failed.pop()
            return work()

        return self._retrying(passing, deadline)(again)

    def _retrying(self, passing: tuple[type[ShortlistError], ...], deadline: float) -> tenacity.Retrying:
        """What decides on further tries; made for a failure only, because it costs more than sending a call."""
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(passing),
            stop=lambda state: (
                state.attempt_number >= self.policy.attempts
                or self.timing.monotonic() + state.upcoming_sleep > deadline
            ),
            wait=self._pause,
            sleep=self.timing.sleep,
            reraise=True,
        )

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after.total_seconds()
        longest = self.policy.first_pause_seconds * 2.0 ** (state.attempt_number - 1)
        # Half fixed, half random, so that many workers do not come back at once.
        return min(longest, self.policy.longest_pause_seconds) * random.uniform(0.5, 1.0)  # noqa: S311 no secret


_SECRETS = re.compile(
    r"(Bearer\s+|(?:access_token|refresh_token|client_secret|assertion|sid)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text without tokens and secrets, cut to a length that fits a message."""
    return _SECRETS.sub(r"\1***", blanked(text))[:500]
