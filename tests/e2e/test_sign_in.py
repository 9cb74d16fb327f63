"""The command line signs in to both CRMs as a person would, syncs with what it stored, and signs out again."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from store.sealing import new_key
from tests.e2e.crms import AS_OF, ROOT, SECRETS, Crms, started

CONFIG = """
[store]
url = "sqlite:///{folder}/shortlist.sqlite"
keys = [{keys}]

[connections.salesforce]
crm = "salesforce"
auth = "refresh_token"
instance_url = "{salesforce}"
client_id = "env:CLIENT_ID"
client_secret = "env:CLIENT_SECRET"
redirect_url = "http://localhost:{port}/callback"
emulator = true

[connections.hubspot]
crm = "hubspot"
auth = "oauth"
base_url = "{hubspot}"
client_id = "env:CLIENT_ID"
client_secret = "env:CLIENT_SECRET"
redirect_url = "http://localhost:{port}/callback"
emulator = true
"""


@pytest.fixture
def crms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crms]:
    monkeypatch.setenv("KEY", new_key())
    with started(tmp_path, accounts=12) as running:
        running.salesforce.backend.change_settings({"rotate_refresh_tokens": True, "require_pkce": True})
        configure(running, '"env:KEY"')
        yield running


def configure(crms: Crms, keys: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = CONFIG.format(
        folder=crms.folder, keys=keys, salesforce=crms.salesforce_url, hubspot=crms.hubspot_url, port=port
    )
    crms.config.write_text(text, encoding="utf-8")


def begun(crms: Crms, *words: str) -> tuple[subprocess.Popen[str], str]:
    """A sign-in that has shown its address and waits."""
    process = subprocess.Popen(
        [*crms.command("connect", *words), "--json"],
        cwd=ROOT,
        env={**os.environ, **SECRETS},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://\S+authorize\S+", line):
            return process, found[0]
    raise AssertionError(process.communicate())


def ended(process: subprocess.Popen[str], typed: str | None = None) -> Any:
    out, _ = process.communicate(typed, timeout=60)
    return json.loads(out)


def connect(crms: Crms, name: str) -> Any:
    process, address = begun(crms, name)
    answer = requests.get(address, timeout=30)
    assert answer.status_code == 200, answer.text
    assert "close this page" in answer.text
    return ended(process)


def test_a_whole_sync_runs_on_what_a_person_granted_and_signing_out_ends_it(crms: Crms) -> None:
    assert connect(crms, "salesforce")["org_id"] == crms.salesforce.backend.org_settings.org_id
    assert connect(crms, "hubspot")["org_id"] == "8800002"
    crms.run("install")
    crms.salesforce.backend.sessions.expire_all()
    crms.run("sync", "--as-of", AS_OF)
    report = crms.run("check")
    assert not [f for one in report.values() for f in one["findings"] if f["level"] == "problem"]
    for name in ("salesforce", "hubspot"):
        assert crms.run("disconnect", name) == {"disconnected": name, "revoked": True}
        assert f"shortlist connect {name}" in json.dumps(crms.run("check", expect=1)[name])


def test_a_pasted_address_does_as_well(crms: Crms) -> None:
    process, address = begun(crms, "salesforce", "--paste")
    answer = requests.get(address, allow_redirects=False, timeout=30).headers["Location"]
    assert ended(process, f"{answer}\n")["connected"] == "salesforce"


def test_s07_a_pasted_address_of_another_sign_in_is_refused(crms: Crms) -> None:
    process, address = begun(crms, "salesforce", "--paste")
    answer = requests.get(address, allow_redirects=False, timeout=30).headers["Location"]
    forged = re.sub(r"state=[^&]+", "state=forged", answer)
    assert "not the answer" in ended(process, f"{forged}\n")["error"]


def test_s07_the_listener_waits_on_when_others_knock(crms: Crms) -> None:
    process, address = begun(crms, "hubspot")
    callback = re.search(r"redirect_uri=([^&]+)", address)
    assert callback
    local = unquote(callback[1])
    assert requests.get(f"{local}?code=x&state=forged", timeout=30).status_code == 404
    assert requests.get(f"{local}/../../etc/passwd", timeout=30).status_code == 404
    assert requests.get(address, timeout=30).status_code == 200
    assert ended(process)["connected"] == "hubspot"


def test_a_person_who_says_no_is_told_so(crms: Crms) -> None:
    crms.hubspot.backend.change_settings({"consent": "deny"})
    process, address = begun(crms, "hubspot")
    requests.get(address, timeout=30)
    assert "access_denied" in ended(process)["error"]


def test_a_grant_of_another_org_is_not_kept(crms: Crms) -> None:
    connect(crms, "hubspot")
    crms.hubspot.backend.change_settings({"portal_id": 4711})
    assert "4711" in connect(crms, "hubspot")["error"]


def test_s02_keys_are_rotated_and_the_old_one_can_go(crms: Crms) -> None:
    connect(crms, "hubspot")
    newer = new_key()
    configure(crms, '"env:NEWER", "env:KEY"')
    assert crms.run("keys", "rotate", NEWER=newer) == {"resealed": ["hubspot"]}
    configure(crms, '"env:NEWER"')
    assert crms.run("disconnect", "hubspot", NEWER=newer)["revoked"] is True


@pytest.mark.parametrize("keys", ["", '"env:OTHER"'])
def test_s01_nothing_starts_without_the_key_of_what_is_stored(crms: Crms, keys: str) -> None:
    connect(crms, "hubspot")
    configure(crms, keys)
    for command in ("check", "sync"):
        message = crms.run(command, expect=1, OTHER=new_key())["error"]
        assert "hubspot" in message
        assert "store.keys" in message


def test_s01_nothing_starts_without_a_key_where_one_will_be_needed(crms: Crms) -> None:
    configure(crms, "")
    assert "shortlist keys new" in crms.run("check", expect=1)["error"]


def test_s01_what_is_no_key_is_refused_without_showing_it(crms: Crms) -> None:
    message = crms.run("check", expect=1, KEY="canary-not-a-key")["error"]
    assert "store.keys" in message
    assert "canary" not in message


def test_s01_a_key_comes_from_a_file_that_others_may_not_read(crms: Crms) -> None:
    path = crms.folder / "key"
    path.write_text(new_key(), encoding="utf-8")
    path.chmod(0o644)
    configure(crms, f'"file:{path}"')
    assert "chmod 600" in crms.run("check", expect=1)["error"]
    path.chmod(0o600)
    assert "chmod" not in json.dumps(crms.run("check", expect=1))


def test_a_connection_that_needs_no_sign_in_says_so(crms: Crms) -> None:
    text = crms.config.read_text(encoding="utf-8")
    text = re.sub(r'auth = "refresh_token"\n', "", text)
    text = re.sub(r"redirect_url = .*\n", "", text, count=1)
    crms.config.write_text(text, encoding="utf-8")
    assert "needs nobody" in crms.run("connect", "salesforce", expect=1)["error"]
    assert "no connection" in crms.run("connect", "pipedrive", expect=1)["error"]


def test_new_keys_differ(crms: Crms) -> None:
    made = {json.loads(run_new(crms))["key"] for _ in range(2)}
    assert {len(key) for key in made} == {44}
    assert len(made) == 2


def run_new(crms: Crms) -> str:
    """`keys new` takes no configuration."""
    words = [*crms.command("keys", "new")[:-2], "--json"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, check=True, text=True).stdout
