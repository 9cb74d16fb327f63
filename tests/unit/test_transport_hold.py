"""One refusal for its rate holds back every call of the same limit."""

from datetime import timedelta

import pytest

from connectors.pacing import LocalMeter, Pacer
from connectors.transport import Request, Response, RetryPolicy, Transport
from core.errors import QuotaExhausted, RateLimited, ShortlistError
from core.meters import Allowed
from tests.contract.harness import PatientTiming

OK = Response(200, {}, b"")


def transport(patience: PatientTiming, refusals: list[ShortlistError | None]) -> Transport:
    timing = patience.timing()
    meter = LocalMeter(timing)
    return Transport(
        send=lambda _: OK,
        classify=lambda _, __: refusals.pop(0) if refusals else None,
        windows={name: Pacer(name, Allowed(100, 10), meter, timing) for name in ("default", "search")},
        policy=RetryPolicy(attempts=1, longest_pause_seconds=30),
        timing=timing,
    )


@pytest.mark.parametrize(("asked", "held"), [(5, 5), (3600, 30)])
def test_the_next_call_waits_too_but_never_for_hours(asked: int, held: int) -> None:
    patience = PatientTiming()
    door = transport(patience, [RateLimited("slow down", timedelta(seconds=asked))])
    with pytest.raises(RateLimited):
        door.call(Request("read", "GET", "/"))

    door.call(Request("read", "GET", "/"))

    assert patience.pauses == [held]


def test_other_limits_go_on() -> None:
    patience = PatientTiming()
    door = transport(patience, [RateLimited("slow down", timedelta(seconds=5))])
    with pytest.raises(RateLimited):
        door.call(Request("read", "GET", "/", bucket="search"))

    door.call(Request("read", "GET", "/"))

    assert patience.pauses == []


def test_a_lock_on_single_records_holds_back_nobody_else() -> None:
    patience = PatientTiming()
    door = transport(patience, [RateLimited("locked", timedelta(seconds=2), is_shared=False)])
    with pytest.raises(RateLimited):
        door.call(Request("write", "POST", "/"))

    door.call(Request("read", "GET", "/"))

    assert patience.pauses == []


def test_what_is_not_admitted_is_neither_sent_nor_counted() -> None:
    patience = PatientTiming()
    door = transport(patience, [])

    def admit(request: Request) -> None:
        if request.operation == "read":
            raise QuotaExhausted("enough for today")

    door.admit = admit
    with pytest.raises(QuotaExhausted):
        door.call(Request("read", "GET", "/"))
    door.call(Request("check", "GET", "/"))
    assert door.calls == {"check": 1}
