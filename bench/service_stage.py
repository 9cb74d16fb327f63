"""What the figures of the service stand on: a configuration, an installed and synced store, a real server process."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import requests

from bench.servers import CLIENT, TOKEN, Emulator
from core.clock import system_clock
from scoring.model import DEFAULT_MODEL, load_model
from shortlist.wiring import open_app
from sync.engine import Engine
from sync.install import install
from sync.progress import Quiet
from sync.runs import run_sync
from sync.wanted import lists_of

PUBLIC_URL = "https://bench.example.com"
APP_SECRET, ADDRESS_SECRET = "bench-app-secret", "bench-address-that-nobody-guesses"
HUBSPOT_HOOK, SALESFORCE_HOOK = "/hooks/hubspot/hubspot", f"/hooks/salesforce/salesforce/{ADDRESS_SECRET}"
_TIMEOUT_SECONDS = 120
_SECRETS = {
    "ID": CLIENT[0],
    "SECRET": CLIENT[1],
    "TOKEN": TOKEN,
    "APP": APP_SECRET,
    "ADDRESS": ADDRESS_SECRET,
}
_HEAD = """
[store]
url = "{store}"

[serve]
public_url = "{public_url}"

[guards]
tier_moves_percent = 100
list_leaves_percent = 100
"""
_SALESFORCE = """
[connections.salesforce]
crm = "salesforce"
instance_url = "{url}"
client_id = "env:ID"
client_secret = "env:SECRET"
webhook_secret = "env:ADDRESS"
emulator = true
"""
_HUBSPOT = """
[connections.hubspot]
crm = "hubspot"
base_url = "{url}"
token = "env:TOKEN"
client_secret = "env:APP"
hints = "webhooks"
emulator = true
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A folder with a configuration and a synced store, and the server's address."""

    config: Path
    url: str


def control(emulator: Emulator, route: str, body: Any) -> Any:
    """One call of an emulator's control routes."""
    answer = requests.post(f"{emulator.url}/_emulator/{route}", json=body, timeout=_TIMEOUT_SECONDS)
    answer.raise_for_status()
    return answer.json()


def write_config(
    folder: Path, hubspot: Emulator, salesforce: Emulator | None = None, store: str | None = None
) -> Path:
    """A configuration of one CRM or both, with a database in the folder or the one at `store`."""
    os.environ.update(_SECRETS)
    hubspot.change(burst_limit=None, search_per_second=None, client_secret=APP_SECRET)
    text = _HEAD.format(store=store or f"sqlite:///{folder}/shortlist.sqlite", public_url=PUBLIC_URL)
    text += _SALESFORCE.format(url=salesforce.url) if salesforce else ""
    path = folder / "config.toml"
    path.write_text(text + _HUBSPOT.format(url=hubspot.url), encoding="utf-8")
    return path


@contextmanager
def engine_of(config: Path) -> Iterator[Engine]:
    """An engine as the commands have one."""
    with open_app(config) as app:
        model, text = load_model(DEFAULT_MODEL), DEFAULT_MODEL.read_text(encoding="utf-8")
        yield Engine(app.database, app.connections, app.config, model, text, Quiet(), system_clock)


def prepare(config: Path) -> None:
    """Install and sync; not measured."""
    with engine_of(config) as engine:
        for connected in engine.connections:
            install(engine.database, connected, lists_of(engine.model))
        run_sync(engine)


@contextmanager
def serving(config: Path) -> Iterator[Stage]:
    """The server, in a process of its own."""
    only_web = ("--no-clock", "--workers", "0", "--port", "0")
    words = [sys.executable, "-m", "shortlist", "serve", *only_web, "--json", "--config", str(config)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        try:
            yield Stage(config, _url(process))
        finally:
            process.terminate()


def _url(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None  # noqa: S101 opened with a pipe
    text = b""
    for line in process.stdout:
        text += line
        if line.startswith(b"}"):
            break
    return str(orjson.loads(text)["url"])
