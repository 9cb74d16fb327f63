"""Which CRM records are one account, and to which account a person belongs."""

from store.matching import AccountRow, ContactRow
from sync.match import AccountMatch, ContactMatch, match_accounts, match_contacts

SF, HS = 1, 2


def row(connection: int, remote_id: str, website: str | None = None, twin: str | None = None) -> AccountRow:
    return AccountRow(connection, remote_id, website, twin, f"Account {remote_id}")


def keys(*rows: AccountRow) -> list[str]:
    matched = match_accounts(rows)
    return [matched.records[found.key].account_key for found in rows]


def test_records_of_one_domain_are_one_account() -> None:
    matched = match_accounts([row(SF, "a", "https://www.acme.com"), row(HS, "b", "ACME.com/de")])
    assert set(matched.records.values()) == {AccountMatch("acme.com", "domain", 0.95)}


def test_two_records_of_one_crm_with_one_domain_are_one_account() -> None:
    assert keys(row(SF, "a", "acme.com"), row(SF, "b", "acme.com")) == ["acme.com", "acme.com"]


def test_a_record_without_domain_is_an_account_of_its_own() -> None:
    assert keys(row(SF, "a"), row(HS, "a", ""), row(HS, "b", "facebook.com/b")) == ["1:a", "2:a", "2:b"]


def test_the_cross_reference_comes_before_the_domain() -> None:
    matched = match_accounts([row(SF, "a", "acme.com"), row(HS, "b", "beta.com", twin="a")])
    assert matched.records[HS, "b"] == AccountMatch("acme.com", "cross_reference", 1.0)


def test_the_cross_reference_works_from_either_side() -> None:
    assert keys(row(SF, "a", "acme.com", twin="b"), row(HS, "b", "beta.com")) == ["acme.com", "acme.com"]


def test_of_two_twins_the_one_with_a_domain_gives_the_key() -> None:
    """People are matched by the domain of their e-mail, so the account must be known by it."""
    assert keys(row(SF, "a"), row(HS, "b", "acme.com", twin="a")) == ["acme.com", "acme.com"]


def test_twins_are_never_in_the_same_crm() -> None:
    assert keys(row(HS, "1", "acme.com", twin="2"), row(HS, "2", "beta.com")) == ["acme.com", "beta.com"]
    assert keys(row(HS, "1", "acme.com", twin="1")) == ["acme.com"]


def test_an_id_that_two_crms_use_names_no_twin() -> None:
    rows = [row(SF, "a", "acme.com", twin="7"), row(HS, "7", "beta.com"), row(3, "7", "gamma.com")]
    assert keys(*rows) == ["acme.com", "beta.com", "gamma.com"]


def test_a_twin_that_is_not_there_changes_nothing() -> None:
    assert keys(row(SF, "a", "acme.com", twin="gone")) == ["acme.com"]


ACCOUNTS = match_accounts([row(SF, "a", "acme.com"), row(SF, "n"), row(HS, "b", "beta.com")])


def person(
    account_id: str | None, email: str | None, survivors: dict[tuple[int, str], str] | None = None
) -> ContactMatch:
    return match_contacts([ContactRow(SF, "c", account_id, email)], ACCOUNTS, survivors or {})[SF, "c"]


def test_the_account_that_the_crm_names_comes_first() -> None:
    assert person("a", "Jo@Beta.com ") == ContactMatch("jo@beta.com", "acme.com", "crm", 1.0, ("beta.com",))
    assert person("n", None) == ContactMatch("1:c", "1:n", "crm")


def test_without_it_the_domain_of_the_address_decides() -> None:
    assert person(None, "jo@beta.com") == ContactMatch("jo@beta.com", "beta.com", "email_domain", 0.9)
    assert person("gone", "jo@mail.beta.com").account_key == "beta.com"


def test_unknown_and_free_mail_domains_belong_to_no_account() -> None:
    for email in ("jo@gmail.com", "jo@nobody.com", "no address", "", None):
        assert person(None, email).account_key is None


def test_an_id_of_another_crm_is_not_an_account_of_this_one() -> None:
    assert person("b", None).account_key is None


def test_one_address_is_one_person_in_both_crms() -> None:
    rows = [ContactRow(SF, "x", "a", "jo@acme.com"), ContactRow(HS, "y", "b", "JO@acme.com")]
    assert {found.person_key for found in match_contacts(rows, ACCOUNTS, {}).values()} == {"jo@acme.com"}


def test_people_of_a_merged_account_follow_it_through_every_merge() -> None:
    assert person("old", None, {(SF, "old"): "older", (SF, "older"): "a"}).account_key == "acme.com"


def test_merges_that_go_in_a_circle_end() -> None:
    assert person("x", None, {(SF, "x"): "y", (SF, "y"): "x"}).account_key is None
