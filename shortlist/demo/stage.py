"""The demo's stage: two emulators in processes of their own, and a configuration that points at them."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from core.errors import TransientError

SECRETS = {"client_id": "demo-client", "client_secret": "demo-secret", "token": "demo-token"}
"""What the emulators accept; they listen on this machine only and hold invented data."""

_CONFIG = """\
# The demo's configuration: two emulated CRMs on this machine.
[store]
url = "sqlite:///{folder}/shortlist.sqlite"

[connections.salesforce]
crm = "salesforce"
instance_url = "{salesforce}"
client_id = "file:{folder}/client_id"
client_secret = "file:{folder}/client_secret"
emulator = true

[connections.hubspot]
crm = "hubspot"
base_url = "{hubspot}"
token = "file:{folder}/token"
emulator = true
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is: the emulators' URLs, the folder and the configuration in it."""

    salesforce: str
    hubspot: str
    config: Path


@contextmanager
def staged(folder: Path, *, accounts: int, seed: int) -> Iterator[Stage]:
    """Start both emulators on free ports with the same demo world; stop them at the end.

    The folder is made anew each time. Raises TransientError when an emulator does not start.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        processes = {
            crm: stack.enter_context(_emulator(crm, accounts, seed)) for crm in ("salesforce", "hubspot")
        }
        urls = {crm: _url(crm, process) for crm, process in processes.items()}
        yield Stage(urls["salesforce"], urls["hubspot"], write_config(folder.absolute(), urls))


@contextmanager
def _emulator(crm: str, accounts: int, seed: int) -> Iterator[subprocess.Popen[bytes]]:
    words = ["emulate", crm, "--port", "0", "--demo", str(accounts), "--seed", str(seed), "--json"]
    process = subprocess.Popen(  # noqa: S603 our own command line
        [sys.executable, "-m", "shortlist", *words], stdout=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _url(crm: str, process: subprocess.Popen[bytes]) -> str:
    """Read the one JSON document that the emulator prints when it answers."""
    assert process.stdout is not None  # noqa: S101 opened with a pipe
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.rstrip() == b"}":
            return str(orjson.loads(b"".join(lines))["url"])
    raise TransientError(f"The emulated {crm} did not start; `shortlist emulate {crm}` shows why.")


def write_config(folder: Path, urls: dict[str, str]) -> Path:
    """A configuration for the emulators at these URLs, with their secrets beside it; gives its path."""
    for name, secret in SECRETS.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(secret, encoding="utf-8")
    path = folder / "config.toml"
    path.write_text(_CONFIG.format(folder=folder, **urls), encoding="utf-8")
    return path
