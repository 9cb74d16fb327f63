"""tap-salesforce, unchanged, in its Bulk mode: Bulk API 1.0 with CSV, and with chunks where a query is too much.

SHORTLIST_TAP_SALESFORCE names a Python interpreter that has the package tap-salesforce.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.test_salesforce_emulator import Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON = os.environ.get("SHORTLIST_TAP_SALESFORCE", "")
SCRIPT = Path(__file__).with_name("salesforce_tap.py")
PEERS = Path(__file__).parents[2] / "bench" / "peers"
APP = {"client_id": "demo-client", "client_secret": "demo-secret"}
REDIRECT = "http://localhost/"
FIELDS = ("Id", "LastName", "SystemModstamp")
COUNT = 25
STAMP = "2026-01-05T08:00:00.000Z"

pytestmark = pytest.mark.skipif(
    not PYTHON, reason="SHORTLIST_TAP_SALESFORCE does not name an interpreter with tap-salesforce"
)


@pytest.fixture
def api() -> Iterator[Api]:
    with running() as client:
        client.control("settings", {"bulk": {"polls": 0}})  # the tap waits twenty seconds between two looks
        # Older than the second in which the tap begins, which its chunks leave out.
        rows = [{"LastName": f'L "{number}"\né', "SystemModstamp": STAMP} for number in range(COUNT)]
        client.control("load", {"Contact": rows})
        yield client


def refresh_token(api: Api) -> str:
    asked = {"client_id": APP["client_id"], "redirect_uri": REDIRECT, "response_type": "code"}
    page = api.session.get(
        f"{api.url}/services/oauth2/authorize", params=asked, allow_redirects=False, timeout=20
    )
    [code] = parse_qs(urlsplit(page.headers["Location"]).query)["code"]
    form = {**APP, "redirect_uri": REDIRECT, "grant_type": "authorization_code", "code": code}
    answer = api.session.post(f"{api.url}/services/oauth2/token", data=form, timeout=20)
    return str(answer.json()["refresh_token"])


def tap(api: Api, *arguments: str) -> str:
    done = subprocess.run(
        [PYTHON, str(SCRIPT), api.url, *arguments],
        env={"PYTHONPATH": str(PEERS)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def synced(api: Api, folder: Path) -> list[dict[str, Any]]:
    """The contacts that the tap finds."""
    config, catalog = folder / "config.json", folder / "catalog.json"
    login = {**APP, "refresh_token": refresh_token(api)}
    config.write_text(json.dumps({**login, "start_date": "2000-01-01T00:00:00Z", "api_type": "BULK"}))
    streams = json.loads(tap(api, "--config", str(config), "--discover"))["streams"]
    contacts = next(one for one in streams if one["stream"] == "Contact")
    for one in contacts["metadata"]:
        if one["breadcrumb"]:
            one["metadata"]["selected"] = one["breadcrumb"][-1] in FIELDS
        else:
            choice = {"replication-method": "INCREMENTAL", "replication-key": "SystemModstamp"}
            one["metadata"] |= {"selected": True, **choice}
    catalog.write_text(json.dumps({"streams": [contacts]}))
    lines = tap(api, "--config", str(config), "--properties", str(catalog)).splitlines()
    config.unlink()  # it holds what signs in
    return [message["record"] for message in map(json.loads, lines) if message["type"] == "RECORD"]


def test_a_query_is_read_by_one_batch(api: Api, tmp_path: Path) -> None:
    names = [row["LastName"] for row in synced(api, tmp_path)]
    assert sorted(names) == sorted(f'L "{number}"\né' for number in range(COUNT))


def test_a_query_that_fails_is_read_again_in_chunks(api: Api, tmp_path: Path) -> None:
    fate = {"fate": "fail", "times": 1, "message": "InternalServerError : Retried more than 15 times"}
    api.control("settings", {"bulk": {"fates": [fate]}})
    names = {row["LastName"] for row in synced(api, tmp_path)}
    assert len(names) == COUNT
    asked = api.control("requests/summary")["by_endpoint"]
    jobs = "/services/async/61.0/job"
    assert (asked[f"POST {jobs}"], asked[f"GET {jobs}/{{id}}/batch"]) == (2, 1)
