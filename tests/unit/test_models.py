"""The registry of models: what is published stays as it is, and the newest one counts."""

from pathlib import Path

import pytest

from core.clock import millis
from core.errors import ConfigError
from scoring.model import DEFAULT_MODEL, parse_model
from shortlist.session import load_chosen_model
from store.database import Database
from store.models import find_models, list_models, newest_published, publish, published_as
from tests.memory_crm import MemoryCrm
from tests.worlds import AS_OF, World, account

TEXT = DEFAULT_MODEL.read_text(encoding="utf-8")


@pytest.fixture
def database(empty_database: Database) -> Database:
    return empty_database


def keep(database: Database, version: str, text: str, *, now_ms: int = 1000) -> bool:
    _, is_new = publish(database, version, text, author="Ada", note="why", now_ms=now_ms)
    return is_new


def test_a_published_model_is_kept_whole_with_author_note_and_time(database: Database) -> None:
    assert keep(database, "2026.1-aaaaaa", "one")
    [row] = list_models(database)
    assert row == ("2026.1-aaaaaa", "one", 1000, "Ada", "why", 1000)
    assert newest_published(database) == row


def test_publishing_the_same_again_changes_nothing(database: Database) -> None:
    keep(database, "2026.1-aaaaaa", "one")
    before = list_models(database)
    row, is_new = publish(database, "2026.1-aaaaaa", "one", author="Eve", note="again", now_ms=9000)
    assert (row, is_new) == (before[0], False)
    assert list_models(database) == before


@pytest.mark.parametrize(
    ("version", "text", "words"),
    [
        ("2026.1-bbbbbb", "two", "belongs to 2026.1-aaaaaa"),
        ("2026.1-aaaaaa", "one # with a comment", "another text that means the same"),
    ],
)
def test_another_text_under_a_published_name_is_refused(
    database: Database, version: str, text: str, words: str
) -> None:
    keep(database, "2026.1-aaaaaa", "one")
    before = list_models(database)
    with pytest.raises(ConfigError, match=words):
        keep(database, version, text)
    with pytest.raises(ConfigError, match=words):
        published_as(database, version, text)
    assert list_models(database) == before


def test_the_last_one_published_counts_even_where_the_clock_was_set_back(database: Database) -> None:
    keep(database, "first-aaaaaa", "one", now_ms=5000)
    keep(database, "second-bbbbbb", "two", now_ms=4000)
    keep(database, "third-with-dashes-cccccc", "three", now_ms=4000)
    versions = [row.version for row in list_models(database)]
    assert versions == ["third-with-dashes-cccccc", "second-bbbbbb", "first-aaaaaa"]
    assert [row.published_at for row in list_models(database)] == [5002, 5001, 5000]


def test_a_version_is_found_by_its_name_too(database: Database) -> None:
    keep(database, "a-b-aaaaaa", "one")
    assert [row.version for row in find_models(database, "a-b")] == ["a-b-aaaaaa"]
    assert [row.version for row in find_models(database, "a-b-aaaaaa")] == ["a-b-aaaaaa"]
    assert find_models(database, "a") == []


def test_a_model_that_was_only_used_can_be_published_under_its_name(empty_database: Database) -> None:
    world = World(empty_database, [MemoryCrm()])
    world.crms[0].put(account("a1", "acme.com"))
    world.install()
    world.sync()
    [used] = list_models(world.database)
    assert (used.published_at, used.text) == (None, "the model")
    assert newest_published(world.database) is None
    assert keep(world.database, used.version, TEXT, now_ms=millis(AS_OF) + 1)
    [row] = list_models(world.database)
    assert (row.text, row.first_used_at) == (TEXT, used.first_used_at)
    world.sync()
    assert list_models(world.database) == [row]


def test_a_run_uses_the_file_else_the_newest_published_else_the_default(
    database: Database, tmp_path: Path
) -> None:
    default, text = load_chosen_model(database, None)
    assert (default.source, text) == (str(DEFAULT_MODEL), TEXT)
    for name in ("2026.2", "2026.3"):
        changed = TEXT.replace('version = "2026.1"', f'version = "{name}"')
        keep(database, parse_model(changed, name).version, changed)
    model, text = load_chosen_model(database, None)
    assert model.spec.version == "2026.3"
    assert text == changed
    file = tmp_path / "own.toml"
    file.write_text(TEXT.replace('version = "2026.1"', 'version = "own"'), encoding="utf-8")
    model, text = load_chosen_model(database, str(file))
    assert model.spec.version == "own"
    assert text == file.read_text(encoding="utf-8")
