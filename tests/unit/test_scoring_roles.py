"""Titles, CRM values and the buying group (docs/scoring.md section 6)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.custom_roles import custom_roles_of
from scoring.evidence import ActivityRow, Evidence
from scoring.facts import AccountFacts, ContactRow, Contacts
from scoring.kernel import Scores, score
from scoring.model import DEFAULT_MODEL, Model, build_model, load_model
from scoring.people import People, PersonRow
from scoring.roles import crm_roles, resolve
from scoring.signals import Signals
from scoring.spec import BUYING_ROLES, SENIORITIES
from scoring.title_text import plain
from scoring.title_words import FUNCTIONS
from scoring.titles import read_title
from scoring.words import buying_group_text, inferred_role
from tests.scoring_world import default_data
from tests.unit.title_table import Row, rows

NOW = 1_795_000_000


def read_as(title: str | None) -> tuple[str, str, str | None]:
    role = resolve(title, None)
    assert len(role.buying_roles) <= 1
    return role.seniority, role.function, role.buying_roles[0] if role.buying_roles else None


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.title)
def test_every_title_of_the_table_is_read_right(row: Row) -> None:
    assert read_as(row.title) == (row.seniority, row.function, row.role)


def test_the_table_is_long_and_varied() -> None:
    titles = [row.title for row in rows()]
    assert len(set(titles)) == len(titles) >= 500
    assert {row.seniority for row in rows()} == set(SENIORITIES)
    assert {row.function for row in rows()} == {name for name, _ in FUNCTIONS} | {"unknown"}


@pytest.mark.parametrize("row", rows()[::7], ids=lambda row: row.title)
@pytest.mark.parametrize("change", [str.upper, str.lower, lambda title: f"  {title} "])
def test_case_and_spaces_change_nothing(row: Row, change: Callable[[str], str]) -> None:
    assert read_as(change(row.title)) == (row.seniority, row.function, row.role)


@pytest.mark.parametrize("title", [None, "", "   "])
def test_no_title_says_nothing(title: str | None) -> None:
    assert read_as(title) == ("unknown", "unknown", None)


def test_a_typographic_apostrophe_is_one_too() -> None:
    assert read_as("Chef d\N{RIGHT SINGLE QUOTATION MARK}entreprise") == read_as("Chef d'entreprise")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("marketing manger", "marketing manager"),
        ("direcotr", "director"),
        ("engineeer", "engineer"),
        ("analist", "analyst"),
        ("resident engineer", "resident engineer"),
        ("foundry", "foundry"),
        ("office", "office"),
        ("directora", "directora"),
        ("ceo", "ceo"),
    ],
)
def test_only_what_is_no_word_is_spelled_anew(written: str, meant: str) -> None:
    assert plain(written) == meant


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error_and_twice_the_same(title: str) -> None:
    assert read_title(title) == read_title(title)
    assert plain(title) == " ".join(plain(title).split())


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


def scores_of(people: list[PersonRow], meetings: list[str], model: Model | None = None) -> Scores:
    everybody = People.from_rows(people)
    rows = [ActivityRow(person, "a", person, "meeting", NOW) for person in meetings]
    return score(
        [AccountFacts("a", {})],
        Evidence.from_rows(["a"], everybody, rows),
        Signals.none(),
        Contacts.from_rows(["a"], everybody, [ContactRow("a", person.id) for person in people]),
        model or load_model(DEFAULT_MODEL),
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
    assert inferred.attention[0] == 45_000_000 * 60 // 100
    assert confirmed.attention[0] == 67_500_000 * 60 // 100


def test_two_people_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        People.from_rows([PersonRow("1", "Ann"), PersonRow("1", "Bob")])


def test_an_inferred_role_is_shown_with_its_confidence_and_a_confirmed_one_is_not() -> None:
    people = People.from_rows(
        [
            PersonRow("1", "Ann", "CFO"),
            PersonRow("2", "Bob", "CFO", "CHAMPION"),
            PersonRow("3", "X"),
            PersonRow("4", "Dee", "IT Manager"),
            PersonRow("5", "Eve", "Student, IT"),
            PersonRow("6", "Fay", "CISO", "OTHER"),
            PersonRow("7", "Gus", "Head of IT, Datenschutz, Betriebsrat, CISO & CEO"),
        ]
    )
    group = twelve_roles().spec.buying_group
    assert [inferred_role(people, person, group) for person in range(6)] == [
        "budget holder (likely, 70%)",
        None,
        None,
        "influencer (likely, 40%), it owner",
        None,
        None,
    ]
    assert inferred_role(people, 6, group) == (
        "legal (likely, 80%), it owner, security reviewer, data owner, works council"
    )


def test_people_are_labelled_for_readers() -> None:
    people = People.from_rows(
        [PersonRow("1", "Jane Roe", "VP Marketing"), PersonRow("2", "Al"), PersonRow("3", "")]
    )
    labels = [people.label(person) for person in (0, 1, 2, -1)]
    assert labels == ["Jane Roe (VP Marketing)", "Al", "somebody without a name", "unknown people"]


def twelve_roles() -> Model:
    """A template of twelve, in an order of its own."""
    data = default_data()
    data["buying_group"] = {
        "roles": ["security_reviewer", *BUYING_ROLES, "data_owner", "it_owner", "works_council"],
        "custom_roles": {
            "it_owner": ["IT", "information technology"],
            "security_reviewer": ["CISO", "*sicherheit*"],
            "data_owner": ["Daten*", "protección de datos"],
            "works_council": ["Betriebsrat*"],
        },
    }
    return build_model(data, "m")


def test_a_model_may_add_roles_that_titles_fill() -> None:
    people = [
        PersonRow("1", "Ann", "CISO"),
        PersonRow("2", "Bob", "Leiter IT-Sicherheit"),
        PersonRow("3", "Cem", "Datenschutzbeauftragte"),
        PersonRow("4", "Dee", "Unit Manager"),
    ]
    scores = scores_of(people, ["3"], twelve_roles())
    row = scores.row(0)
    assert row.gap == (
        "champion",
        "end_user",
        "budget_holder",
        "blocker",
        "works_council",
    )
    assert row.buying_group_coverage == 58.333333
    assert row.engaged_coverage == 16.666667
    words = buying_group_text(row)
    assert words.startswith("58% of the roles known, 17% engaged; missing: champion, end user, ")


def test_a_custom_role_set_in_the_crm_counts_before_any_title() -> None:
    people = [
        PersonRow("1", "Ann", "CISO", "CHAMPION"),
        PersonRow("2", "Bob", "Cook", "Works Council; End User"),
        PersonRow("3", "Cem", "IT Manager", "Other"),
    ]
    gap = scores_of(people, [], twelve_roles()).row(0).gap
    assert set(twelve_roles().spec.buying_group.roles) - set(gap) == {"champion", "end_user", "works_council"}


def test_a_person_may_fill_several_custom_roles() -> None:
    people = People.from_rows(
        [PersonRow("1", "Ann", "Director IT & Datensicherheit"), PersonRow("2", "Bob", "Ex-CISO")]
    )
    group = twelve_roles().spec.buying_group
    assert custom_roles_of(group, people, 0) == ("it_owner", "security_reviewer", "data_owner")
    assert custom_roles_of(group, people, 1) == ()
    assert custom_roles_of(load_model(DEFAULT_MODEL).spec.buying_group, people, 0) == ()


def test_a_complete_group_says_so() -> None:
    everyone = [PersonRow(str(place), "X", None, role.upper()) for place, role in enumerate(BUYING_ROLES)]
    row = scores_of(everyone, ["0", "1", "2"]).row(0)
    assert buying_group_text(row) == "100% of the roles known, 50% engaged; none missing"


def test_the_gap_keeps_the_order_of_the_template() -> None:
    data = default_data()
    data["buying_group"]["roles"] = ["legal", "end_user", "champion", "decision_maker", "executive_sponsor"]
    row = scores_of([PersonRow("1", "Ann", "VP Sales")], [], build_model(data, "m")).row(0)
    assert row.gap == ("legal", "end_user", "champion", "executive_sponsor")
