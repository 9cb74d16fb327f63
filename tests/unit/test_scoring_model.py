"""Loading models: what is refused, and with which words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigError
from scoring.errors import ModelError
from scoring.model import DEFAULT_MODEL, build_model, load_model, parse_model
from scoring.spec import BUYING_ROLES, SENIORITIES
from tests.scoring_world import default_data

Change = Callable[[dict[str, Any]], object]


def test_the_default_model_has_the_published_numbers() -> None:
    model = load_model(DEFAULT_MODEL)
    engagement, tiers = model.spec.engagement, model.spec.tiers
    points = {name: (kind.channel, kind.points) for name, kind in engagement.types.items()}
    assert points == {
        "email_open": ("email", 0.1),
        "email_click": ("email", 1),
        "email_reply": ("email", 5),
        "page_view": ("web", 1),
        "high_intent_page_view": ("web", 5),
        "campaign_response": ("campaign", 10),
        "ad_click": ("ads", 1),
        "other": ("other", 0.1),
        "call_connected": ("sales", 5),
        "meeting": ("sales", 30),
        "form_submission": ("web", 10),
        "content_download": ("web", 8),
        "chat": ("web", 5),
        "webinar_attended": ("event", 15),
        "event_attended": ("event", 20),
    }
    caps = {name: channel.cap for name, channel in engagement.channels.items()}
    assert caps == {
        "email": 40,
        "web": 80,
        "ads": 10,
        "campaign": 60,
        "other": 5,
        "sales": None,
        "event": None,
    }
    assert engagement.breadth == (0.6, 0.8, 1.0)
    assert [tiers.one_to_one.cap, tiers.one_to_few.cap, tiers.one_to_many.cap] == [25, 150, 1000]
    assert [tiers.one_to_one.min_fit, tiers.one_to_few.min_fit, tiers.one_to_many.min_fit] == [60, 50, 40]
    assert [target.key for target in model.spec.lists] == ["target_accounts", "one_to_one"]


def test_the_default_model_repeats_the_defaults_of_the_code() -> None:
    data = default_data()
    written = build_model(data, "m").spec
    for section in ("roles", "trend", "stages", "intent", "priority", "buying_group"):
        assert section in data
    for section in ("trend", "stages", "intent", "priority", "buying_group"):
        del data[section]
    for key in (
        "half_life_days",
        "cut_days",
        "max_per_day",
        "min_person_points",
        "half_score_points",
        "breadth",
    ):
        del data["engagement"][key]
    for key in ("unknown_credit", "min_completeness", "strong_from", "moderate_from"):
        del data["fit"][key]
    assert build_model(data, "m").spec == written


def test_tables_are_integers_rounded_half_to_even_once() -> None:
    data = default_data()
    data["engagement"]["types"]["email_open"]["points"] = 0.0000005
    data["engagement"]["types"]["email_click"]["points"] = 0.0000015
    table = build_model(data, "m").tables.activities
    assert table.points[table.types["email_open"]] == 0
    assert table.points[table.types["email_click"]] == 2
    assert table.decay[0, [0, 1, 30, 60, 90]].tolist() == [1_000_000, 977_160, 500_000, 250_000, 125_000]


def test_role_multipliers_multiply_and_stop_at_three() -> None:
    roles = load_model(DEFAULT_MODEL).tables.activities.roles.reshape(len(SENIORITIES), -1)
    champion, holder = 1 << BUYING_ROLES.index("champion"), 1 << BUYING_ROLES.index("budget_holder")
    vp, c_level, individual = (SENIORITIES.index(name) for name in ("vp", "c_level", "individual"))
    assert roles[vp, 0] == 1500
    assert roles[vp, champion] == 2250
    assert roles[c_level, champion | holder] == 3000
    assert roles[individual, 1 << BUYING_ROLES.index("blocker")] == 250


def test_the_version_names_the_content_not_the_text() -> None:
    text = DEFAULT_MODEL.read_text(encoding="utf-8")
    first = parse_model(text, "a")
    assert parse_model("# a comment\n" + text, "b").version == first.version
    assert first.version.startswith("2026.1-")
    other = parse_model(text.replace("cut_days = 90", "cut_days = 91"), "c")
    assert other.version != first.version


def rule(data: dict[str, Any], **changes: Any) -> None:
    data["fit"]["rules"][0] |= changes


BAD: list[tuple[Change, str, str]] = [
    (lambda d: d.pop("version"), "version", "Field required"),
    (lambda d: d.update(colour="red"), "colour", "Extra inputs"),
    (lambda d: rule(d, field="shoe_size"), "fit.rules[0].field", "unknown field 'shoe_size'"),
    (lambda d: rule(d, field="custom."), "fit.rules[0].field", "unknown field"),
    (
        lambda d: rule(d, bands=[{"points": 1, "from": 0, "to": 10}, {"points": 2, "from": 9}]),
        "fit.rules[0].bands[1]",
        "overlaps with bands[0]: 9 to 10",
    ),
    (
        lambda d: rule(d, bands=[{"points": 1, "in": ["Tech", "B"]}, {"points": 2, "in": [" tech "]}]),
        "fit.rules[0].bands[1]",
        "overlaps with bands[0]: tech",
    ),
    (
        lambda d: rule(d, bands=[{"points": 1, "country": ["US"]}, {"points": 2, "country": ["usa"]}]),
        "fit.rules[0].bands[1]",
        "overlaps with bands[0]: US",
    ),
    (
        lambda d: rule(d, bands=[{"points": 1, "is_true": True}, {"points": 2, "is_true": True}]),
        "fit.rules[0].bands[1]",
        "is_true = true",
    ),
    (lambda d: rule(d, bands=[{"points": 1, "from": 5, "to": 5}]), "fit.rules[0].bands[0]", "is empty"),
    (lambda d: rule(d, bands=[{"points": 1}, {"points": 2, "from": 5}]), "fit.rules[0].bands[0]", "the last"),
    (lambda d: rule(d, bands=[{"points": 1, "from": 5, "in": ["a"]}]), "fit.rules[0].bands", "one kind"),
    (lambda d: rule(d, name="employees"), "fit.rules", "'employees' is used twice"),
    (lambda d: rule(d, unknown_credit=1.5), "fit.rules[0].unknown_credit", "less than or equal to 1"),
    (lambda d: d["fit"].update(rules=[]), "fit.rules", "at least 1"),
    (
        lambda d: d["fit"].update(rules=[{"name": "x", "field": "name", "bands": [{"points": -1}]}]),
        "fit.rules",
        "no band has points above zero",
    ),
    (lambda d: d["fit"].update(moderate_from=90), "fit.moderate_from", "below fit.strong_from"),
    (
        lambda d: d["engagement"]["channels"].pop("ads"),
        "engagement.types.ad_click.channel",
        "no channel 'ads'",
    ),
    (lambda d: d["engagement"]["types"]["chat"].pop("channel"), "engagement.types.chat.channel", "required"),
    (
        lambda d: d["engagement"]["channels"]["email"].update(cap=0),
        "engagement.channels.email.cap",
        "greater than 0",
    ),
    (
        lambda d: d["engagement"]["types"]["chat"].update(points=-1),
        "engagement.types.chat.points",
        "equal to 0",
    ),
    (
        lambda d: d["engagement"]["types"]["chat"].update(per_minute=1),
        "engagement.types.chat",
        "come together",
    ),
    (
        lambda d: d["engagement"]["types"]["chat"].update(per_minute=100, max_minutes=1000),
        "engagement.types.chat",
        "must not exceed 1000",
    ),
    (lambda d: d["engagement"].update(breadth=[1.0, 0.5]), "engagement.breadth", "must not fall"),
    (lambda d: d["engagement"].update(half_life_days="30"), "engagement.half_life_days", "valid number"),
    (lambda d: d["engagement"].update(half_life_days=float("inf")), "engagement.half_life_days", "finite"),
    (lambda d: d["engagement"].update(cut_days=0), "engagement.cut_days", "greater than or equal to 1"),
    (lambda d: d["stages"].update(engaged=1000), "stages", "must not fall"),
    (lambda d: d["roles"]["seniority"].update(king=2), "roles.seniority", "unknown 'king'"),
    (lambda d: d["roles"]["buying_role"].update(king=2), "roles.buying_role", "unknown 'king'"),
    (lambda d: d["roles"]["seniority"].update(vp=3.5), "roles.seniority.vp", "less than or equal to 3"),
    (lambda d: d["buying_group"]["roles"].append("king"), "buying_group.roles", "unknown 'king'"),
    (lambda d: d["buying_group"]["roles"].append("champion"), "buying_group.roles", "used twice"),
    (lambda d: d["buying_group"].update(roles=["champion"]), "buying_group.roles", "at least 5"),
    (
        lambda d: d["buying_group"].update(custom_roles={"champion": ["x-ray"]}),
        "buying_group.custom_roles.champion",
        "have already",
    ),
    (
        lambda d: d["buying_group"].update(custom_roles={"king": ["royal"]}),
        "buying_group.custom_roles.king",
        "not among buying_group.roles",
    ),
    (
        lambda d: d["buying_group"].update(custom_roles={"king": []}),
        "buying_group.custom_roles.king",
        "at least 1",
    ),
    (
        lambda d: d["buying_group"].update(custom_roles={"king": ["crown", "*"]}),
        "buying_group.custom_roles.king[1]",
        "no word of a title",
    ),
    (
        lambda d: d["buying_group"].update(custom_roles={"king": ["a, b"]}),
        "buying_group.custom_roles.king[0]",
        "no word of a title",
    ),
    (
        lambda d: d["buying_group"].update(custom_roles={"The King": ["crown"]}),
        "buying_group.custom_roles.The King.[key]",
        "should match pattern",
    ),
    (
        lambda d: d["buying_group"].update(roles=[f"{'r' * 30}{number}" for number in range(12)]),
        "buying_group.roles",
        "more than the 255 letters",
    ),
    (
        lambda d: d["buying_group"].update(roles=[f"r{number}" for number in range(13)]),
        "buying_group.roles",
        "at most 12",
    ),
    (lambda d: d.update(priority={"fit": 0, "engagement": 0, "intent": 0}), "priority", "above zero"),
    (lambda d: d["priority"].update(fit=-0.1), "priority.fit", "equal to 0"),
    (lambda d: d["tiers"]["one_to_one"].update(cap=0), "tiers.one_to_one.cap", "equal to 1"),
    (lambda d: d["tiers"].update(slack=1), "tiers.slack", "less than 1"),
    (lambda d: d["lists"][0].update(key="one_to_one"), "lists", "key 'one_to_one' is used twice"),
    (lambda d: d["lists"][0].update(tiers=["gold"]), "lists[0].tiers", "unknown 'gold'"),
    (
        lambda d: d["lists"][0].update(tiers=["one_to_one"] * 2),
        "lists[0].tiers",
        "'one_to_one' is used twice",
    ),
    (lambda d: d["lists"][0].pop("tiers"), "lists[0]", "needs a condition"),
    (lambda d: d["lists"][0].update(stage=["warm"]), "lists[0].stage", "unknown 'warm'"),
    (lambda d: d["lists"][0].update(min_priority=101), "lists[0].min_priority", "equal to 100"),
    (lambda d: d["lists"][0].update(owner=[""]), "lists[0].owner[0]", "at least 1"),
    (lambda d: d["lists"][0].update(owners=["x"]), "lists[0].owners", "not permitted"),
    (
        lambda d: d["lists"][0].update(segment=[{"field": "shoe_size", "from": 40}]),
        "lists[0].segment[0].field",
        "unknown field 'shoe_size'",
    ),
    (
        lambda d: d["lists"][0].update(segment=[{"field": "employees"}]),
        "lists[0].segment[0]",
        "one condition",
    ),
    (
        lambda d: d["lists"][0].update(segment=[{"field": "employees", "from": 9, "to": 9}]),
        "lists[0].segment[0]",
        "is empty",
    ),
    (lambda d: d["lists"][0].update(segment=[{"in": ["x"]}]), "lists[0].segment[0].field", "required"),
    (lambda d: d["exclusions"][0].update(name="partner"), "exclusions", "'partner' is used twice"),
    (
        lambda d: d["exclusions"][0].update(any_of=[{"in": ["x"]}]),
        "exclusions[0].any_of[0]",
        "either a field or a list",
    ),
    (
        lambda d: d["exclusions"][0].update(any_of=[{"field": "type"}]),
        "exclusions[0].any_of[0]",
        "one condition",
    ),
    (
        lambda d: d["exclusions"][0].update(any_of=[{"list": "L", "in": ["x"]}]),
        "exclusions[0].any_of[0]",
        "no condition",
    ),
]


@pytest.mark.parametrize(
    ("change", "path", "reason"), BAD, ids=[f"{path}-{reason}" for _, path, reason in BAD]
)
def test_a_bad_model_is_refused_with_file_key_and_reason(change: Change, path: str, reason: str) -> None:
    data = default_data()
    change(data)
    with pytest.raises(ModelError) as caught:
        build_model(data, "my.toml")
    found = [words for key, words in caught.value.problems if key == path]
    assert any(reason in words for words in found), caught.value.problems
    assert f"my.toml: {path}: " in str(caught.value)


def test_every_problem_is_reported_at_once() -> None:
    data = default_data()
    rule(data, field="shoe_size")
    data["lists"][0]["tiers"] = ["gold"]
    with pytest.raises(ModelError) as caught:
        build_model(data, "my.toml")
    assert len(caught.value.problems) == 2


def test_a_key_given_twice_is_refused_with_its_line() -> None:
    with pytest.raises(ModelError, match=r"^twice\.toml:2: \(file\): is not valid TOML"):
        parse_model('version = "1"\nversion = "2"\n', "twice.toml")


def test_an_unfinished_file_is_refused_with_its_last_line() -> None:
    with pytest.raises(ModelError, match=r"^open\.toml:2: \(file\): is not valid TOML"):
        parse_model('version = "1"\nbreadth = [1.0,', "open.toml")


def test_problems_name_the_line_of_their_key() -> None:
    text = DEFAULT_MODEL.read_text(encoding="utf-8")
    text = text.replace("{ points = 10, from = 50, to = 200 }", "{ points = 10, from = 40, to = 200 }")
    text = text.replace('ad_click = { channel = "ads", points = 1 }', 'ad_click = { channel = "ads" }')
    lines = text.splitlines()
    with pytest.raises(ModelError) as caught:
        parse_model(text, "my.toml")
    click = 1 + next(place for place, line in enumerate(lines) if line.startswith("ad_click"))
    assert str(caught.value) == f"my.toml:{click}: engagement.types.ad_click.points: Field required"
    with pytest.raises(ModelError) as caught:
        parse_model(text.replace('channel = "ads" }', 'channel = "ads", points = 1 }'), "my.toml")
    band = 1 + next(place for place, line in enumerate(lines) if "from = 40" in line)
    assert str(caught.value).startswith(f"my.toml:{band}: fit.rules[1].bands[1]: overlaps with bands[0]")


def test_a_problem_of_the_whole_file_has_no_line() -> None:
    text = DEFAULT_MODEL.read_text(encoding="utf-8").replace('version = "2026.1"', "")
    with pytest.raises(ModelError, match=r"^my\.toml: version: Field required$"):
        parse_model(text, "my.toml")


def test_a_file_that_cannot_be_read_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_model(tmp_path / "absent.toml")


def test_a_mapped_custom_field_is_allowed() -> None:
    data = default_data()
    rule(data, field="custom.shoe_size", bands=[{"points": 1, "from": 40}])
    assert build_model(data, "m").tables.rules[0].field == "custom.shoe_size"
