"""S03: no secret is in the database, its log, a backup, a log line or anything that a command prints."""

import logging
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import typer
from typer.testing import CliRunner

from core.secrets import SHOWN
from shortlist.cli import app
from store.sealing import new_key
from tests.e2e.crms import AS_OF, ROOT, Crms, started, write_config

CANARIES = {
    "CLIENT_ID": "canary-client-id-77a1",
    "CLIENT_SECRET": "canary-client-secret-c3d9",
    "TOKEN": "pat-na1-canary-token-5e20",
    "SIGNALS": "canary-signals-token-94bb",
    "KEY": new_key(),
}
SECRETS = {name: text for name, text in CANARIES.items() if name != "CLIENT_ID"}
"""A client id is no secret: it stands in the address of every sign-in."""
SECRET_WORDS = re.compile(r"token|secret|password|key\b", re.IGNORECASE)
COMMANDS = (
    ("check",),
    ("install",),
    ("pull",),
    ("score", "--as-of", AS_OF),
    ("plan", "--as-of", AS_OF),
    ("sync", "--as-of", AS_OF),
    ("runs",),
    ("lists",),
    ("quarantine",),
    ("matches",),
    ("override", "list"),
    ("signals", "list"),
    ("model", "list"),
    ("keys", "rotate"),
    ("rollback", "1"),
)


@pytest.fixture
def crms(tmp_path: Path) -> Iterator[Crms]:
    with started(tmp_path, accounts=12) as running:
        running.salesforce.backend.change_settings(
            {"client_id": CANARIES["CLIENT_ID"], "client_secret": CANARIES["CLIENT_SECRET"]}
        )
        running.hubspot.backend.change_settings({"tokens": {CANARIES["TOKEN"]: ["*"]}})
        write_config(running, 'keys = ["env:KEY"]\n[signals]\ntoken = "env:SIGNALS"\n')
        yield running


def printed(crms: Crms, *words: str) -> str:
    """Everything that a command prints, as words and as a document, whatever its exit code is."""
    texts = []
    for form in ([], ["--json"]):
        found = CliRunner().invoke(app, [*words, "--config", str(crms.config), *form], env=CANARIES)
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        assert "Usage:" not in found.output, found.output
        texts.append(found.output)
    return "\n".join(texts)


def echo(crms: Crms, status: int) -> None:
    """Let both CRMs answer with the secret that they were asked with."""
    asked, token = CANARIES["CLIENT_SECRET"], CANARIES["TOKEN"]
    for url, path, body in (
        (crms.salesforce_url, "^/services/data", [{"message": f"bad {asked}", "errorCode": "INVALID_FIELD"}]),
        (
            crms.hubspot_url,
            "^/crm",
            {"status": "error", "category": "VALIDATION_ERROR", "message": f"bad {token}"},
        ),
    ):
        rule = {"path": path, "status": status, "headers": {"X-Echo": f"{asked} {token}"}, "body": body}
        assert requests.post(f"{url}/_emulator/faults", json=rule, timeout=30).ok


def served(crms: Crms) -> str:
    """What the server prints and answers."""
    server = subprocess.Popen(
        [*crms.command("serve", "--port", "0"), "--json"],
        cwd=ROOT,
        env={**os.environ, **CANARIES},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert server.stdout is not None
    lines = []
    for line in server.stdout:
        lines.append(line)
        if found := re.search(r"http://[\d.]+:\d+", line):
            break
    url = found[0] if found else ""
    answers = [
        requests.get(f"{url}/healthz", timeout=30).text,
        requests.get(f"{url}/nothing", timeout=30).text,
        requests.post(f"{url}/signals", timeout=30).text,
        requests.post(
            f"{url}/signals",
            headers={"Authorization": f"Bearer {CANARIES['SIGNALS']}"},
            data=b"{",
            timeout=30,
        ).text,
    ]
    server.send_signal(signal.SIGTERM)
    rest, _ = server.communicate(timeout=60)
    return "\n".join([*lines, *answers, rest])


def test_s03_no_secret_is_in_what_a_command_prints_or_logs_or_a_file_keeps(
    crms: Crms, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    website = crms.salesforce.backend.state("Account")[0]["Website"]
    told = {words: printed(crms, *words) for words in (*COMMANDS, ("explain", website, "--as-of", AS_OF))}
    told[("serve",)] = served(crms)
    for status in (400, 401, 403):
        echo(crms, status)
        told[("sync", str(status))] = printed(crms, "sync", "--as-of", AS_OF)
    told[("runs", "afterwards")] = printed(crms, "runs")
    told[("db", "backup")] = printed(crms, "db", "backup", str(crms.folder / "copy.sqlite"))
    told[("logs",)] = "\n".join(record.getMessage() for record in caplog.records)
    assert told[("logs",)]
    assert not [words for words, text in told.items() if any(secret in text for secret in SECRETS.values())]
    assert SHOWN in told[("sync", "400")], told[("sync", "400")]
    kept = {path.name: path.read_bytes() for path in crms.folder.rglob("*") if path.is_file()}
    assert {"shortlist.sqlite", "copy.sqlite"} <= kept.keys()
    found = [
        name for name, content in kept.items() if any(text.encode() in content for text in SECRETS.values())
    ]
    assert found == []


def test_s03_no_option_of_any_command_takes_a_secret() -> None:
    """What stands in an argument stands in the shell's history and in the list of processes."""
    names = list(options(typer.main.get_command(app)))
    assert "--confirm" in names
    assert [name for name in names if SECRET_WORDS.search(name)] == []


def options(command: Any) -> Iterator[str]:
    """The names of all parameters of a command and of those below it."""
    yield from (name for parameter in command.params for name in (*parameter.opts, str(parameter.name)))
    for inner in getattr(command, "commands", {}).values():
        yield from options(inner)
