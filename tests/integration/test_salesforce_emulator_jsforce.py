"""jsforce, unchanged, against the emulator: an independent client that judges what the emulator answers.

SHORTLIST_JSFORCE names a folder that holds node_modules/jsforce (`npm install jsforce` makes one); `node` must be
on the path.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.test_salesforce_emulator import running
from tests.integration.test_salesforce_emulator_deploy import GOOD, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = os.environ.get("SHORTLIST_JSFORCE", "")
NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("salesforce_jsforce.mjs")

pytestmark = pytest.mark.skipif(
    not FOLDER or NODE is None,
    reason="SHORTLIST_JSFORCE does not name a folder with node_modules/jsforce, or there is no node",
)


@pytest.fixture(scope="module")
def seen() -> Iterator[Any]:
    with running() as api:
        command = [NODE or "", str(SCRIPT), api.url, FOLDER, base64.b64encode(GOOD).decode()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        assert done.returncode == 0, done.stderr
        yield json.loads(done.stdout)


def test_records_go_through_collections(seen: Any) -> None:
    assert seen["token"].startswith("00DEm0000000001!")
    assert seen["created"] == seen["updated"] == seen["destroyed"] == [True, True, True]
    assert seen["upserted"] is True
    assert seen["limitInfo"] == 100_000


def test_batches_of_bulk_1_write_and_read(seen: Any) -> None:
    assert seen["loaded"] == [[True, []], [True, []]]
    assert seen["bulkRows"] == [{"Name": name, "IsDeleted": "false"} for name in ("Bulk 2", "Bulk, 1")]
    assert "No such column 'Nope'" in seen["bulkFailure"]
    assert seen["bulkJob"] == "1"


def test_metadata_is_deployed_over_both_apis(seen: Any) -> None:
    assert "CustomObject" in seen["described"]
    assert seen["deploySoap"] == ["Succeeded", len(NAMES) + 1, []]
    assert seen["deployRest"] == "Succeeded"
    assert seen["cancelled"]["done"] == "true"
    assert seen["listed"] == sorted(f"Account.{name}" for name in NAMES)


def test_a_code_with_pkce_a_refresh_and_a_logout(seen: Any) -> None:
    assert (seen["refreshed"], seen["newToken"]) == (1, True)
    assert seen["afterLogout"] == 401


def test_soap_login_ends_with_version_64(seen: Any) -> None:
    assert seen["soap59.0"] == 1
    assert "login" in seen["soap65.0"]


def test_a_wrong_secret_is_told_in_salesforces_words(seen: Any) -> None:
    assert seen["wrongSecret"] == "invalid_client: invalid client credentials"
