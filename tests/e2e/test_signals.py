"""Signals as a user has them: imported, sent, read out of CRM fields, and seen on the CRM record."""

import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.crms import AS_OF, ROOT, SECRETS, Crms, started, write_config

TOKEN = "a-token-of-some-length"
SECTION = '[signals]\ntoken = "env:SIGNALS_TOKEN"\n'


def domain_of(row: dict[str, Any]) -> str:
    site = (row.get("Website") or "").lower().removeprefix("https://").removeprefix("http://")
    return site.removeprefix("www.").strip("/")


def accounts(crms: Crms) -> dict[str, dict[str, Any]]:
    """Salesforce's accounts with a website that only one of them has, by domain."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in crms.salesforce.backend.state("Account"):
        rows.setdefault(domain_of(row), []).append(row)
    return {domain: found[0] for domain, found in rows.items() if domain and len(found) == 1}


def test_a_signal_reaches_the_crm_record(tmp_path: Path) -> None:
    with started(tmp_path, accounts=12) as crms:
        write_config(crms, SECTION)
        crms.run("install")
        crms.run("sync", "--as-of", AS_OF)
        first, second, *_ = sorted(accounts(crms))
        assert float(accounts(crms)[first]["ABM_Intent_Score__c"]) == 0
        path = tmp_path / "signals.csv"
        path.write_text(
            "Domain,Topic Name,Composite Score,Date\n"
            f"{first},account-based marketing,100,2026-11-22\n"
            "nobody.example,crm,90,2026-11-22\n"
            f"{second},crm,ninety,2026-11-22\n",
            encoding="utf-8",
        )
        document = crms.run("signals", "import", str(path), "--mapping", "bombora", expect=1)
        assert (document["kept"], document["refused"]) == ({"new": 2}, 1)
        assert document["refused_rows"][0]["line"] == 4
        assert crms.run("signals", "import", str(path), "--mapping", "bombora", expect=1)["kept"] == {
            "unchanged": 2
        }
        send(
            crms,
            {
                "source": "g2",
                "domain": second,
                "kind": "funding",
                "strength": 100,
                "observed_at": "2026-11-22",
            },
        )

        crms.run("sync", "--as-of", AS_OF)
        record = accounts(crms)[first]
        assert float(record["ABM_Intent_Score__c"]) == 40.0
        assert "topic account-based marketing (bombora) +40.0" in record["ABM_Why__c"]
        assert float(accounts(crms)[second]["ABM_Intent_Score__c"]) == 40.0
        (unmatched,) = crms.run("signals", "list", "--unmatched")
        assert (unmatched["domain"], unmatched["signals"]) == ("nobody.example", 1)
        assert [(row["source"], row["unmatched"]) for row in crms.run("signals", "list")] == [
            ("bombora", 1),
            ("g2", 0),
        ]
        (lift, other) = crms.run("signals", "lift", "--as-of", AS_OF)
        assert (lift["source"], lift["waiting"], lift["enough_data"], other["source"]) == (
            "bombora",
            1,
            False,
            "g2",
        )
        rows = [
            row for row in crms.run("explain", first, "--as-of", AS_OF)["ledger"] if row["score"] == "intent"
        ]
        assert [(row["detail"], row["points"]) for row in rows] == [("bombora", pytest.approx(40.0))]
        # The day before, nobody knew of it.
        before = crms.run("explain", first, "--as-of", "2026-11-21")
        assert before["scores"]["intent"] == 0.0


def send(crms: Crms, body: dict[str, Any]) -> None:
    """Start the server, send a signal, and stop it as a supervisor would."""
    server = subprocess.Popen(
        [*crms.command("serve"), "--port", "0"],
        cwd=ROOT,
        env={**SECRETS, "SIGNALS_TOKEN": TOKEN, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        assert found is not None
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.post(f"{found.group()}/signals", json=body, headers=headers, timeout=10)
        assert (answer.status_code, answer.json()["new"]) == (200, 1)
        server.send_signal(signal.SIGTERM)
        assert server.wait(15) == 0
    finally:
        server.kill()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()


def test_a_vendors_crm_field_is_a_signal_and_our_own_writes_do_not_renew_it(tmp_path: Path) -> None:
    with started(tmp_path, accounts=12) as crms:
        write_config(
            crms, '[signals.fields.vendor]\nfield = "rating_score"\nkind = "topic"\ntopic = "intent score"\n'
        )
        text = crms.config.read_text(encoding="utf-8")
        crms.config.write_text(f'{text}\n[connections.hubspot.fields]\nrating_score = "numberofemployees"\n')
        crms.run("install")
        crms.run("sync")
        (found,) = crms.run("signals", "list")
        assert (found["source"], found["unmatched"]) == ("vendor", 0)
        assert found["signals"] > 5
        document = crms.run("sync")
        assert [item["records"] for item in document["pushed"]] == [0, 0]
        assert crms.run("signals", "list") == [found]


def test_faults_of_the_configuration_are_told(tmp_path: Path) -> None:
    with started(tmp_path, load=False) as crms:
        write_config(crms, '[signals.fields.vendor]\nfield = "score"\nkind = "gossip"\n')
        assert "signals.fields.vendor.kind: must be one of" in crms.run("signals", "list", expect=1)["error"]
        write_config(crms, '[signals.fields.vendor]\nfield = "score"\nkind = "topic"\n')
        said = crms.run("signals", "list", expect=1)["error"]
        assert "signals.fields.vendor: no connection maps 'score'" in said
