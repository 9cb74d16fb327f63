"""Where a secret is kept: what the configuration says instead of the secret."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
)

from core.errors import ConfigError
from core.secrets import SecretText


class SecretRef(BaseModel):
    """Where a secret is kept. Its text shows the place, never the secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: Literal["env", "file", "keyring"]
    name: str

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"

    def reveal(self, readers: Mapping[str, Callable[[str], str]]) -> SecretText:
        """The secret itself, by the reader of its source; raises ConfigError where it is not there or empty."""
        try:
            secret = readers[self.source](self.name)
        except (KeyError, OSError) as error:
            raise ConfigError(f"The secret {self} cannot be read: {self._advice()}") from error
        if not secret.strip():
            raise ConfigError(f"The secret {self} is empty: {self._advice()}")
        return SecretText(secret.strip())

    def _advice(self) -> str:
        if self.source == "env":
            return f"set the environment variable {self.name} and start again."
        if self.source == "file":
            return f"put the secret into the file {self.name}, readable by this user only."
        service, _, name = self.name.partition("/")
        return f"store it with `keyring set {service} {name}`, as the user that Shortlist runs as."


def _secret_ref(value: object) -> object:
    if isinstance(value, SecretRef):
        return value
    source, _, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    # A name that is no identifier is a secret that somebody put behind env: and that we must not print.
    is_good = {"env": name.isidentifier(), "file": bool(name), "keyring": all(name.partition("/"))}
    if not is_good.get(source):
        raise ValueError(
            "write env:NAME, file:PATH or keyring:SERVICE/NAME; secrets do not belong into this file"
        )
    return SecretRef(source=source, name=name)  # type: ignore[arg-type]  # checked one line above


Secret = Annotated[SecretRef, BeforeValidator(_secret_ref)]
"""A setting that names the place of a secret."""
