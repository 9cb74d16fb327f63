"""Which settings of two models differ."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from scoring.model import build_model
from scoring.settings import SettingChange, settings_differing
from tests.scoring_world import default_data

DATA = default_data()


def changed(change: Callable[[dict[str, Any]], object]) -> list[SettingChange]:
    data = deepcopy(DATA)
    change(data)
    return settings_differing(build_model(DATA, "a").spec, build_model(data, "b").spec)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["tiers"]["one_to_one"].update(cap=30), ("tiers.one_to_one.cap", 25, 30)),
        (lambda d: d["trend"].pop("days"), None),
        (lambda d: d.update(version="x"), ("version", "2026.1", "x")),
        (
            lambda d: d["exclusions"].reverse(),
            (
                "exclusions[order]",
                ["customer", "partner", "competitor"],
                ["competitor", "partner", "customer"],
            ),
        ),
        (
            lambda d: d["fit"]["rules"][1]["bands"][0].update(points=4),
            ("fit.rules[employees].bands[0].points", 3, 4),
        ),
        (
            lambda d: d["fit"]["rules"][1]["bands"][0].update({"from": 10}),
            ("fit.rules[employees].bands[0].from", 20, 10),
        ),
        (lambda d: d["lists"][1].update(min_priority=70), ("lists[one_to_one].min_priority", None, 70)),
        (lambda d: d["engagement"]["channels"]["web"].pop("cap"), ("engagement.channels.web.cap", 80, None)),
        (
            lambda d: d["buying_group"]["roles"].reverse(),
            ("buying_group.roles", *(DATA["buying_group"]["roles"][::s] for s in (1, -1))),
        ),
    ],
)
def test_a_change_is_named_by_its_path_with_both_values(
    change: Callable[[dict[str, Any]], object], expected: tuple[str, object, object] | None
) -> None:
    assert changed(change) == ([] if expected is None else [expected])


def test_a_rule_that_is_new_is_named_whole() -> None:
    rule = {"name": "city", "field": "city", "bands": [{"points": 5, "in": ["Berlin"]}]}
    found = changed(lambda d: d["fit"]["rules"].append(rule))
    assert {change.path: change.after for change in found} == {
        "fit.rules[city].name": "city",
        "fit.rules[city].field": "city",
        "fit.rules[city].bands[0].in": ["Berlin"],
        "fit.rules[city].bands[0].points": 5,
    }
    assert {change.before for change in found} == {None}
