"""From a counter to what happened: a CRM that keeps no record of a touch still counts it.

The first look at a counter gives its latest touch only, because nobody knows when the others were. After that
each step of the counter is one activity. HubSpot dates the latest one alone, so all steps between two looks
carry that date, and the model's cap on one day holds for them. A counter never counts back: a lower value is an
older page or a correction, and steps that were counted once are never counted again. Where a CRM tells each touch as
an activity of its own for a while, each is a step that is counted.
"""

from datetime import datetime
from typing import NamedTuple

from core.clock import millis
from core.records import Activity, Tally

MOST_STEPS = 100
"""Steps between two looks that become activities; more of one person on one day count nothing in any model."""


class Known(NamedTuple):
    """The highest value seen of a counter (None where it has none), and the latest touch."""

    total: int | None
    latest_at: datetime


def grown(known: Known | None, read: Tally) -> list[Activity]:
    """The activities that are new in what was read; their ids follow from the counter alone."""
    if known is None or read.total is None or known.total is None:
        is_new = known is None or read.latest_at > known.latest_at
        has_any = read.total is None or read.total > 0
        return [_touch(read, str(millis(read.latest_at)))] if is_new and has_any else []
    first = max(known.total, read.total - MOST_STEPS)
    return [_touch(read, f"n{step}") for step in range(first + 1, read.total + 1)]


def highest(known: Known | None, read: Tally) -> Known:
    """What is known once this was read."""
    if known is None:
        return Known(read.total, read.latest_at)
    totals = [total for total in (known.total, read.total) if total is not None]
    return Known(max(totals, default=None), max(known.latest_at, read.latest_at))


def told(known: Known | None, at: datetime) -> Known:
    """What is known once an activity has told one step, which happened then; an older one was known already."""
    if known is None:
        return Known(None, at)
    if at < known.latest_at:
        return known
    return Known(None if known.total is None else known.total + 1, at)


def _touch(read: Tally, suffix: str) -> Activity:
    return Activity(
        remote_id=f"{read.remote_id}:{suffix}",
        modified_at=read.modified_at,
        account_id=read.account_id,
        contact_ids=(read.contact_id,),
        type=read.type,
        occurred_at=read.latest_at,
        minutes=None,
        is_cancelled=False,
    )
