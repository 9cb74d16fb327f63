"""The reasons in words, for the sales rep who reads the account's record.

Every number comes from the ledger: a row's points, a sum of rows, or the score they sum to.
"""

import re
from collections.abc import Sequence
from math import fsum
from textwrap import shorten

from core.fields import CONTACT_FIELDS
from scoring.custom_roles import custom_roles_of
from scoring.kernel import AccountScore
from scoring.ledger import Ledger, LedgerRow
from scoring.people import People
from scoring.spec import BUYING_ROLES, BuyingGroup
from scoring.tiers import LABELS

MAX_LENGTH = 1000
"""Characters the field `why` holds."""
_ROLE_LENGTH = next(field.length for field in CONTACT_FIELDS if field.name == "buying_role_inferred")
_MOST_ITEMS = 5
_LABEL_LENGTH = 60
_SHOWN = 0.05
"""Points below this would read as 0.0."""

_ACTIVITY_WORDS = {
    "email_open": ("email open", "email opens", "by"),
    "email_click": ("email click", "email clicks", "by"),
    "email_reply": ("email reply", "email replies", "from"),
    "page_view": ("page view", "page views", "by"),
    "high_intent_page_view": ("high-intent page view", "high-intent page views", "by"),
    "campaign_response": ("campaign response", "campaign responses", "from"),
    "ad_click": ("ad click", "ad clicks", "by"),
    "call_connected": ("call", "calls", "with"),
    "meeting": ("meeting", "meetings", "with"),
    "form_submission": ("form", "forms", "sent by"),
    "content_download": ("download", "downloads", "by"),
    "chat": ("chat", "chats", "with"),
    "webinar_attended": ("webinar", "webinars", "attended by"),
    "event_attended": ("event", "events", "attended by"),
    "other": ("other activity", "other activities", "of"),
}


_TREND_WORDS = {"up": "rising", "flat": "steady", "down": "falling"}
_BAND_WORDS = {"strong": "strong", "moderate": "moderate", "weak": "weak", "unknown": "too little known"}
_FIELD_WORDS = {
    "employees": "{} employees",
    "annual_revenue": "revenue {}",
    "type": "account type {}",
    "founded_year": "founded {}",
    "is_public": "publicly traded: {}",
}
_NAMES = frozenset({"name", "domain", "website", "country", "state", "city", "description"})
"""Fields whose capitals are the customer's own."""
_CODE = re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)*")
_LONGEST_ACRONYM = 4


def why(ledger: Ledger, tier: str | None = None) -> str:
    """The reasons for an account's scores, at most 1,000 characters; tier is shown beside the priority."""
    texts = (_text(ledger, tier, items) for items in range(_MOST_ITEMS, -1, -1))
    return next(text for text in texts if len(text) <= MAX_LENGTH)


def gap_text(gap: Sequence[str]) -> str:
    """The missing roles for a reader: "budget holder, legal"."""
    return ", ".join(role.replace("_", " ") for role in gap)


def inferred_role(people: People, person: int, group: BuyingGroup) -> str | None:
    """What the title says of a person: "end user (likely, 40%), data owner"; None where nothing or in the CRM.

    A role that the model adds stands without a share: its words are the customer's own. Cut to the field.
    """
    if people.confirmed[person]:
        return None
    names = [role for bit, role in enumerate(BUYING_ROLES) if people.roles[person] >> bit & 1]
    likely = [f"{gap_text(names)} (likely, {people.confidence[person]:.0%})"] if names else []
    custom = [gap_text([role]) for role in custom_roles_of(group, people, person)]
    return shorten(", ".join([*likely, *custom]), width=_ROLE_LENGTH, placeholder=" …") or None


def buying_group_text(scores: AccountScore) -> str:
    """Coverage for a reader: "50% of the roles known, 33% engaged; missing: champion, end user"."""
    missing = f"missing: {gap_text(scores.gap)}" if scores.gap else "none missing"
    return f"{scores.buying_group_coverage:.0f}% of the roles known, {scores.engaged_coverage:.0f}% engaged; {missing}"


def _text(ledger: Ledger, tier: str | None, items: int) -> str:
    scores = ledger.scores
    place = f" ({LABELS[tier]})" if tier else ""
    sentences = [
        f"Priority {scores.priority:.1f}{place}.",
        f"Excluded: {_short(scores.exclusion)}." if scores.exclusion else "",
        _part(f"Fit {scores.fit:.1f} ({_BAND_WORDS[scores.fit_band]})", _fit_items(ledger), items),
        _part(
            f"Engagement {scores.engagement:.1f} ({_TREND_WORDS[scores.engagement_trend]})",
            _activity_items(ledger),
            items,
        ),
        _part(f"Intent {scores.intent:.1f}", _signal_items(ledger), items),
        f"Missing roles: {gap_text(scores.gap)}." if scores.gap else "Buying group complete.",
        f"Model {ledger.model_version}.",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _part(head: str, found: list[tuple[str, float]], items: int) -> str:
    """One score: its largest items in words, and the rest as one sum."""
    named = sorted(found, key=lambda item: (-abs(item[1]), item[0]))[:items]
    named = [item for item in named if abs(item[1]) >= _SHOWN]
    rest = fsum(points for _, points in found) - fsum(points for _, points in named)
    words = [f"{text} {points:+.1f}" for text, points in named]
    if abs(rest) >= _SHOWN:
        words.append(f"{'other' if words else 'in all'} {rest:+.1f}")
    return f"{head}: {', '.join(words)}." if words else f"{head}."


def _fit_items(ledger: Ledger) -> list[tuple[str, float]]:
    return [(_fit_words(row), row.points) for row in ledger.of("fit")]


def _fit_words(row: LedgerRow) -> str:
    if row.source != "fit_rule":
        return row.source
    field = row.subject.rpartition(".")[2]
    value = field_value(row)
    if value == "unknown" or field not in _FIELD_WORDS:
        return f"{field.replace('_', ' ')} {_short(value)}"
    return _FIELD_WORDS[field].format(_short(value))


def field_value(row: LedgerRow) -> str:
    """The value behind a fit row for a reader: COMPUTER_SOFTWARE is "computer software", SaaS stays SaaS."""
    field, value = row.subject.rpartition(".")[2], row.detail
    if field in _NAMES or not _CODE.fullmatch(value) or value.isdigit():
        return value
    return value if len(value) <= _LONGEST_ACRONYM else value.replace("_", " ").lower()


def row_words(row: LedgerRow) -> str:
    """One row for a reader, without its points: a field, an activity with its person, or a signal."""
    if row.source == "activity":
        return activity_words(row.subject, 1, row.person_label)
    if row.source == "signal":
        return _signal_words(row)
    return _fit_words(row)


def _activity_items(ledger: Ledger) -> list[tuple[str, float]]:
    return [
        (activity_words(group.type, group.count, group.person_label), group.points)
        for group in ledger.activity_groups(by_week=False)
    ]


def activity_words(type_: str, count: int, who: str, detail: str = "") -> str:
    """So many activities of one type and person: "2 meetings with Jane Roe (VP Marketing)"."""
    plain = type_.replace("_", " ")
    one, many, link = _ACTIVITY_WORDS.get(type_, (plain, plain, "by"))
    return f"{count:,} {one if count == 1 else many}{detail} {link} {_short(who)}"


def _signal_items(ledger: Ledger) -> list[tuple[str, float]]:
    rows = [row for row in ledger.of("intent") if row.points > 0]
    return [(_signal_words(row), row.points) for row in rows]


def _signal_words(row: LedgerRow) -> str:
    return f"{_short(row.subject.replace('_', ' '))} ({_short(row.detail)})"


def _short(text: str) -> str:
    return text if len(text) <= _LABEL_LENGTH else f"{text[: _LABEL_LENGTH - 1].rstrip()}…"
