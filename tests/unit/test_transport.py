"""The one door for HTTP: what is tried again, how long it waits, what it counts and what it hides."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from connectors.transport import Gate, Request, Response, RetryPolicy, Timing, Transport, redact
from core.errors import (
    AuthError,
    ContractError,
    QuotaExhausted,
    RateLimited,
    ShortlistError,
    TransientError,
)

OK = Response(200, {}, b"{}")
READ = Request("read companies", "GET", "/companies")
CREATE = Request("create list", "POST", "/lists", repeatable=False)


@dataclass
class Line:
    """A line to a CRM that fails as told, with a clock that only sleeping moves."""

    failures: list[ShortlistError | None] = field(default_factory=list)
    now: float = 100.0
    pauses: list[float] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    takes: float = 0.0

    @property
    def timing(self) -> Timing:
        return Timing(lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def send(self, _: Request) -> Response:
        self.sent_at.append(self.now)
        self.now += self.takes
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        return OK

    def transport(self, policy: RetryPolicy | None = None, **windows: Gate) -> Transport:
        return Transport(self.send, lambda _, __: None, windows, policy or RetryPolicy(), self.timing)


def failing(make: Callable[[], ShortlistError], times: int = 99) -> Line:
    return Line([make() for _ in range(times)])


def test_a_passing_failure_is_tried_again_after_growing_pauses() -> None:
    line = failing(lambda: TransientError("gone for a moment"), 4)
    assert line.transport().call(READ) == OK
    assert len(line.sent_at) == 5
    for number, pause in enumerate(line.pauses):
        assert 0.25 * 2**number <= pause <= 0.5 * 2**number


def test_pauses_grow_no_longer_than_the_longest() -> None:
    line = failing(lambda: TransientError("x"), 9)
    policy = RetryPolicy(attempts=10, deadline_seconds=1000, first_pause_seconds=1, longest_pause_seconds=4)
    line.transport(policy).call(READ)
    assert max(line.pauses) <= 4


def test_attempts_end_with_the_failure_itself() -> None:
    line = failing(lambda: TransientError("still gone"))
    with pytest.raises(TransientError, match="still gone"):
        line.transport(RetryPolicy(attempts=3)).call(READ)
    assert len(line.sent_at) == 3


def test_the_deadline_ends_attempts_early_by_the_clock_of_the_transport() -> None:
    line = failing(lambda: RateLimited("slow down", timedelta(seconds=50)))
    with pytest.raises(RateLimited):
        line.transport(RetryPolicy(attempts=99, deadline_seconds=180)).call(READ)
    assert line.pauses == [50, 50, 50]


def test_slow_answers_count_towards_the_deadline() -> None:
    line = failing(lambda: TransientError("timeout"))
    line.takes = 120.0
    with pytest.raises(TransientError):
        line.transport().call(READ)
    assert len(line.sent_at) == 2


def test_a_wait_that_would_pass_the_deadline_is_not_begun() -> None:
    line = failing(lambda: RateLimited("tomorrow", timedelta(hours=1)))
    with pytest.raises(RateLimited) as caught:
        line.transport().call(READ)
    assert caught.value.retry_after == timedelta(hours=1)
    assert line.pauses == []


def test_the_crm_says_how_long_to_wait() -> None:
    line = Line([RateLimited("slow down", timedelta(seconds=7)), RateLimited("slow down")])
    line.transport().call(READ)
    assert line.pauses[0] == 7
    assert 0.5 <= line.pauses[1] <= 1


@pytest.mark.parametrize("error", [AuthError("no"), ContractError("what"), QuotaExhausted("tomorrow")])
def test_what_does_not_pass_is_not_tried_again(error: ShortlistError) -> None:
    line = Line([error])
    with pytest.raises(type(error)):
        line.transport().call(READ)
    assert len(line.sent_at) == 1


def test_a_call_that_may_have_been_done_is_not_sent_twice() -> None:
    line = Line([TransientError("the answer was lost")])
    with pytest.raises(TransientError):
        line.transport().call(CREATE)
    assert len(line.sent_at) == 1


def test_a_call_that_was_refused_for_its_rate_was_not_done() -> None:
    line = Line([RateLimited("slow down")])
    assert line.transport().call(CREATE) == OK
    assert len(line.sent_at) == 2


def test_an_answer_may_mean_an_error_of_the_connection() -> None:
    line = Line()
    answers: list[ShortlistError | None] = [TransientError("503"), None]
    transport = Transport(line.send, lambda _, __: answers.pop(0), timing=line.timing)
    assert transport.call(READ) == OK
    assert len(line.sent_at) == 2


def test_every_attempt_is_counted_by_operation() -> None:
    line = failing(lambda: TransientError("x"), 2)
    transport = line.transport()
    for request in (READ, CREATE, READ):
        transport.call(request)
    assert transport.calls == {"read companies": 4, "create list": 1}


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2",
        "GET /x?access_token=hunter2&a=b",
        '{"refresh_token": "hunter2", "a": 1}',
        "{'client_secret': 'hunter2'}",
        "grant_type=x&assertion=hunter2",
        "Cookie: sid=hunter2; path=/",
        "bearer  hunter2 was refused",
    ],
)
def test_no_secret_stays_in_a_message(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert "***" in redact(text)


def test_a_message_stays_readable_and_fits() -> None:
    assert redact("Field ABM_Tier__c is missing") == "Field ABM_Tier__c is missing"
    assert redact("inside: nothing to hide") == "inside: nothing to hide"
    assert len(redact("x" * 9999)) <= 500
