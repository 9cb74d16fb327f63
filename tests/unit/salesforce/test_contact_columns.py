"""Contacts in columns are the contacts that they would be as records, whatever their rows are kept in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.mapping import contact_reader, contacts_reader
from connectors.salesforce.objects import CONTACT
from connectors.salesforce.rows import sort_rows
from connectors.salesforce.schema import FieldInfo, ObjectInfo
from connectors.salesforce.table import Table
from core.changes import Skipped
from core.contact_columns import ContactColumns, remote_ids
from core.records import Contact, Kind, RecordRef
from store.landed_rows import AS_ROW, by_kind, rows_of
from tests.unit.salesforce.test_reading import SETTINGS

POINTS = "ABM_Engagement_Points__c"
INFO = ObjectInfo(
    "Contact",
    createable=True,
    fields={
        POINTS: FieldInfo(
            POINTS, "double", createable=True, updateable=True, calculated=False, filterable=True
        )
    },
)
STAMPS = st.sampled_from(
    ["2026-03-02T09:30:00.000+0000", "2026-03-02T09:30:00.000Z", "1999-12-31T23:59:59.999Z"]
)
IDS = st.sampled_from(["0030000000AbCdE", "00390000003LXRLAA4", "0030000000AbCdEFGH"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "Id": IDS,
            "IsDeleted": st.just(False),  # noqa: FBT003 a value
            "SystemModstamp": STAMPS,
            "Name": st.none() | st.text(max_size=3),
            "AccountId": st.none() | IDS,
            "Email": st.none() | st.just("a@b.example"),
            POINTS: st.none() | st.floats(0, 100),
        }
    ),
    min_size=1,
    max_size=6,
)


@given(ROWS)
def test_columns_are_the_contacts_that_are_read_one_by_one(rows: list[dict[str, Any]]) -> None:
    one_by_one = list(map(contact_reader(INFO, SETTINGS), rows))
    table = Table({name: [row[name] for row in rows] for name in rows[0]})

    for kept in (rows, table):
        contacts = contacts_reader(INFO, SETTINGS)(kept)
        assert list(contacts) == one_by_one
        assert contacts[1:] == one_by_one[1:]
        assert contacts[-1] == one_by_one[-1]
        assert list(remote_ids(contacts)) == remote_ids(one_by_one)
        assert by_kind(contacts) == {Kind.CONTACT: contacts}
        assert list(rows_of(7, Kind.CONTACT, contacts)) == [
            AS_ROW[Kind.CONTACT](7, one) for one in one_by_one
        ]


def test_a_contact_that_cannot_be_read_is_skipped_and_the_others_are_read() -> None:
    good = {
        "Id": "00390000003LXRLAA4",
        "IsDeleted": False,
        "SystemModstamp": "2026-03-02T09:30:00Z",
        "Name": "Ann",
    }
    bad = {**good, "Id": "00390000003LXRMAA4", "SystemModstamp": "soon"}

    found = sort_rows([good, bad], CONTACT, ObjectInfo("Contact", createable=True, fields={}), SETTINGS)

    assert [one.name for one in found.records if isinstance(one, Contact)] == ["Ann"]
    assert found.skipped == [
        Skipped(RecordRef(Kind.CONTACT, "00390000003LXRMAA4"), "ValueError: Invalid isoformat string: 'soon'")
    ]


def test_a_table_has_its_rows_by_place_with_objects_of_parents() -> None:
    table = Table({"Id": ["1", "2", "3"], "Campaign.Type": ["Webinar", None, ""]})

    assert len(table) == 3
    assert table[1] == {"Id": "2", "Campaign": None}
    assert list(table[:1]) == [{"Id": "1", "Campaign": {"Type": "Webinar"}}]


def test_columns_of_different_lengths_are_no_contacts() -> None:
    with pytest.raises(ValueError, match="one length"):
        ContactColumns(["1", "2"], [], [], [], [], [], [], [])
