"""What is PostgreSQL's own: who waits for whom, and what happens when the server or a session is gone."""

import threading
from pathlib import Path

import pytest

from core.changes import Page
from core.clock import system_clock
from core.cursors import Cursor
from core.errors import ConfigError, TransientError
from core.secrets import SecretText
from shortlist.server import web_app
from store.connections import connection_id
from store.database import Database, open_database
from store.landing import known_ids, land
from store.postgres import _SETTINGS, for_psycopg
from tests.memory_crm import MemoryCrm
from tests.postgres import Server
from tests.worlds import World, account, activity, count


def test_parameters_are_marked_as_the_driver_wants_them() -> None:
    assert for_psycopg("SELECT '50%' WHERE a = ? AND b = ?") == "SELECT '50%%' WHERE a = %s AND b = %s"


def test_two_connections_land_at_once_and_everybody_else_waits(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_SETTINGS, "lock_timeout", "50ms")
    database = open_database(postgres_url)
    one, two = (connection_id(database, name, "memory") for name in ("one", "two"))
    page = Page([account("a1")], Cursor())
    with database.write(landing=one):
        assert land(database, two, "accounts", page, now_ms=1) == 1
        with pytest.raises(TransientError, match="away or busy"):
            land(database, one, "accounts", page, now_ms=1)
        with pytest.raises(TransientError, match="run the same command again"), database.write():
            pass
    with database.write(), pytest.raises(TransientError):
        land(database, one, "accounts", page, now_ms=1)
    assert land(database, one, "accounts", page, now_ms=1) == 1
    database.close()


def test_threads_may_land_together(in_postgres: Database) -> None:
    numbers = [connection_id(in_postgres, f"crm{n}", "memory") for n in range(4)]
    pages = [Page([account(f"a{at}"), activity(f"m:{at}")], Cursor()) for at in range(20)]

    def land_all(number: int) -> None:
        for page in pages:
            land(in_postgres, number, "stream", page, now_ms=1)

    threads = [threading.Thread(target=land_all, args=(number,)) for number in numbers * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(in_postgres, "SELECT count(*) FROM crm_activity") == 80


def test_a_session_that_the_server_ended_is_an_error_once_and_then_forgotten(
    postgres: Server, in_postgres: Database
) -> None:
    name = in_postgres.engine.url.database
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 ours

    def be_cut_off() -> None:
        with in_postgres.write() as writer:
            postgres.run(end)
            writer.exec_driver_sql("DELETE FROM mark")

    with pytest.raises(TransientError, match="away or busy"):
        be_cut_off()
    assert count(in_postgres, "SELECT count(*) FROM mark") == 2
    postgres.run(end)
    assert count(in_postgres, "SELECT count(*) FROM mark") == 2


def test_requests_are_told_to_come_again_while_the_server_is_away(postgres: Server) -> None:
    url = postgres.new()
    database = open_database(url)
    client = web_app(database, SecretText("a token of some length"), system_clock).test_client()
    postgres.drop(url)
    answer = client.post(
        "/signals",
        json=[{"domain": "acme.com", "source": "g2", "kind": "topic", "topic": "crm", "strength": 1}],
        headers={"Authorization": "Bearer a token of some length"},
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert client.get("/healthz").status_code == 200  # the process itself is well
    database.close()


def test_a_database_in_another_encoding_is_refused(postgres: Server) -> None:
    url = postgres.empty("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(ConfigError, match="UTF8"):
        open_database(url)
    postgres.drop(url)


def test_timeouts_hold_on_every_connection(in_postgres: Database) -> None:
    with in_postgres.read() as first, in_postgres.read() as second:
        for reader in (first, second):
            for name, value in _SETTINGS.items():
                assert reader.exec_driver_sql(f"SHOW {name}").scalar() == value


def test_a_record_with_a_nul_does_not_stop_its_stream(in_postgres: Database) -> None:
    number = connection_id(in_postgres, "one", "memory")
    page = Page([account("a1", name="Ac\0me")], Cursor())
    assert land(in_postgres, number, "accounts", page, now_ms=1) == 1
    assert land(in_postgres, number, "accounts", page, now_ms=1) == 0
    many = Page([account(f"a{n}", name="Ac\0me", fields={"x": "\0"}) for n in range(200)], Cursor())
    land(in_postgres, number, "accounts", many, now_ms=1)
    assert count(in_postgres, "SELECT count(*) FROM crm_account WHERE name = 'Acme'") == 200


def test_known_ids_are_those_of_the_stream_alone(in_postgres: Database, tmp_path: Path) -> None:
    sqlite = open_database(f"sqlite:///{tmp_path}/x.sqlite")
    for database in (in_postgres, sqlite):
        crm = MemoryCrm()
        World(database, [crm]).pull()
        land(database, 1, "s", Page([activity("meeting:1"), activity("MEETING:2")], Cursor()), now_ms=1)
        [stream] = [stream for stream in crm.streams if stream.name == "meeting"]
        assert known_ids(database, 1, stream) == {"meeting:1"}
