"""Files that hold people's data are for their owner alone, and a backup is a whole database (S06)."""

import json
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from core.errors import ConfigError
from shortlist.cli import app
from store.backup import back_up
from store.database import alembic_config, open_database
from store.sqlite import sqlite_engine
from tests.memory_crm import MemoryCrm
from tests.worlds import World, account, new_database

CONFIG = """
[store]
url = "{url}"
[connections.hubspot]
crm = "hubspot"
token = "env:SHORTLIST_TEST_TOKEN"
"""


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def configured(folder: Path, url: str) -> str:
    path = folder / "config.toml"
    path.write_text(CONFIG.format(url=url), encoding="utf-8")
    return str(path)


def test_s06_a_database_and_the_files_beside_it_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    database = open_database(f"sqlite:///{folder}/shortlist.sqlite")
    with database.write() as writer:
        writer.exec_driver_sql("INSERT INTO mark VALUES ('a', 'b')")
    files = {path.name: mode(path) for path in folder.glob("shortlist.sqlite*") if path.suffix != ".opening"}
    database.close()
    assert mode(folder) == 0o700
    assert {"shortlist.sqlite", "shortlist.sqlite-wal"} <= files.keys()
    assert set(files.values()) == {0o600}


def test_s06_a_backup_is_private_and_whole_while_somebody_writes(tmp_path: Path) -> None:
    database, crm = new_database(tmp_path, "old"), MemoryCrm()
    crm.put(account("a", "acme.com"), account("b", "beta.com"))
    World(database, [crm]).sync()
    target = tmp_path / "copy.sqlite"
    words = ["db", "backup", str(target), "--json"]
    with database.write() as writer:
        writer.exec_driver_sql("INSERT INTO mark VALUES ('begun', '')")
        found = CliRunner().invoke(
            app, [*words, "--config", configured(tmp_path, f"sqlite:///{tmp_path}/old.sqlite")]
        )
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout) == {
        "target": str(target),
        "bytes": target.stat().st_size,
        "encrypted": False,
    }
    assert mode(target) == 0o600
    copied = open_database(f"sqlite:///{target}")
    with database.read() as old, copied.read() as new:
        for table in ("crm_account", "account", "run", "score"):
            count = f"SELECT count(*) FROM {table}"  # noqa: S608
            assert old.exec_driver_sql(count).scalar() == new.exec_driver_sql(count).scalar()
        assert new.exec_driver_sql("SELECT count(*) FROM mark WHERE name = 'begun'").scalar() == 0
    copied.close()
    database.close()


def test_a_backup_never_replaces_a_file_and_leaves_none_that_failed(tmp_path: Path) -> None:
    database = new_database(tmp_path, "old")
    there = tmp_path / "there"
    there.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="there already"):
        back_up(database.engine, there)
    assert there.read_text(encoding="utf-8") == "mine"
    with pytest.raises(ConfigError, match="could not be written"):
        back_up(database.engine, tmp_path / "nowhere" / "copy")
    database.close()


def test_postgresql_is_backed_up_by_its_own_tool(tmp_path: Path) -> None:
    config = configured(tmp_path, "postgresql://somebody@localhost/db")
    found = CliRunner().invoke(app, ["db", "backup", str(tmp_path / "x"), "--config", config])
    assert found.exit_code == 1
    assert "pg_dump" in found.output


def test_an_upgrade_keeps_the_database_from_before(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    engine = sqlite_engine(make_url(f"sqlite:///{path}"))
    command.upgrade(alembic_config(engine), "0006")
    engine.dispose()
    open_database(f"sqlite:///{path}").close()
    kept = tmp_path / "old.sqlite.before-0006"
    assert mode(kept) == 0o600
    with sqlite3.connect(kept) as before:
        assert before.execute("SELECT version_num FROM alembic_version").fetchone() == ("0006",)
