"""The commands that look after the database, on both kinds of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shortlist.cli import app
from store.database import open_database
from store.runs import list_runs
from tests.memory_crm import MemoryCrm
from tests.postgres import Server
from tests.worlds import World, account, new_database

CONFIG = """
[store]
url = "{url}"
[connections.hubspot]
crm = "hubspot"
token = "env:SHORTLIST_TEST_TOKEN"
"""


def run(*words: str, expect: int = 0) -> Any:
    """The JSON document of a db command."""
    result = CliRunner().invoke(app, ["db", *words, "--json"])
    assert result.exit_code == expect, result.output
    return json.loads(result.stdout)


def config(folder: Path, url: str) -> str:
    path = folder / "config.toml"
    path.write_text(CONFIG.format(url=url), encoding="utf-8")
    return str(path)


def filled(folder: Path) -> str:
    database = new_database(folder, "old")
    crm = MemoryCrm()
    crm.put(account("a", "acme.com"), account("b", "beta.com"))
    World(database, [crm]).sync()
    database.close()
    return f"sqlite:///{folder}/old.sqlite"


def test_a_copy_is_counted_by_table_and_no_password_is_shown(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = postgres_url.replace("postgres@", "postgres:hunter2@")
    monkeypatch.setenv("NEW_DATABASE", secret)
    copied = run("copy", filled(tmp_path), "env:NEW_DATABASE")
    rows = {table["name"]: table["rows"] for table in copied["tables"]}
    assert (rows["crm_account"], rows["account"], rows["run"]) == (2, 2, 1)
    assert "hunter2" not in json.dumps(copied)
    moved = open_database(postgres_url)
    assert [found.command for found in list_runs(moved)] == ["push"]
    moved.close()
    again = run("copy", filled(tmp_path), "env:NEW_DATABASE", expect=1)
    assert "not empty" in again["error"]
    assert "hunter2" not in again["error"]


def test_a_copy_from_a_file_that_is_not_there_makes_none(tmp_path: Path) -> None:
    missing, target = tmp_path / "missing.sqlite", tmp_path / "target.sqlite"
    said = run("copy", f"sqlite:///{missing}", f"sqlite:///{target}", expect=1)
    assert str(missing) in said["error"]
    assert not missing.exists()
    assert not target.exists()


def test_a_person_sees_the_tables_and_what_to_do_next(tmp_path: Path) -> None:
    target = f"sqlite:///{tmp_path}/new.sqlite"
    result = CliRunner().invoke(app, ["db", "copy", filled(tmp_path), target])
    assert result.exit_code == 0
    assert "crm_account" in result.output
    assert f"url. ({target})" in result.output


def test_the_address_may_be_kept_outside_of_the_configuration(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.empty()
    monkeypatch.setenv("THE_DATABASE", url.replace("postgres@", "postgres:hunter2@"))
    upgraded = run("upgrade", "--config", config(tmp_path, "env:THE_DATABASE"))
    assert upgraded["url"].startswith("postgresql://postgres:***@/")
    assert upgraded["revision"]
    postgres.drop(url)
    monkeypatch.delenv("THE_DATABASE")
    said = run("upgrade", "--config", config(tmp_path, "env:THE_DATABASE"), expect=1)
    assert "set the environment variable THE_DATABASE" in said["error"]
