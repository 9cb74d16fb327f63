"""Encryption of what the vault stores: several master keys, so that one can be replaced by another.

A sealed text names the connection that it belongs to, so that rows moved between connections are refused.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import ConfigError
from core.grants import Grant
from core.secrets import SecretText


@dataclass(frozen=True, slots=True)
class Seals:
    """Seals with the first key, opens with any of them."""

    _keys: MultiFernet = field(repr=False)

    def seal(self, connection: str, grant: Grant) -> str:
        """The grant as a text that tells nothing."""
        plain = orjson.dumps({"connection": connection, "grant": asdict(grant)}, default=_plain)
        return self._keys.encrypt(plain).decode()

    def open(self, connection: str, sealed: str) -> Grant:
        """The grant in a text; raises ConfigError where no key fits or it was sealed for another connection."""
        try:
            plain = orjson.loads(self._keys.decrypt(sealed.encode()))
        except InvalidToken as error:
            raise ConfigError(
                f"The stored sign-in of {connection} cannot be opened with the keys in store.keys: add the key "
                f"that it was sealed with, or run `shortlist connect {connection}` again."
            ) from error
        if plain["connection"] != connection:
            raise ConfigError(
                f"The stored sign-in of {connection} was sealed for another connection; somebody changed the "
                f"database. Find out who, then run `shortlist connect {connection}` again."
            )
        return _grant(plain["grant"])

    def reseal(self, sealed: str) -> str:
        """The same content sealed with the first key; raises InvalidToken where no key fits."""
        return self._keys.rotate(sealed.encode()).decode()


def _plain(secret: SecretText) -> str:
    return secret.plain()


def _grant(fields: dict[str, object]) -> Grant:
    refresh, access = (
        SecretText(str(fields.pop("refresh_token"))),
        SecretText(str(fields.pop("access_token"))),
    )
    ends = fields.pop("expires_at")
    scopes = fields.pop("scopes")
    return Grant(
        **fields,  # type: ignore[arg-type]  # sealed by ourselves
        refresh_token=refresh,
        access_token=access,
        scopes=tuple(scopes),  # type: ignore[arg-type]
        expires_at=datetime.fromisoformat(str(ends)) if ends else None,
    )


def seals(keys: Sequence[SecretText]) -> Seals | None:
    """Seals from master keys, newest first; None without any. Raises ConfigError for what is no key."""
    if not keys:
        return None
    try:
        return Seals(MultiFernet([Fernet(key.plain()) for key in keys]))
    except ValueError as error:
        raise ConfigError(
            "store.keys: one of the keys is none; `shortlist keys new` prints a new one (44 characters)."
        ) from error


def new_key() -> str:
    """A new master key."""
    return Fernet.generate_key().decode()
