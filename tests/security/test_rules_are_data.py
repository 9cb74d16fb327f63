"""S21: a model or a configuration that anybody wrote is data: it is read or refused, soon, and never run.

That nothing evaluates a text is a house rule (tests/house_rules.py).
"""

import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import registry
from core.config import parse_config
from core.errors import ConfigError
from core.toml import MAX_CHARACTERS, TomlError, read_toml
from scoring.errors import ModelError
from scoring.fit import rule_points
from scoring.model import DEFAULT_MODEL, Model, build_model, parse_model
from tests.scoring_world import default_data

SOON_SECONDS = 20.0
"""Of wall time on a machine with much else to do; what is not bounded takes hours."""
EVIL_WORDS = (
    "__import__('os').system('true')",
    "(a+)+$",
    "{0.__class__}",
    "%n%s",
    "${x}",
    "$(id)",
    "=1+1",
    "\x00",
)

SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(EVIL_WORDS),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a model."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(one for key, value in inner for one in places(value, (*path, key)))]


PLACES = [path for path in places(default_data()) if path]


def changed(changes: list[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
    """The default model with other values in some places."""
    data = deepcopy(default_data())
    for path, value in changes:
        target: Any = data
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken the place away
    return data


def refusal(make: Callable[[], Model]) -> tuple[Model | None, str]:
    """The model or what is said against it; anything but a ModelError goes on to the test."""
    try:
        return make(), ""
    except ModelError as refused:
        return None, str(refused)


@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3), VALUES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_s21_a_model_with_anything_anywhere_is_read_or_refused(
    changes: list[tuple[tuple[Any, ...], Any]], value: Any
) -> None:
    model, words = refusal(lambda: build_model(changed(changes), "model.toml"))
    if model is None:
        assert words.startswith("model.toml: ")
        return
    if isinstance(value, list | dict):
        return
    known = float(value) if type(value) is int else value
    for rule in model.tables.rules:
        points, _ = rule_points(rule, known)
        assert isinstance(points, int)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
@settings(max_examples=200)
def test_s21_any_text_is_a_model_or_an_error_that_names_the_file(text: str) -> None:
    with pytest.raises(ModelError, match=r"model\.toml"):
        parse_model(text, "model.toml")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        parse_config(text, "config.toml", registry.settings_models())


@given(st.integers(0, 10_500), st.text(max_size=12))
@settings(max_examples=100)
def test_s21_a_model_with_a_slip_of_the_pen_is_read_or_refused_with_file_line_and_key(
    place: int, slip: str
) -> None:
    text = DEFAULT_MODEL.read_text(encoding="utf-8")
    slipped = f"{text[:place]}{slip}{text[place + len(slip) :]}"
    model, words = refusal(lambda: parse_model(slipped, "model.toml"))
    assert model is not None or words.startswith("model.toml:")


BOMBS = {
    "nested arrays": f"x = {'[' * 50_000}{']' * 50_000}",
    "arrays just deep enough to be parsed": f"x = {'[' * 60}{']' * 60}",
    "nested tables": f"x = {'{a=' * 20_000}1{'}' * 20_000}",
    "a key of many parts": f"{'a.' * 30_000}b = 1",
    "a quoted key of many parts": '"a" . ' * 30_000 + "b = 1",
    "a header of many parts": f"[{'a.' * 30_000}b]",
    "a number of many digits": f"x = {'9' * 200_000}",
    "a long word": f"x = '{'a' * 250_000}'",
    "many quotes": "x = 1 # " + '"' * 250_000,
    "half a surrogate": 'version = "\\ud800"',
    "too long": f"# {'x' * MAX_CHARACTERS}",
    "many tables": "[[exclusions]]\n" * 17_000,
    "many keys": "\n".join(f"k{number} = 1" for number in range(20_000)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_s21_a_bomb_is_refused_soon(bomb: str) -> None:
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"model\.toml"):
        parse_model(BOMBS[bomb], "model.toml")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        parse_config(BOMBS[bomb], "config.toml", registry.settings_models())
    assert time.monotonic() - began < SOON_SECONDS


def test_s21_bands_are_bounded_because_each_is_compared_with_each() -> None:
    data = default_data()
    band = {"in": ["x"], "points": 1}
    data["fit"]["rules"][0]["bands"] = [{**band, "in": [f"x{number}"]} for number in range(65)]
    with pytest.raises(ModelError, match=r"fit\.rules\[0\]\.bands"):
        build_model(data, "model.toml")


@pytest.mark.parametrize("word", EVIL_WORDS)
def test_s21_a_word_of_a_rule_is_compared_and_nothing_else(word: str) -> None:
    data = default_data()
    data["fit"]["rules"] = [
        {"name": "r", "field": "industry", "bands": [{"contains": [word], "points": 10}, {"points": 0}]}
    ]
    (rule,) = build_model(data, "model.toml").tables.rules
    assert rule_points(rule, f"an account with {word} in it")[0] > 0
    assert rule_points(rule, "a" * 100_000)[0] == 0


def test_s21_the_bounds_leave_room_for_the_default_model_twenty_times_over() -> None:
    text = DEFAULT_MODEL.read_text(encoding="utf-8")
    assert len(text) * 20 < MAX_CHARACTERS
    assert read_toml(text) == tomlkit.parse(text).unwrap()
    with pytest.raises(TomlError, match="longer than"):
        read_toml(" " * (MAX_CHARACTERS + 1))
