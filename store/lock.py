"""One writing process a database file: a second one would read and write everything twice."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from core.errors import ConfigError


@contextmanager
def exclusive(url: str, *, wanted: bool = True) -> Iterator[None]:
    """Hold the lock beside the database file; the kernel frees it when the process ends, however it ends.

    Raises ConfigError at once when another process holds it. With wanted=False nothing is locked.
    """
    if not wanted:
        yield
        return
    path = Path(f"{make_url(url).database}.lock").expanduser().absolute()
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise ConfigError(
                f"Another Shortlist (process {file.read().strip() or 'unknown'}) is working on {url}. "
                "Wait for it, or stop it."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
