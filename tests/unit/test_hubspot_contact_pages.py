"""A page of contacts at once says what each of its rows says alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from connectors.hubspot.contact_pages import contact_page
from connectors.hubspot.raw import Raw
from connectors.hubspot.records import Layout, parse
from core.contact_columns import ContactColumns
from core.managed_fields import fields_of
from core.records import Contact, Kind, Tally

AT, LATER = "2026-03-02T09:30:00.123Z", "2026-04-02T09:30:00Z"
LAYOUT = Layout(fields={}, account_fields=(), contact_fields=fields_of(Kind.CONTACT), twin_property=None)
PLAIN, PRIMARY = "contact_to_company_unlabeled", "contact_to_company"


def raw(number: int, companies: list[dict[str, Any]] | None = None, **properties: Any) -> dict[str, Any]:
    row = {"id": str(number), "properties": properties, "createdAt": AT, "updatedAt": AT, "archived": False}
    return row if companies is None else {**row, "associations": {"companies": {"results": companies}}}


def linked(to: str, kind: str = PLAIN) -> dict[str, Any]:
    return {"id": to, "type": kind}


ROWS: list[tuple[Raw, Mapping[str, tuple[str, ...]]]] = [
    (raw(1, firstname="Ann", lastname=" Lee ", email="a@x.example", lastmodifieddate=LATER), {}),
    (raw(2, [], firstname="", lastname="Ray", jobtitle="  ", hs_buying_role="BLOCKER"), {}),
    (raw(3, [linked("7"), linked("8")], email=None), {"companies": ("7", "8")}),
    (raw(4, [linked("7"), linked("8"), linked("8", PRIMARY)], jobtitle=12), {"companies": ("8", "7")}),
    (raw(5, [linked("9", PRIMARY)], abm_engagement_points="7.5"), {"companies": ("9",)}),
]
COUNTED = (
    raw(6, [linked("9")], hs_email_open="3", hs_email_last_open_date=AT, num_conversion_events="0"),
    {"companies": ("9",)},
)


def test_a_page_is_columns_of_what_its_rows_say() -> None:
    found = contact_page([row for row, _ in ROWS], LAYOUT)
    assert isinstance(found, ContactColumns)
    assert [*found] == [one for row, links in ROWS for one in parse("contacts", row, links, LAYOUT)]


def test_counters_stand_behind_the_contacts() -> None:
    rows = [*ROWS, COUNTED]
    found = contact_page([row for row, _ in rows], LAYOUT)
    each = [one for row, links in rows for one in parse("contacts", row, links, LAYOUT)]
    assert [*found] == sorted(each, key=lambda one: isinstance(one, Tally))
    assert [type(one) for one in found] == [Contact] * 6 + [Tally]


def test_without_managed_fields_nothing_is_said_of_them() -> None:
    (found,) = contact_page([ROWS[4][0]], replace(LAYOUT, contact_fields=()))
    assert isinstance(found, Contact)
    assert found.managed == {}


def test_an_unreadable_row_is_for_the_rows_one_by_one() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        contact_page([ROWS[0][0], raw(7, lastmodifieddate="yesterday")], LAYOUT)


def test_a_row_with_more_links_than_were_listed_is_too() -> None:
    row = raw(8, [linked("7")])
    row["associations"]["companies"]["paging"] = {"next": {"after": "2"}}
    with pytest.raises(ValueError, match="more links"):
        contact_page([row], LAYOUT)
