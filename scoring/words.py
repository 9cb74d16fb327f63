"""Words for what stands behind a score, for the sales rep who reads the account's record."""

import re
from collections.abc import Sequence
from textwrap import shorten

from core.managed_fields import CONTACT_FIELDS
from scoring.custom_roles import custom_roles_of
from scoring.kernel import AccountScore
from scoring.ledger import LedgerRow
from scoring.people import People
from scoring.spec import BUYING_ROLES, BuyingGroup

_ROLE_LENGTH = next(field.length for field in CONTACT_FIELDS if field.name == "buying_role_inferred")
_LABEL_LENGTH = 60

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


TREND_WORDS = {"up": "rising", "flat": "steady", "down": "falling"}
BAND_WORDS = {"strong": "strong", "moderate": "moderate", "weak": "weak", "unknown": "too little known"}
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


def fit_words(row: LedgerRow) -> str:
    """A row of fit: "1,200 employees", "industry computer software"."""
    if row.source != "fit_rule":
        return row.source
    field = row.subject.rpartition(".")[2]
    value = field_value(row)
    if value == "unknown" or field not in _FIELD_WORDS:
        return f"{field.replace('_', ' ')} {short_text(value)}"
    return _FIELD_WORDS[field].format(short_text(value))


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
        return signal_words(row)
    return fit_words(row)


def activity_words(type_: str, count: int, who: str, detail: str = "") -> str:
    """So many activities of one type and person: "2 meetings with Jane Roe (VP Marketing)"."""
    plain = type_.replace("_", " ")
    one, many, link = _ACTIVITY_WORDS.get(type_, (plain, plain, "by"))
    return f"{count:,} {one if count == 1 else many}{detail} {link} {short_text(who)}"


def signal_words(row: LedgerRow) -> str:
    """A row of intent: "topic abm software (g2)"."""
    return f"{short_text(row.subject.replace('_', ' '))} ({short_text(row.detail)})"


def short_text(text: str) -> str:
    """Cut to what fits beside others."""
    return text if len(text) <= _LABEL_LENGTH else f"{text[: _LABEL_LENGTH - 1].rstrip()}…"
