"""How much of HubSpot's limit is used, in virtual time: what a measurement on a busy machine cannot show."""

import heapq
import random
from bisect import bisect_left
from statistics import mean

import pytest

from connectors.hubspot.limits import usable
from connectors.pacing import LocalMeter, Pacer
from connectors.transport import Timing

LIMIT, SECONDS, WINDOWS = 190, 10.0, 4


def arrivals(threads: int, processes: int, *, latency: float, jitter: float) -> list[float]:
    """When the calls of threads arrive that do nothing but call, each call a little late on its way out."""
    rng, now = random.Random(7), 0.0
    timing = Timing(lambda: now, lambda _: None)
    meter = LocalMeter(timing)
    pacers = [Pacer("default", usable(LIMIT, SECONDS), meter, timing) for _ in range(processes)]
    free = [(0.0, one) for one in range(threads)]
    sent = []
    while free[0][0] < SECONDS * (WINDOWS + 2):
        now, one = heapq.heappop(free)
        at = max(pacers[one % processes]._next(), now) + rng.expovariate(1 / jitter)
        sent.append(at)
        heapq.heappush(free, (at + latency + rng.expovariate(1 / jitter), one))
    return sorted(sent)


@pytest.mark.parametrize(("threads", "processes", "least"), [(6, 1, 97), (12, 2, 95), (12, 3, 95)])
def test_nearly_all_of_the_limit_is_used_and_never_more(threads: int, processes: int, least: int) -> None:
    sent = arrivals(threads, processes, latency=0.2, jitter=0.02)
    starts = [at for at in sent if at < SECONDS]
    counts = [bisect_left(sent, at + WINDOWS * SECONDS) - bisect_left(sent, at) for at in starts]
    assert 100 * mean(counts) / (WINDOWS * LIMIT) >= least
    most = max(place - bisect_left(sent, at - SECONDS) + 1 for place, at in enumerate(sent))
    assert most <= LIMIT
