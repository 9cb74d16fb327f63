"""Target lists as conditions: all that are given must hold, and what is unknown holds nothing."""

from typing import Any

import pytest

from scoring.lists import Standing, belongs
from scoring.spec import TargetList
from tests.worlds import GOOD_FIT

STANDING = Standing("one_to_few", "engaged", 62.5, GOOD_FIT, frozenset({"0055g00000abcdeaaq", "jo@us.com"}))


def target(**conditions: Any) -> TargetList:
    return TargetList.model_validate({"key": "l", "name": "L", **conditions})


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"tiers": ["one_to_one", "one_to_few"]}, True),
        ({"tiers": ["one_to_one"]}, False),
        ({"stage": ["engaged", "mqa"]}, True),
        ({"stage": ["mqa"]}, False),
        ({"min_priority": 62.5}, True),
        ({"min_priority": 62.6}, False),
        ({"min_priority": 0}, True),
        ({"owner": ["0055g00000ABCDEAAQ"]}, True),
        ({"owner": ["77", "Jo@us.com "]}, True),
        ({"owner": ["77"]}, False),
        ({"segment": [{"field": "country", "country": ["United States"]}]}, True),
        ({"segment": [{"field": "employees", "from": 1000, "to": 2000}]}, True),
        ({"segment": [{"field": "employees", "from": 1000}, {"field": "industry", "in": ["Retail"]}]}, False),
        ({"segment": [{"field": "technologies", "contains": ["HubSpot"]}]}, True),
        ({"segment": [{"field": "city", "in": ["Berlin"]}]}, False),
        ({"tiers": ["one_to_few"], "stage": ["engaged"], "min_priority": 90}, False),
        ({"tiers": ["one_to_few"], "stage": ["engaged"], "min_priority": 60, "owner": ["jo@us.com"]}, True),
    ],
)
def test_every_condition_must_hold(conditions: dict[str, Any], *, expected: bool) -> None:
    assert belongs(target(**conditions), STANDING) is expected


def test_a_list_without_tiers_takes_accounts_without_one() -> None:
    outside = Standing("none", "mqa", 10.0, {}, frozenset())
    assert belongs(target(stage=["mqa"]), outside)
    assert not belongs(target(stage=["mqa"], tiers=["one_to_one"]), outside)
