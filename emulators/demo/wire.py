"""What both exports need: times as text, and the details of a touch that follow from its number."""

from datetime import datetime, timedelta
from typing import Any, Final

from emulators.demo.campaigns import TOPICS
from emulators.demo.model import Crm, Touch, World

Record = dict[str, Any]

_SUBJECTS: Final = (
    "planning project timeline",
    "your forecast process",
    "next steps",
    "pricing questions",
    "intro to Northgate Planning",
    "technical requirements",
    "reference customers",
    "rollout in the second half",
)
_SPREAD: Final = 7919  # a prime, so that neighbouring numbers draw different details


def pick(number: int, choices: int) -> int:
    """A steady, well-mixed choice below `choices` for an item's number."""
    return number * _SPREAD // 7 % choices


def seconds_text(at: datetime) -> str:
    """`2024-10-08T15:05:08.000` of an aware UTC time; each CRM adds its own zone."""
    return at.isoformat(timespec="milliseconds")[:-6]


def touched_up(created_at: datetime, number: int, now: datetime) -> datetime:
    """A last modification between creation and now, mostly soon after creation."""
    share = (pick(number, 100) / 100) ** 3
    return created_at + timedelta(seconds=max(0, round((now - created_at).total_seconds() * share)))


def subject(touch: Touch) -> str:
    """A line for an e-mail, call or meeting; for a mailing its headline."""
    lines = TOPICS if touch.kind in ("open", "click") else _SUBJECTS
    return lines[pick(touch.number, len(lines))]


def call_outcome(touch: Touch) -> tuple[str, int]:
    """("connected" | "voicemail" | "no_answer", seconds): half of the calls reach nobody."""
    draw = pick(touch.number, 10)
    if draw < 5:  # noqa: PLR2004 (half)
        return "connected", touch.seconds
    return ("voicemail", 15 + touch.seconds % 40) if draw < 8 else ("no_answer", 0)  # noqa: PLR2004


def accounts_by_company(world: World, crm: Crm) -> dict[int, int]:
    """The original listing of each company that a CRM has, by company number."""
    return {item.company: item.number for item in world.listings if item.crm == crm and not item.is_duplicate}
