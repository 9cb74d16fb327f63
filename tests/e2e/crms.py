"""Two emulated CRMs with a small demo world, and the command line run against them as a user would."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from emulators import hubspot, salesforce
from emulators.common.server import start
from emulators.demo import generate, hubspot_records, salesforce_records
from tests.forks import NOWHERE, Surroundings, command
from tests.forks import start as start_process

NOW = datetime(2026, 11, 22, tzinfo=UTC)
AS_OF = "2026-11-22T06:00:00Z"
ROOT = Path(__file__).parents[2]
SECRETS = {"CLIENT_ID": "demo-client", "CLIENT_SECRET": "demo-secret", "TOKEN": "demo-token"}


@dataclass(frozen=True)
class Crms:
    """Both emulators, running, and a folder with a configuration that points at them."""

    salesforce: Any
    hubspot: Any
    salesforce_url: str
    hubspot_url: str
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "shortlist", *words, "--config", str(self.config)]

    def run(self, *words: str, expect: int = 0, **environment: str) -> Any:
        """The JSON document that a command prints; fails when the exit code is not the expected one."""
        output, errors = self.folder / "output", self.folder / "errors"
        running = self.start(*words, "--json", output=output, errors=errors, **environment)
        running.join()
        said, told = output.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")
        assert running.exitcode == expect, (running.exitcode, said[-2000:], told[-4000:])
        return json.loads(said)

    def start(
        self, *words: str, output: Path = NOWHERE, errors: Path = NOWHERE, **environment: str
    ) -> BaseProcess:
        """A command on its way."""
        around = Surroundings(ROOT, {**os.environ, **SECRETS, **environment}, output, errors)
        return start_process(command, [*words, "--config", str(self.config)], around=around)


@contextmanager
def started(folder: Path, *, accounts: int = 30, load: bool = True) -> Iterator[Crms]:
    world = generate(accounts_per_crm=accounts, seed=11, now=NOW)
    apps: dict[str, Any] = {"salesforce": salesforce.create_app(), "hubspot": hubspot.create_app()}
    apps["hubspot"].backend.change_settings({"burst_limit": None, "search_per_second": None})
    if load:
        apps["salesforce"].backend.load(salesforce_records(world))
        apps["hubspot"].backend.load(hubspot_records(world))
    running = {name: start(app) for name, app in apps.items()}
    crms = Crms(
        apps["salesforce"], apps["hubspot"], running["salesforce"].url, running["hubspot"].url, folder
    )
    write_config(crms)
    try:
        yield crms
    finally:
        for server in running.values():
            server.stop()


def write_config(crms: Crms, extra: str = "") -> None:
    crms.config.write_text(
        f"""
[store]
url = "sqlite:///{crms.folder}/shortlist.sqlite"
{extra}
[connections.salesforce]
crm = "salesforce"
instance_url = "{crms.salesforce_url}"
client_id = "env:CLIENT_ID"
client_secret = "env:CLIENT_SECRET"
emulator = true

[connections.hubspot]
crm = "hubspot"
base_url = "{crms.hubspot_url}"
token = "env:TOKEN"
emulator = true
""",
        encoding="utf-8",
    )


def end_state(crms: Crms) -> dict[str, Any]:
    """What both CRMs hold of ours, without stamps and without the ids of rows that only link two others."""
    return {
        "accounts": _managed(crms.salesforce.backend.state("Account")),
        "contacts": _managed(crms.salesforce.backend.state("Contact")),
        "members": _salesforce_members(crms),
        "companies": _properties(crms.hubspot.backend.state("companies")),
        "people": _properties(crms.hubspot.backend.state("contacts")),
        "lists": {item["name"]: sorted(item["members"]) for item in crms.hubspot.backend.state("lists")},
    }


def _managed(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["Id"]: {k: v for k, v in row.items() if k.startswith("ABM_")} for row in rows}


def _properties(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        row["id"]: {k: v for k, v in row["properties"].items() if k.startswith("abm_") and v} for row in rows
    }


def _salesforce_members(crms: Crms) -> dict[str, list[str]]:
    names = {row["Id"]: row["Name"] for row in crms.salesforce.backend.state("Campaign")}
    members: dict[str, list[str]] = {}
    for row in crms.salesforce.backend.state("CampaignMember"):
        if row.get("AccountId"):
            members.setdefault(names[row["CampaignId"]], []).append(row["AccountId"])
    return {name: sorted(ids) for name, ids in members.items()}
