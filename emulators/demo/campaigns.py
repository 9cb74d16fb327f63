"""The marketing programmes of the demo firm: a fixed plan of eighteen months around `now`."""

from typing import Final

from emulators.demo.calendar import Calendar
from emulators.demo.model import WINDOW_DAYS, Campaign

TOPICS: Final = (
    "Forecasting Without Spreadsheets",
    "Five Planning Mistakes",
    "Inventory in Uncertain Times",
    "From Budget to Rolling Plan",
    "What Good S&OP Looks Like",
    "Supply Risk in Practice",
    "Capacity Planning for Plants",
    "The Planner's Toolkit",
    "Margins Under Pressure",
)
_CONTENT: Final = (
    "Guide: Demand Planning Basics",
    "Whitepaper: Planning Maturity Model",
    "ROI Calculator",
    "Demo Request",
    "Pricing Request",
    "Checklist: Vendor Evaluation",
    "Case Study: Faster Closing",
    "Template: Business Case",
    "Report: State of Planning",
    "Contact Us",
)
_CONFERENCES: Final = ("Planning Forum", "Supply Chain Days", "Operations Summit")
_MONTH_DAYS: Final = 30.4
_FIRST_EVENT_DAYS_AGO: Final = 6.0


def make_campaigns(calendar: Calendar) -> list[Campaign]:
    """Newsletters and webinars every month, a conference every quarter, and content that never ends."""
    plan: list[tuple[str, str, float]] = [(f"{name}", "content", WINDOW_DAYS + 30.0) for name in _CONTENT]
    months = int(WINDOW_DAYS / _MONTH_DAYS)
    for month in range(months):
        days_ago = _FIRST_EVENT_DAYS_AGO + month * _MONTH_DAYS
        label = f"{calendar.exact(days_ago):%Y-%m}"
        plan.append((f"Webinar {label}: {TOPICS[month % len(TOPICS)]}", "webinar", days_ago))
        plan.append((f"Newsletter {label}", "newsletter", days_ago + 9))
        if month % 3 == 1:
            plan.append((f"{_CONFERENCES[month // 3 % 3]} {label}", "conference", days_ago + 4))
    return [
        Campaign(number, name, kind, days_ago, calendar.office(days_ago))
        for number, (name, kind, days_ago) in enumerate(plan)
    ]
