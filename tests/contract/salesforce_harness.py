"""Salesforce for the contract suite: the emulator, spoken to through its control routes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from connectors import registry
from connectors.contract import Connector
from connectors.transport import Timing
from core.clock import wire_instant
from core.records import RecordRef
from core.secret_refs import SecretRef
from core.secrets import SecretText
from emulators.common.server import Running, start
from emulators.salesforce.app import create_app
from tests.contract.harness import SECRET, Fault, PatientTiming, World

CLIENT_ID = "suite-client"
OBJECTS = {"account": "Account", "contact": "Contact"}
FAULTS: Mapping[str, Mapping[str, object]] = {
    "rate_limited_once": {
        "status": 403,
        "body": [
            {
                "message": "ConcurrentPerOrgLongTxn Limit exceeded.",
                "errorCode": "REQUEST_LIMIT_EXCEEDED",
            }
        ],
    },
    "server_error_once": {"status": 503, "body": "<html>down for a moment</html>"},
    "connection_lost_after_work": {"drop": "after"},
}


class SalesforceHarness:
    """See tests.contract.harness.CrmHarness."""

    crm = "salesforce"
    page_size = 3

    def __init__(self) -> None:
        self.server: Running | None = None
        self._loaded = 0

    def start(self) -> None:
        self.server = start(create_app(), port=self.server.port if self.server else 0)
        self.reset()

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()

    def reset(self) -> None:
        self.control("reset", {})
        self.control(
            "settings",
            {
                "client_id": CLIENT_ID,
                "client_secret": SECRET,
                "page_sizes": [self.page_size],
                "deploy_polls": 1,
            },
        )

    def connector(self, *, secret: str = SECRET, timing: Timing | None = None) -> Connector:
        return self.configured(secret=secret, timing=timing)

    def configured(
        self, *, secret: str = SECRET, timing: Timing | None = None, **settings: object
    ) -> Connector:
        """A connector with settings of its own."""
        crm = registry.crm(self.crm)
        parsed = crm.settings.model_validate(
            {
                "crm": self.crm,
                "instance_url": self.url,
                "client_id": "env:ID",
                "client_secret": "env:SECRET",
                "emulator": True,
                **settings,
            }
        )

        def reveal(reference: SecretRef) -> SecretText:
            return SecretText({"ID": CLIENT_ID, "SECRET": secret}[reference.name])

        return crm.build(parsed, reveal, timing or PatientTiming().timing())

    @property
    def url(self) -> str:
        """Where the emulator answers."""
        assert self.server is not None
        return self.server.url

    def control(self, route: str, body: object = None) -> Any:
        """One call of the emulator's control routes: POST with a body, GET without."""
        method = "GET" if body is None else "POST"
        answer = requests.request(method, f"{self.url}/_emulator/{route}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def state(self, table: str) -> list[dict[str, Any]]:
        """All rows of an object, deleted ones too."""
        rows: list[dict[str, Any]] = self.control(f"state/{table}")["records"]
        return rows

    def row(self, table: str, remote_id: str) -> dict[str, Any]:
        """One row of an object."""
        return next(row for row in self.state(table) if row["Id"] == remote_id)

    def set_clock(self, at: datetime) -> None:
        self.control("clock", {"freeze": at.isoformat()})

    def settle(self) -> None:
        """Salesforce shows every change at once."""

    def load(self, world: World) -> Mapping[str, str]:
        ids: dict[str, str] = {}
        for prefix, many in (
            ("001", world.accounts),
            ("003", world.contacts),
            ("006", world.deals),
            ("00U", world.meetings),
        ):
            ids.update({one.key: self._mint(prefix) for one in many})
        self.control("load", native(world, ids))
        return ids

    def _mint(self, prefix: str) -> str:
        """A new 18-character id; its capitals are all in the first five characters or not there."""
        self._loaded += 1
        return long_id(f"{prefix}S0000{self._loaded:07d}")

    def rename_account(self, remote_id: str, name: str) -> None:
        self.control("load", {"Account": [{"Id": remote_id, "Name": name}]})

    def delete(self, ref: RecordRef) -> None:
        table = OBJECTS[ref.kind]
        self.control("load", {table: [{"Id": ref.remote_id, "IsDeleted": True}]})

    def merge_accounts(self, survivor_id: str, loser_id: str) -> str:
        self.control("merge", {"object": "Account", "master": survivor_id, "losers": [loser_id]})
        return survivor_id

    def managed(self, ref: RecordRef) -> Mapping[str, object]:
        row = self.row(OBJECTS[ref.kind], ref.remote_id)
        return {name[4:-3].lower(): value for name, value in row.items() if name.startswith("ABM_")}

    def managed_field_names(self) -> set[str]:
        names = {row["Field"] for row in self.state("FieldPermissions")}
        return {name for name in names if ".ABM_" in name}

    def lists(self) -> Mapping[str, str]:
        return {row["Id"]: row["Name"] for row in self.state("Campaign") if not row["IsDeleted"]}

    def list_members(self, list_id: str) -> set[str]:
        return {row["AccountId"] for row in self.state("CampaignMember") if row["CampaignId"] == list_id}

    def add_member(self, list_id: str, account_id: str) -> None:
        self.control("load", {"CampaignMember": [{"CampaignId": list_id, "AccountId": account_id}]})

    def break_next(self, fault: Fault) -> None:
        self.control("faults", {"path": r"^/services/data/", "times": 1, **FAULTS[fault]})

    def requests_seen(self) -> int:
        total: int = self.control("requests/summary")["total"]
        return total


def native(world: World, ids: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """A world as rows of Salesforce's objects."""
    return {
        "Account": [{"Id": ids[a.key], "Name": a.name, "Website": a.website} for a in world.accounts],
        "Contact": [
            {
                "Id": ids[c.key],
                "AccountId": ids[c.account_key],
                "FirstName": c.name.partition(" ")[0],
                "LastName": c.name.partition(" ")[2],
                "Email": c.email,
                "Title": c.title,
            }
            for c in world.contacts
        ],
        "Opportunity": [
            {
                "Id": ids[d.key],
                "AccountId": ids[d.account_key],
                "Name": d.name,
                "Amount": d.amount,
                "StageName": "Prospecting",
                "CloseDate": "2026-12-31",
            }
            for d in world.deals
        ],
        "Event": [
            {
                "Id": ids[m.key],
                "WhoId": ids[m.contact_key],
                "Subject": "Meeting",
                "ActivityDateTime": wire_instant(m.occurred_at),
                "StartDateTime": wire_instant(m.occurred_at),
                "DurationInMinutes": m.minutes,
            }
            for m in world.meetings
        ],
    }


def long_id(short: str) -> str:
    """The 18-character form, worked out apart from the connector's way."""
    suffix = ""
    for place in (0, 5, 10):
        bits = "".join("1" if letter.isupper() else "0" for letter in short[place : place + 5])
        suffix += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[int(bits[::-1], 2)]
    return short + suffix


HARNESS = SalesforceHarness
