"""Titles, CRM values and the buying group (docs/scoring.md section 6)."""

from datetime import UTC, datetime

import pytest

from scoring.facts import (
    AccountFacts,
    ActivityRow,
    ContactRow,
    Contacts,
    Evidence,
    People,
    PersonRow,
    Signals,
)
from scoring.kernel import Scores, score
from scoring.model import DEFAULT_MODEL, load_model
from scoring.roles import crm_roles, resolve
from scoring.spec import BUYING_ROLES
from scoring.titles import function, seniority

NOW = 1_795_000_000


@pytest.mark.parametrize(
    ("title", "level", "area"),
    [
        ("Co-Founder & CEO", "c_level", "unknown"),
        ("Chief Information Security Officer", "c_level", "security"),
        ("CFO", "c_level", "finance"),
        ("President", "c_level", "unknown"),
        ("Geschäftsführer", "c_level", "unknown"),
        ("Geschaeftsfuehrerin", "c_level", "unknown"),
        ("Directrice générale", "c_level", "unknown"),
        ("Directora General", "c_level", "unknown"),
        ("Consejero Delegado", "c_level", "unknown"),
        ("Fondatrice", "c_level", "unknown"),
        ("VP, Marketing Ops", "vp", "marketing"),
        ("Senior Vice-President of Sales", "vp", "sales"),
        ("Vicepresidenta", "vp", "unknown"),
        ("Directrice Marketing", "director", "marketing"),
        ("Head of Growth", "director", "marketing"),
        ("Leiter Einkauf", "director", "procurement"),
        ("Vertriebsleiterin", "director", "sales"),
        ("IT-Leiter", "director", "it"),
        ("Jefe de Ventas", "director", "sales"),
        ("General Counsel", "director", "legal"),
        ("Procurement Mgr", "manager", "procurement"),
        ("Teamleiter Vertrieb", "manager", "sales"),
        ("Responsable Achats", "manager", "procurement"),
        ("Gerente de Compras", "manager", "procurement"),
        ("Account Manager", "individual", "sales"),
        ("Account Executive", "individual", "sales"),
        ("Executive Assistant to the CEO", "individual", "unknown"),
        ("Product Owner", "individual", "product"),
        ("Ingénieur logiciel", "individual", "engineering"),
        ("Sachbearbeiterin Buchhaltung", "individual", "finance"),
        ("Wizard", "unknown", "unknown"),
        ("", "unknown", "unknown"),
        (None, "unknown", "unknown"),
    ],
)
def test_titles(title: str | None, level: str, area: str) -> None:
    assert (seniority(title), function(title)) == (level, area)


@pytest.mark.parametrize(
    ("value", "roles"),
    [
        *((role.upper(), (role,)) for role in BUYING_ROLES if role != "legal"),
        ("LEGAL_AND_COMPLIANCE", ("legal",)),
        ("CHAMPION;DECISION_MAKER", ("decision_maker", "champion")),
        ("Economic Buyer", ("budget_holder",)),
        ("Decision Maker", ("decision_maker",)),
        ("Executive Sponsor", ("executive_sponsor",)),
        ("Business User", ("end_user",)),
        ("Technical Buyer", ("influencer",)),
        ("Other", ()),
        ("OTHER", ()),
    ],
)
def test_crm_values(value: str, roles: tuple[str, ...]) -> None:
    assert crm_roles(value) == roles


def test_a_human_value_always_wins_over_the_title() -> None:
    role = resolve("CEO", "END_USER")
    assert (role.seniority, role.buying_roles, role.confirmed, role.confidence) == (
        "c_level",
        ("end_user",),
        True,
        1.0,
    )
    assert resolve("CEO", "OTHER").buying_roles == ()


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_without_a_human_value_the_title_decides_with_less_confidence(empty: str | None) -> None:
    role = resolve("CFO", empty)
    assert (role.buying_roles, role.confirmed) == (("budget_holder",), False)
    assert 0 < role.confidence < 1
    assert resolve("Wizard", empty).buying_roles == ()


def scores_of(people: list[PersonRow], meetings: list[str]) -> Scores:
    everybody = People.from_rows(people)
    rows = [ActivityRow(person, "a", person, "meeting", NOW) for person in meetings]
    return score(
        [AccountFacts("a", {})],
        Evidence.from_rows(["a"], everybody, rows),
        Signals.none(),
        Contacts.from_rows(["a"], everybody, [ContactRow("a", person.id) for person in people]),
        load_model(DEFAULT_MODEL),
        datetime.fromtimestamp(NOW, UTC),
    )


def test_coverage_and_gap_follow_the_template() -> None:
    people = [
        PersonRow("1", "Ann", "CEO"),
        PersonRow("2", "Bob", "CFO", "CHAMPION;INFLUENCER"),
        PersonRow("3", "Cem", "CEO"),
        PersonRow("4", "Dee", "General Counsel"),
    ]
    row = scores_of(people, ["2", "4"]).row(0)
    assert row.buying_group_coverage == 50.0
    assert row.engaged_coverage == 33.333333
    assert row.gap == ("decision_maker", "end_user", "budget_holder")


def test_nobody_known_leaves_every_role_open() -> None:
    row = scores_of([], []).row(0)
    assert (row.buying_group_coverage, row.engaged_coverage, len(row.gap)) == (0.0, 0.0, 6)


def test_an_inferred_role_fills_the_group_but_does_not_multiply() -> None:
    inferred = scores_of([PersonRow("1", "Ann", "VP Sales")], ["1"])
    confirmed = scores_of([PersonRow("1", "Ann", "VP Sales", "DECISION_MAKER")], ["1"])
    assert inferred.row(0).gap == confirmed.row(0).gap
    assert inferred.points_of_people(0) == {0: 45.0}
    assert confirmed.points_of_people(0) == {0: 67.5}


def test_two_people_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        People.from_rows([PersonRow("1", "Ann"), PersonRow("1", "Bob")])


def test_an_inferred_role_is_shown_with_its_confidence_and_a_confirmed_one_is_not() -> None:
    people = People.from_rows(
        [PersonRow("1", "Ann", "CFO"), PersonRow("2", "Bob", "CFO", "CHAMPION"), PersonRow("3", "X")]
    )
    assert [people.inferred_role(person) for person in range(3)] == ["budget holder (70%)", "", ""]


def test_people_are_labelled_for_readers() -> None:
    people = People.from_rows(
        [PersonRow("1", "Jane Roe", "VP Marketing"), PersonRow("2", "Al"), PersonRow("3", "")]
    )
    labels = [people.label(person) for person in (0, 1, 2, -1)]
    assert labels == ["Jane Roe (VP Marketing)", "Al", "somebody without a name", "unknown people"]
