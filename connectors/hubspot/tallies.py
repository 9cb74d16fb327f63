"""The counters in which HubSpot sums up what a contact did: marketing e-mails, forms, page views."""

from typing import NamedTuple

from connectors.hubspot.raw import Raw, modified_at
from connectors.hubspot.settings import ActivityTypes, Touch
from connectors.hubspot.values import number, text
from core.clock import parse_instant
from core.records import NO_TYPE, Activity, Tally


class _Counter(NamedTuple):
    """prefix: begins the ids of its activities. event: the web event that tells each step, where there is one."""

    touch: Touch
    prefix: str
    total: str
    latest_at: str
    event: str | None = None


_COUNTERS = (
    _Counter("email_open", "contact_open", "hs_email_open", "hs_email_last_open_date"),
    _Counter("email_click", "contact_click", "hs_email_click", "hs_email_last_click_date"),
    _Counter(
        "form_submission",
        "contact_form",
        "num_conversion_events",
        "recent_conversion_date",
        "e_form_submissions",
    ),
    _Counter(
        "page_view",
        "contact_view",
        "hs_analytics_num_page_views",
        "hs_analytics_last_timestamp",
        "e_page_views",
    ),
)


Counters = tuple[tuple[_Counter, str], ...]
"""The counters that are read, each with the type of its activities."""


def counters(types: ActivityTypes, *, has_web_events: bool) -> Counters:
    """Those that count for something."""
    named = [(counter, types.touches.get(counter.touch, counter.touch)) for counter in _COUNTERS]
    return tuple(
        (counter, type_)
        for counter, type_ in named
        if type_ != NO_TYPE and not (counter.event and has_web_events)
    )


def told(event: str, activity: Activity) -> list[Tally]:
    """The counters in which HubSpot counts this web event, too."""
    return [
        Tally(
            remote_id=f"{counter.prefix}:{contact_id}",
            modified_at=activity.modified_at,
            account_id=None,
            contact_id=contact_id,
            type=activity.type,
            total=None,
            latest_at=activity.occurred_at,
            told_by=activity.remote_id,
        )
        for counter in _COUNTERS
        if counter.event == event
        for contact_id in activity.contact_ids
    ]


def tally_properties(read: Counters) -> list[str]:
    """The contact properties of counters."""
    return [name for counter, _ in read for name in (counter.total, counter.latest_at)]


def tallies(raw: Raw, account_id: str | None, read: Counters) -> list[Tally]:
    """What the counters of a contact say; one that never counted anything has no date and says nothing."""
    properties = raw["properties"]
    found: list[Tally] = []
    for counter, type_ in read:
        # None is the usual case by far.
        if (
            properties.get(counter.latest_at) is None
            or (latest_at := text(properties, counter.latest_at)) is None
        ):
            continue
        total = number(properties, counter.total)
        found.append(
            Tally(
                remote_id=f"{counter.prefix}:{raw['id']}",
                modified_at=modified_at(raw, "lastmodifieddate"),
                account_id=account_id,
                contact_id=str(raw["id"]),
                type=type_,
                total=None if total is None else int(total),
                latest_at=parse_instant(latest_at),
            )
        )
    return found
