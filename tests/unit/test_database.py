"""Opening the database, and its two kinds of transaction."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from core.errors import ConfigError
from store.database import Database, open_database, revision
from store.lock import exclusive
from store.runs import list_runs, start_run
from tests.worlds import count, new_database

_OPEN_AND_WRITE = """
import sys, time
from pathlib import Path
from alembic import command, script
from store.database import open_database
from store.lock import exclusive
from store.runs import start_run
Path(sys.argv[2], f"ready-{sys.argv[3]}").touch()
while not Path(sys.argv[2], "go").exists():
    time.sleep(0.001)
database = open_database(sys.argv[1])
for number in range(20):
    start_run(database, "sync", as_of_ms=number, now_ms=number)
"""


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://127.0.0.1:1/x",
        "mysql://localhost/x",
        "sqlite+missing:///x.sqlite",
    ],
)
def test_a_url_that_cannot_be_used_is_a_config_error(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^store\.url"):
        open_database(url)


def test_a_password_in_a_url_is_not_printed() -> None:
    with pytest.raises(ConfigError, match=r"user:\*\*\*@") as error:
        open_database("postgresql://user:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in str(error.value)


def test_a_folder_and_a_file_of_something_else_are_config_errors(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("this is not a database, but long enough to be read as one" * 40)
    for path in (tmp_path, tmp_path / "text.sqlite"):
        with pytest.raises(ConfigError, match="cannot be opened"):
            open_database(f"sqlite:///{path}")


def test_folders_on_the_way_are_made_and_home_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    open_database("sqlite:///~/a/b/x.sqlite").close()
    assert (tmp_path / "a" / "b" / "x.sqlite").exists()
    assert not (tmp_path / "~").exists()


def test_a_newer_schema_is_refused_and_left_alone(store_url: str) -> None:
    database = open_database(store_url)
    with database.write() as writer:
        writer.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(ConfigError, match="9999"):
        open_database(store_url)


def test_the_pragmas_hold_on_every_connection(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    with database.read() as first, database.read() as second:
        for reader in (first, second):
            found = [
                reader.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
            assert found == ["wal", 1, 1, 10_000]


def test_an_error_rolls_the_whole_transaction_back(empty_database: Database) -> None:
    database = empty_database
    start_run(database, "sync", as_of_ms=1, now_ms=1)

    def fail_half_way() -> None:
        with database.write() as writer:
            writer.exec_driver_sql("UPDATE run SET state = 'lost'")
            writer.exec_driver_sql("INSERT INTO run (id, command) VALUES (9, 'broken')")

    with pytest.raises(IntegrityError):
        fail_half_way()
    assert [run.state for run in list_runs(database)] == ["running"]


def test_readers_see_one_moment_and_do_not_wait_for_a_writer(empty_database: Database) -> None:
    database = empty_database
    with database.read() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM mark WHERE name = 'a'").scalar() == 0
        with database.write() as writer:
            writer.exec_driver_sql("INSERT INTO mark VALUES ('a', '1')")
        assert reader.exec_driver_sql("SELECT count(*) FROM mark WHERE name = 'a'").scalar() == 0
    assert count(database, "SELECT count(*) FROM mark WHERE name = 'a'") == 1


def _raise_the_number(database: Database, times: int) -> None:
    for _ in range(times):
        with database.write() as writer:
            number = int(writer.exec_driver_sql("SELECT value FROM mark WHERE name = 'n'").scalar() or 0)
            writer.exec_driver_sql("UPDATE mark SET value = ? WHERE name = 'n'", (str(number + 1),))


def test_threads_that_read_and_then_write_lose_nothing(empty_database: Database) -> None:
    """With a deferred BEGIN most of these transactions fail as locked, or overwrite each other."""
    database = empty_database
    with database.write() as writer:
        writer.exec_driver_sql("INSERT INTO mark VALUES ('n', '0')")
    threads = [threading.Thread(target=_raise_the_number, args=(database, 40)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database, "SELECT CAST(value AS INTEGER) FROM mark WHERE name = 'n'") == 160


def test_processes_may_open_a_new_database_at_once_and_write_it(tmp_path: Path, new_url: str) -> None:
    code = [sys.executable, "-c", _OPEN_AND_WRITE, new_url, str(tmp_path)]
    started = [subprocess.Popen([*code, str(number)]) for number in range(2)]
    while len(list(tmp_path.glob("ready-*"))) < len(started) and None in [p.poll() for p in started]:
        time.sleep(0.01)
    (tmp_path / "go").touch()
    assert [process.wait(timeout=60) for process in started] == [0, 0]
    database = open_database(new_url)
    assert count(database, "SELECT count(*) FROM run") == 40
    assert revision(database.engine) is not None
    database.close()


def test_only_one_process_works_on_a_database_and_is_named_without_the_password(store_url: str) -> None:
    """A second lock of the same process stands for one of another process."""
    open_database(store_url).close()
    url = store_url.replace("postgres@", "postgres:hunter2@")
    with exclusive(url):
        with pytest.raises(ConfigError, match="Another Shortlist") as error, exclusive(url):
            pass
        assert "hunter2" not in str(error.value)
        with exclusive(url, wanted=False):
            pass
    with exclusive(url):
        pass
