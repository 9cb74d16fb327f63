"""Who got an opportunity, and who could have got one."""

from datetime import UTC, datetime, timedelta

from core.clock import millis
from store.deals import DealRow
from sync.outcomes import Deals, Outcome, outcome, weeks

WEEK = datetime(2026, 6, 1, tzinfo=UTC)
INSTANT = WEEK - timedelta(days=30)
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)


def deal(day: float, *, closed: float | None = None, won: bool = False, account: int = 10) -> DealRow:
    """A deal created so many days after the week began; `closed` in days too, None while it is open."""
    made, ended = (
        None if number is None else millis(WEEK + timedelta(days=number)) for number in (day, closed)
    )
    assert made is not None
    return DealRow(account, made, ended, is_closed=closed is not None, is_won=won)


def seen(*rows: DealRow) -> Outcome:
    places = {10: 0, 11: 1}
    return outcome(Deals.from_rows(rows, places, millis(AS_OF)), INSTANT, WEEK, len(places))


def test_a_deal_of_the_week_makes_its_account_positive() -> None:
    found = seen(deal(0), deal(6.9, account=11))
    assert (found.created.tolist(), found.free.tolist()) == ([True, True], [True, True])


def test_a_week_has_its_first_instant_and_not_its_last() -> None:
    assert seen(deal(-0.001), deal(7, account=11)).created.tolist() == [False, False]


def test_an_open_deal_stands_in_the_way_and_a_lost_one_does_not() -> None:
    found = seen(deal(-200), deal(-200, closed=-31, account=11))
    assert found.free.tolist() == [False, True]


def test_a_deal_that_was_lost_after_the_instant_was_open_at_it() -> None:
    assert seen(deal(-200, closed=-29)).free.tolist() == [False, True]


def test_a_deal_made_between_the_instant_and_the_week_stands_in_the_way() -> None:
    assert seen(deal(-10, closed=-5)).free.tolist() == [False, True]


def test_a_customer_is_out_for_good() -> None:
    assert seen(deal(-200, closed=-100, won=True)).free.tolist() == [False, True]


def test_won_asks_for_a_win_and_an_open_deal_is_undecided() -> None:
    found = seen(deal(1, closed=60, won=True), deal(1, account=11))
    assert (found.won.tolist(), found.undecided.tolist()) == ([True, False], [False, True])
    lost = seen(deal(1, closed=60))
    assert (lost.won.tolist(), lost.undecided.tolist()) == ([False, False], [False, False])


def test_one_win_decides_an_account_with_an_open_deal_beside_it() -> None:
    found = seen(deal(1), deal(2, closed=60, won=True))
    assert (found.won[0], found.undecided[0]) == (True, False)


def test_what_closed_after_the_end_of_knowledge_is_still_open() -> None:
    later = (AS_OF - WEEK).days + 1.0
    found = seen(deal(1, closed=later, won=True))
    assert (found.won[0], found.undecided[0]) == (False, True)


def test_a_closed_deal_without_a_day_counts_as_closed_at_the_end_of_knowledge() -> None:
    row = DealRow(10, millis(WEEK), None, is_closed=True, is_won=True)
    assert seen(row).won.tolist() == [True, False]


def test_an_open_deal_with_a_day_that_somebody_hopes_for_is_open() -> None:
    row = DealRow(10, millis(WEEK), millis(WEEK), is_closed=False, is_won=False)
    assert seen(row).undecided.tolist() == [True, False]


def test_deals_of_later_and_of_accounts_that_are_gone_do_not_exist() -> None:
    later = (AS_OF - WEEK).days + 1.0
    found = Deals.from_rows([deal(later), deal(1, account=99)], {10: 0}, millis(AS_OF))
    assert len(found.account) == 0


def test_weeks_are_whole_and_end_with_the_history() -> None:
    found = list(weeks(AS_OF - timedelta(days=20), AS_OF))
    assert found == [AS_OF - timedelta(days=7), AS_OF - timedelta(days=14)]
