"""S16 with kill -9: whoever heard that a delivery was taken finds it in the store of the next process."""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import requests

from core.records import Kind
from store.connections import claim_org, connection_id
from store.database import open_database
from store.inbox import take
from tests.e2e.crms import ROOT
from tests.hubspot_deliveries import CHANGE, PORTAL
from tests.security.doors import HUBSPOT, SECRET, signed

URL = f"https://abm.example.com{HUBSPOT}"
_CONFIG = """
[store]
url = "{store}"

[serve]
public_url = "https://abm.example.com"

[connections.portal]
crm = "hubspot"
token = "env:TOKEN"
client_secret = "env:APP"
hints = "webhooks"
"""
ENOUGH = 60


def test_s16_every_delivery_that_was_taken_outlives_kill_9(store_url: str, tmp_path: Path) -> None:
    database = open_database(store_url)
    number = connection_id(database, "portal", "hubspot")
    claim_org(database, number, PORTAL)
    config = tmp_path / "config.toml"
    config.write_text(_CONFIG.format(store=store_url), encoding="utf-8")
    words = [sys.executable, "-m", "shortlist", "serve", "--port", "0", "--json", "--config", str(config)]
    environment = {**os.environ, "TOKEN": "t", "APP": SECRET, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        taken: list[int] = []
        killed = threading.Event()
        url = _url(process)
        senders = [
            threading.Thread(target=_send, args=(url, first, taken, killed))
            for first in range(0, 40_000, 10_000)
        ]
        for one in senders:
            one.start()
        end = time.monotonic() + 120
        while len(taken) < ENOUGH and time.monotonic() < end:
            killed.wait(0.01)
        process.kill()
        killed.set()
        for one in senders:
            one.join()

    rows = take(database, number, now_ms=2**60, until_ms=2**61, most=100_000)
    kept = {row.ref.remote_id for row in rows if row.ref.kind is Kind.ACCOUNT}
    assert len(taken) >= ENOUGH
    assert {str(one) for one in taken} <= kept
    database.close()


def _url(process: subprocess.Popen[bytes]) -> str:
    """Where the server answers, by the one document that it prints."""
    assert process.stdout is not None
    text = b""
    for line in process.stdout:
        text += line
        if line.startswith(b"}"):
            break
    return str(orjson.loads(text)["url"])


def _send(url: str, first: int, taken: list[int], killed: threading.Event) -> None:
    """Tell of one company after the other, and note those that were taken."""
    company = first
    while not killed.is_set():
        company += 1
        body = orjson.dumps([{**CHANGE, "objectId": company}])
        headers = signed(body, url=URL, at=datetime.now(UTC))
        try:
            answer = requests.post(f"{url}{HUBSPOT}", data=body, headers=headers, timeout=10)
        except requests.RequestException:
            return
        if answer.ok:
            taken.append(company)
