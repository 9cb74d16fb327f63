"""S01: where master keys come from, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import PasswordDeleteError, PasswordSetError

from core.errors import ConfigError
from core.secrets import SecretText
from shortlist.wiring import load_config, master_keys
from store.sealing import Seals, seals

CONFIG = """
[store]
keys = [{place}]
[connections.hubspot]
crm = "hubspot"
token = "env:TOKEN"
"""
KEY = "c2hvcnRsaXN0LXRlc3Qta2V5LW9mLTMyLWJ5dGVzISE="


def keys_at(folder: Path, *places: str) -> Seals | None:
    """The keys of a configuration that names these places."""
    path = folder / "config.toml"
    path.write_text(CONFIG.format(place=", ".join(f'"{place}"' for place in places)), encoding="utf-8")
    return master_keys(load_config(path))


def kept(folder: Path, mode: int, text: str = KEY) -> str:
    path = folder / "master"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return f"file:{path}"


class InMemory(KeyringBackend):
    """A keyring of one secret."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return KEY if (service, username) == ("shortlist", "master") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise PasswordSetError(service, username, len(password))

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError(service, username)


@pytest.fixture
def keyring_of_one() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("keyring_of_one")
def test_s01_a_key_comes_from_the_keyring_of_the_system(tmp_path: Path) -> None:
    assert keys_at(tmp_path, "keyring:shortlist/master")
    with pytest.raises(ConfigError, match="with `keyring set shortlist other`"):
        keys_at(tmp_path, "keyring:shortlist/other")


def test_s01_a_keyring_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    with pytest.raises(ConfigError, match="cannot be read \\(NoKeyringError\\)"):
        keys_at(tmp_path, "keyring:shortlist/master")
    keyring.set_keyring(before)


def test_s01_a_key_comes_from_the_environment_or_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", KEY)
    assert keys_at(tmp_path, "env:KEY")
    assert keys_at(tmp_path, kept(tmp_path, 0o600))
    assert keys_at(tmp_path, kept(tmp_path, 0o400, f"{KEY}\n"), "env:KEY")
    assert keys_at(tmp_path) is None


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o606, 0o610, 0o601, 0o620, 0o602, 0o777])
def test_s01_a_file_that_is_open_to_others_in_any_way_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigError, match="chmod 600"):
        keys_at(tmp_path, kept(tmp_path, mode))


@pytest.mark.parametrize(
    "place", ["keyring:shortlist", "KEY", KEY, "store:key", "env:", "file:", "https://x", ""]
)
def test_s01_no_other_place_is_taken_and_a_key_in_the_configuration_is_not_shown(
    tmp_path: Path, place: str
) -> None:
    with pytest.raises(ConfigError, match="env:NAME, file:PATH or keyring:") as refused:
        keys_at(tmp_path, place)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize("text", ["", " \n", "canary-short", KEY[:-1], KEY[:30]])
def test_s01_what_is_no_key_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("KEY", KEY)
    with pytest.raises(ConfigError) as refused:
        keys_at(tmp_path, "env:KEY", kept(tmp_path, 0o600, text))
    assert "canary" not in str(refused.value)
    assert KEY[:-1] not in str(refused.value)


def test_s01_a_place_where_nothing_is_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEY", raising=False)
    for place in ("env:KEY", f"file:{tmp_path}/nothing"):
        with pytest.raises(ConfigError, match="cannot be read"):
            keys_at(tmp_path, place)
    assert seals([SecretText(KEY)])
