"""HubSpot's own Node client against the emulator.

SHORTLIST_HUBSPOT_NODE names a folder in which `npm install @hubspot/api-client` was run; without it, or without
`node`, these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.hubspot_emulator.receiver import Receiver

if TYPE_CHECKING:
    from tests.integration.hubspot_emulator.conftest import PortalClient

_FOLDER = os.environ.get("SHORTLIST_HUBSPOT_NODE")
_NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    _FOLDER is None or _NODE is None,
    reason="SHORTLIST_HUBSPOT_NODE does not name a folder with @hubspot/api-client, or there is no node",
)


def run(*arguments: str) -> Any:
    script = Path(__file__).with_name("node_client.js")
    environment = {**os.environ, "NODE_PATH": str(Path(_FOLDER or "") / "node_modules")}
    done = subprocess.run(
        [_NODE or "node", str(script), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_client_signs_in_writes_searches_and_retries(portal: PortalClient) -> None:
    seen = run("main", portal.url, "http://localhost:4711/back")
    assert seen == {
        "state": "s1",
        "expiresIn": 1800,
        "website": "acme.example",
        "numErrors": 1,
        "total": 1,
        "all": 2,
        "members": [True],
        "missing": [403, "MISSING_SCOPES"],
        "retried": [1, 1],
    }


def test_the_client_accepts_the_signatures_of_a_delivery(portal: PortalClient, tmp_path: Path) -> None:
    receiver = Receiver()
    body = {"target_url": receiver.url, "subscriptions": [{"type": "company.creation"}]}
    portal.post("/_emulator/webhooks", body)
    portal.create("companies", name="Ärger & Söhne")
    portal.post("/_emulator/webhooks/deliver", {})
    receiver.close()
    headers, raw = receiver.requests[0]
    file = tmp_path / "delivery.json"
    file.write_text(json.dumps({"url": receiver.url, "headers": headers, "body": raw.decode()}))
    assert run("verify", str(file)) == {"v1": True, "v3": True}
