"""What a backtest is said to show: only what its intervals hold."""

from datetime import UTC, datetime

from scoring.backtest import Estimate, Metrics
from sync.backtest import CANDIDATE, CURRENT, ENGAGEMENT, FIT, RANDOM, Backtest, Ranking, Trial
from sync.verdict import conclusions

NOTHING = Estimate(0.0, 0.0, 0.0)


def ranking(area: Estimate, over_current: Estimate = NOTHING) -> Ranking:
    return Ranking(Metrics(area, (), ()), over_current)


def trial(days: int, current: Estimate, *, target: str = "created", **over: Estimate) -> Trial:
    """A trial with enough data; `over` says by what each other ranking exceeds the current model."""
    names = {"fit": FIT, "engagement": ENGAGEMENT, "random": RANDOM, "candidate": CANDIDATE}
    level = Estimate(0.0, -0.1, 0.1)
    rankings = {CURRENT: ranking(current), FIT: ranking(current, level), ENGAGEMENT: ranking(current, level)}
    rankings |= {names[name]: ranking(current, gap) for name, gap in over.items()}
    return Trial(target, days, positives=40, accounts=40, population=4000, weeks=52, rankings=rankings)


def said(*trials: Trial) -> list[str]:
    return conclusions(Backtest(datetime(2026, 11, 22, tzinfo=UTC), {}, trials, ()))


def test_an_interval_that_holds_one_half_shows_nothing() -> None:
    sure, unsure = Estimate(0.6, 0.51, 0.7), Estimate(0.6, 0.49, 0.7)
    found = said(trial(30, sure), trial(60, unsure), trial(90, Estimate(0.4, 0.3, 0.49)))[0]
    assert found.startswith(
        "Opportunities: the current model is better than chance at 30 days, worse than chance at 90 days, "
        "not shown to differ from chance at 60 days;"
    )


def test_a_part_that_does_better_than_the_whole_is_named_so() -> None:
    better, worse = Estimate(0.1, 0.05, 0.15), Estimate(-0.1, -0.15, -0.05)
    found = said(trial(30, Estimate(0.6, 0.51, 0.7), engagement=better, fit=worse))[0]
    assert "; better than fit only at 30 days; worse than engagement only at 30 days." in found


def test_a_candidate_is_compared_with_the_current_model() -> None:
    sure = Estimate(0.6, 0.51, 0.7)
    found = said(
        trial(30, sure, candidate=Estimate(0.1, 0.05, 0.15)),
        trial(60, sure, candidate=Estimate(0.1, 0.01, 0.15)),
        trial(90, sure, candidate=Estimate(0.1, -0.05, 0.15)),
    )[0]
    assert found.endswith(
        "; the candidate is better than the current model at 30 and 60 days, "
        "not shown to differ from the current model at 90 days."
    )


def test_without_data_nothing_is_said() -> None:
    empty = Trial("won", 30, positives=3, accounts=3, population=90, weeks=2, rankings={})
    assert said(empty)[1] == "Won opportunities: not enough data to say anything."
