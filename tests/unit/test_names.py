"""What is left of company names, and how they compare."""

import pytest

from core.names import contradicts, core_name, fits, likeness


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("Müller & Söhne GmbH & Co. KG", "mueller soehne"),
        ("The Acme Company, Inc.", "acme"),
        ("A/S Skagerrak", "skagerrak"),
        ("ACME (Germany) Ltd.", "acme"),
        ("Minera Tarapacá S.A.", "minera tarapaca"),
        ("Gangeś Tea Pvt. Ltd.", "ganges tea"),
        ("n/a", ""),
        ("Unknown", ""),
        (" - ", ""),
        ("株式会社カワセミ", "株式会社カワセミ"),
    ],
)
def test_the_core_of_a_name(name: str, core: str) -> None:
    assert core_name(name) == core


def test_likeness_is_one_for_the_same_letters_and_nothing_for_other_numbers() -> None:
    assert likeness("blue heron", "blueheron") == 1.0
    assert likeness("studio 54", "studio 55") == 0.0
    assert likeness("acme", "") == 0.0
    assert 0.88 <= likeness("summit dental", "summit dentals") < 1.0


def test_names_contradict_each_other_when_nothing_ties_them_or_the_domain() -> None:
    assert contradicts("blue kite", "northwind dairy", "northwind")
    assert not contradicts("northwind foods", "northwind dairy", "northwind")
    assert not contradicts("", "northwind dairy", "northwind")
    assert not contradicts("カワセミ", "kawasemi", "kawasemi")
    assert not contradicts("british overseas lanterns", "bol", "x")
    assert contradicts("united bank", "united foods", "x")


def test_a_name_fits_the_domain_by_its_start_a_word_or_its_initials() -> None:
    assert fits("tidewater freight", "tidewaterfreight")
    assert fits("foxglove", "getfoxglove")
    assert fits("british overseas lanterns", "bol")
    assert fits("mueller praezision", "müller-präzision")
    assert not fits("blue kite", "northwind")
    assert not fits("global services", "servicesglobe")
