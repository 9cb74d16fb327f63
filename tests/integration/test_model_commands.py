"""The commands of the model registry on an empty store; nothing here calls a CRM."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scoring.model import DEFAULT_MODEL
from shortlist.cli import app

TEXT = DEFAULT_MODEL.read_text(encoding="utf-8")
CONFIG = """
[store]
url = "sqlite:///{folder}/shortlist.sqlite"
{extra}
[connections.hubspot]
crm = "hubspot"
token = "env:SHORTLIST_TEST_TOKEN"
"""
PUBLISH = ("--note", "Why", "--author", "Ada")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHORTLIST_TEST_TOKEN", "a-token")
    return configured(tmp_path)


def configured(folder: Path, extra: str = "") -> Path:
    path = folder / "config.toml"
    path.write_text(CONFIG.format(folder=folder, extra=extra), encoding="utf-8")
    return path


def run(config: Path, *words: str, expect: int = 0) -> Any:
    """The JSON document of a model command."""
    result = CliRunner().invoke(app, ["model", *words, "--config", str(config), "--json"])
    assert result.exit_code == expect, result.output
    return json.loads(result.stdout)


def model(config: Path, name: str, *changes: tuple[str, str]) -> str:
    text = TEXT.replace('version = "2026.1"', f'version = "{name}"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = config.with_name(f"{name}.toml")
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_versions_are_listed_newest_first_and_printed_as_they_were_published(config: Path) -> None:
    first = run(config, "publish", model(config, "first"), *PUBLISH)
    second = run(config, "publish", model(config, "second", ("cap = 25", "cap = 30")), *PUBLISH)
    assert (second["author"], second["note"], second["in_use"]) == ("Ada", "Why", second["version"])
    listed = run(config, "list")
    assert listed["in_use"] == second["version"]
    assert [row["version"] for row in listed["versions"]] == [second["version"], first["version"]]
    printed = CliRunner().invoke(app, ["model", "show", "second", "--config", str(config)])
    assert printed.stdout == config.with_name("second.toml").read_text(encoding="utf-8")
    assert run(config, "show", first["version"])["text"] == printed.stdout.replace(
        "cap = 30", "cap = 25"
    ).replace("second", "first", 1)


def test_publishing_again_is_harmless_and_another_text_is_refused(config: Path) -> None:
    file = model(config, "first")
    first = run(config, "publish", file, *PUBLISH)
    second = run(config, "publish", model(config, "second"), *PUBLISH)
    again = run(config, "publish", file, "--note", "Again", "--author", "Eve", "--confirm", "0" * 12)
    assert (again["is_new"], again["in_use"]) == (False, second["version"])
    assert (again["author"], again["published_at"]) == ("Ada", first["published_at"])
    model(config, "first", ("cap = 25", "cap = 30"))
    assert f"belongs to {first['version']}" in run(config, "publish", file, *PUBLISH, expect=1)["error"]


def test_a_model_is_compared_with_the_one_in_use_or_another_one(config: Path) -> None:
    lists = '\n[[lists]]\nkey = "mqa"\nname = "Ready"\nstage = ["mqa"]\n'
    file = model(config, "lists", ("# Target lists in the CRMs", lists + "# Target lists in the CRMs"))
    assert run(config, "publish", file, *PUBLISH)["new_lists"] == ["Ready"]
    more = model(config, "more", ("cap = 25", "cap = 30"))
    found = run(config, "diff", more)
    assert (found["from"].rpartition("-")[0], found["to"].rpartition("-")[0]) == ("lists", "more")
    paths = {change["path"]: (change["before"], change["after"]) for change in found["settings"]}
    assert paths["tiers.one_to_one.cap"] == (25, 30)
    assert paths["lists[mqa].stage"] == (["mqa"], None)
    back = run(config, "diff", more, "lists")
    assert {c["path"]: (c["after"], c["before"]) for c in back["settings"]} == paths
    itself = run(config, "diff", "lists", file)
    assert (itself["settings"], itself["tier_moves"], itself["lists"]) == ([], [], [])


def test_a_file_in_the_configuration_goes_before_the_registry(config: Path) -> None:
    own = model(config, "own")
    configured(config.parent, f'[model]\nfile = "{own}"\n')
    published = run(config, "publish", model(config, "other"), *PUBLISH)
    assert published["in_use"].startswith("own-")
    assert run(config, "list")["source"] == own


def test_a_person_reads_the_same_in_words(config: Path) -> None:
    file = model(config, "few", ("cap = 25", "cap = 3"))
    for words, expected in (
        (["diff", file], ["tiers.one_to_one.cap", "Accounts that change tier: none.", "50 to 60"]),
        (["publish", file, *PUBLISH], ["is published"]),
        (["publish", file, *PUBLISH], ["published already"]),
        (["diff", "few"], ["The two models are the same"]),
        (["list"], ["few-", "Ada", "Why"]),
    ):
        result = CliRunner().invoke(app, ["model", *words, "--config", str(config)])
        assert result.exit_code == 0, result.output
        assert all(text in result.stdout for text in expected), result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("diff", "nothing"), "neither a model"),
        (("show", "nothing"), "model list"),
        (("publish", "nothing.toml", *PUBLISH), "cannot be read"),
        (("publish", str(DEFAULT_MODEL), "--note", " "), "--note is empty"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(
    config: Path, words: tuple[str, ...], message: str
) -> None:
    assert message in run(config, *words, expect=1)["error"]


def test_a_candidate_of_a_backtest_is_a_version_or_a_file(config: Path) -> None:
    file = model(config, "rival", ("cap = 25", "cap = 30"))
    version = run(config, "publish", file, *PUBLISH)["version"]
    run(config, "publish", model(config, "second"), *PUBLISH)
    as_of = ("--as-of", "2026-11-22")
    for candidate in (version, "rival", file):
        assert run(config, "backtest", "--candidate", candidate, *as_of)["versions"]["candidate"] == version
    refused = run(config, "backtest", "--candidate", "unheard-of", *as_of, expect=1)["error"]
    assert "'unheard-of' is neither a model in the registry" in refused
