"""Canonical text: two spellings of one value are one value."""

from datetime import date, datetime

import pytest

from core.fields import FieldType, canonical
from core.managed_fields import ACCOUNT_FIELDS, CONTACT_FIELDS, MANAGED_FIELDS, NATIVE_FIELDS, fields_of
from core.records import Kind

BY_NAME = {field.name: field for field in MANAGED_FIELDS}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("fit_score", 62, "62.0"),
        ("fit_score", "62", "62.0"),
        ("fit_score", 62.04999, "62.0"),
        ("fit_score", "6.2e1", "62.0"),
        ("fit_score", -0.0, "0.0"),
        ("fit_score", "-0.04", "0.0"),
        ("fit_score", -0.06, "-0.1"),
        ("priority_rank", 3.0, "3"),
        ("priority_rank", "3", "3"),
        ("tier_since", "2026-01-31", "2026-01-31"),
        ("tier_since", date(2026, 1, 31), "2026-01-31"),
        ("tier_since", "2026-01-31T23:59:59.000Z", "2026-01-31"),
        ("scored_at", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("scored_at", "2026-01-31T12:00:00.999+0000", "2026-01-31T12:00:00.000Z"),
        ("scored_at", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000Z"),
        ("scored_at", 1769860800000, "2026-01-31T12:00:00.000Z"),
        ("scored_at", datetime.fromisoformat("2026-01-31T12:00:00+00:00"), "2026-01-31T12:00:00.000Z"),
        ("why", " two\r\nlines \r\n", "two\nlines"),
        ("why", "old\rMac", "old\nMac"),
        ("tier", "one_to_one", "one_to_one"),
        ("tier", "  ", None),
        ("tier", "", None),
        ("fit_score", "", None),
        ("scored_at", None, None),
    ],
)
def test_one_text_stands_for_a_value(name: str, value: object, text: str | None) -> None:
    assert canonical(BY_NAME[name], value) == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fit_score", "many"),
        ("fit_score", "nan"),
        ("fit_score", float("inf")),
        ("tier_since", "31.01.2026"),
        ("scored_at", "2026-01-31T12:00:00"),
        ("scored_at", "soon"),
    ],
)
def test_what_cannot_be_a_value_is_a_value_error(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        canonical(BY_NAME[name], value)


def test_fields_belong_to_accounts_and_contacts_only() -> None:
    assert fields_of(Kind.ACCOUNT) == ACCOUNT_FIELDS + NATIVE_FIELDS
    assert fields_of(Kind.CONTACT) == CONTACT_FIELDS
    assert fields_of(Kind.DEAL) == fields_of(Kind.ACTIVITY) == ()


def test_names_are_unique_and_picklists_have_options() -> None:
    names = [(field.kind, field.name) for field in MANAGED_FIELDS]
    labels = [(field.kind, field.label) for field in MANAGED_FIELDS]
    assert len(set(names)) == len(set(labels)) == len(MANAGED_FIELDS)
    for field in MANAGED_FIELDS:
        assert (field.type is FieldType.PICKLIST) == bool(field.options), field.name
