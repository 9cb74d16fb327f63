"""The engine in this process, on both emulators over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from core.clock import parse_instant, system_clock
from scoring.model import DEFAULT_MODEL, load_model
from shortlist.wiring import open_app
from sync.engine import Engine
from sync.install import install
from sync.progress import Quiet
from sync.wanted import lists_of
from tests.e2e.crms import AS_OF, SECRETS, Crms, started, write_config

NOW = parse_instant(AS_OF)


def set_clocks(crms: Crms, at: datetime) -> None:
    """Stop the clocks of both CRMs."""
    _change_clocks(crms, {"freeze": at.isoformat()})


def pass_time(crms: Crms, seconds: float) -> None:
    """Let the clocks of both CRMs go on at once."""
    _change_clocks(crms, {"advance_seconds": seconds})


def _change_clocks(crms: Crms, change: dict[str, Any]) -> None:
    for url in (crms.salesforce_url, crms.hubspot_url):
        requests.post(f"{url}/_emulator/clock", json=change, timeout=10).raise_for_status()


@contextmanager
def emulated(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    accounts: int = 8,
    settings: str = "",
    at: datetime | None = None,
) -> Iterator[tuple[Crms, Engine]]:
    """Both CRMs with demo data, and an engine installed in them; with `at`, all three clocks stand there."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with started(folder, accounts=accounts) as crms:
        write_config(crms, settings)
        if at is not None:
            set_clocks(crms, at)
        with open_app(crms.config) as app:
            model = load_model(DEFAULT_MODEL)
            text = DEFAULT_MODEL.read_text(encoding="utf-8")
            clock = system_clock if at is None else lambda: at
            engine = Engine(app.database, app.connections, app.config, model, text, Quiet(), clock)
            for connected in app.connections:
                install(app.database, connected, lists_of(model))
            yield crms, engine
