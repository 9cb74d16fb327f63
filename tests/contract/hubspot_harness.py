"""HubSpot in the contract suite: the local emulator, its control routes, and native API calls."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests

from connectors import registry
from connectors.contract import Connector
from connectors.transport import Timing
from core.clock import wire_instant
from core.records import Kind, RecordRef
from core.secrets import SecretText
from emulators.common.server import Running, start
from emulators.hubspot.app import create_app
from tests.contract.harness import SECRET, Fault, PatientTiming, World

_OBJECTS = {Kind.ACCOUNT: "companies", Kind.CONTACT: "contacts"}
_DAILY_LIMIT = 650_000
_FAULTS: Mapping[Fault, Mapping[str, Any]] = {
    "rate_limited_once": {
        "status": 429,
        "body": {
            "status": "error",
            "message": "You have reached your ten_secondly_rolling limit.",
            "policyName": "TEN_SECONDLY_ROLLING",
        },
    },
    "server_error_once": {"status": 502, "body": "<html>Bad gateway</html>"},
    "connection_lost_after_work": {"drop": "after"},
}


class HubspotHarness:
    """One emulated portal on a free port."""

    crm = "hubspot"
    page_size = 100

    def __init__(self) -> None:
        self._running: Running | None = None
        self._port = 0
        self._next_id = 1_000
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> None:
        """Start the emulator, empty; after a stop, at the same address."""
        self._running = start(create_app(), self._port)
        self._port = self._running.port
        self._settle_in()

    def stop(self) -> None:
        """Stop it."""
        self._session.close()
        if self._running:
            self._running.stop()

    def reset(self) -> None:
        """Empty it again."""
        self.control("POST", "reset")
        self._settle_in()

    def _settle_in(self) -> None:
        # Without the ten-second limit, because the emulator counts it in real time.
        settings = {"tokens": {SECRET: ["*"]}, "burst_limit": None, "search_per_second": None}
        self.control("POST", "settings", settings)

    @property
    def url(self) -> str:
        """The base URL, also while the emulator is stopped."""
        return f"http://127.0.0.1:{self._port}"

    def connector(
        self, *, secret: str = SECRET, timing: Timing | None = None, **settings: object
    ) -> Connector:
        """A connector through the registry; `settings` are more keys of the connection's section."""
        crm = registry.crm("hubspot")
        section = crm.settings.model_validate(
            {"crm": "hubspot", "token": "env:TOKEN", "base_url": self.url, "emulator": True, **settings}
        )
        return crm.build(section, lambda _: SecretText(secret), timing or PatientTiming().timing())

    def set_clock(self, at: datetime) -> None:
        """Stop the emulator's clock."""
        self.control("POST", "clock", {"freeze": at.isoformat()})

    def settle(self) -> None:
        """Loaded records and edits are in the index at once, unless a test asks for a lag."""

    def load(self, world: World) -> Mapping[str, str]:
        """Load a world natively."""
        keys = [
            *(one.key for one in world.accounts),
            *(one.key for one in world.contacts),
            *(one.key for one in world.deals),
            *(one.key for one in world.meetings),
        ]
        ids = {key: self._take_id() for key in keys}
        self.control("POST", "load", {"objects": _objects(world, ids), "associations": _links(world, ids)})
        return ids

    def _take_id(self) -> str:
        self._next_id += 1
        return str(self._next_id)

    def rename_account(self, remote_id: str, name: str) -> None:
        """Edit a company."""
        self.api("PATCH", f"/crm/objects/2026-03/companies/{remote_id}", {"properties": {"name": name}})

    def delete(self, ref: RecordRef) -> None:
        """Archive a company or a contact."""
        self.api("DELETE", f"/crm/objects/2026-03/{_OBJECTS[ref.kind]}/{ref.remote_id}")

    def merge_accounts(self, survivor_id: str, loser_id: str) -> str:
        """Merge two companies."""
        body = {"primaryObjectId": survivor_id, "objectIdToMerge": loser_id}
        return str(self.api("POST", "/crm/objects/2026-03/companies/merge", body)["id"])

    def managed(self, ref: RecordRef) -> Mapping[str, object]:
        """The abm_ properties of a record as the emulator holds them."""
        found = next(row for row in self.state(_OBJECTS[ref.kind]) if row["id"] == ref.remote_id)
        return {
            name.removeprefix("abm_"): value
            for name, value in found["properties"].items()
            if name.startswith("abm_")
        }

    def managed_field_names(self) -> set[str]:
        """The abm_ properties that are defined and not archived."""
        return {
            f"{row['objectType']}.{row['name']}"
            for row in self.state("properties")
            if row["name"].startswith("abm_") and not row["archived"]
        }

    def lists(self) -> Mapping[str, str]:
        """Lists that are not deleted."""
        return {row["listId"]: row["name"] for row in self.state("lists") if "deletedAt" not in row}

    def list_members(self, list_id: str) -> set[str]:
        """The members of a list."""
        return set(next(row["members"] for row in self.state("lists") if row["listId"] == list_id))

    def add_member(self, list_id: str, account_id: str) -> None:
        """Add a company by hand."""
        self.api("PUT", f"/crm/lists/2026-03/{list_id}/memberships/add", [account_id])

    def break_next(self, fault: Fault) -> None:
        """One fault for the next call."""
        self.break_with({"path": "^/", "times": 1, **_FAULTS[fault]})

    def break_with(self, rule: Mapping[str, Any]) -> None:
        """A fault of the emulator's own kind."""
        self.control("POST", "faults", dict(rule))

    def requests_seen(self) -> int:
        """Requests outside the control routes."""
        return int(self.control("GET", "requests/summary")["total"])

    def state(self, name: str) -> list[dict[str, Any]]:
        """Everything of one kind, natively."""
        rows: list[dict[str, Any]] = self.control("GET", f"state/{name}")["records"]
        return rows

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A call that somebody else makes with the same token."""
        headers = {"Authorization": f"Bearer {SECRET}"}
        answer = self._session.request(method, self.url + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def control(self, method: str, route: str, body: Any = None) -> Any:
        """A call to the emulator's control routes."""
        answer = self._session.request(method, f"{self.url}/_emulator/{route}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


def _objects(world: World, ids: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    return {
        "companies": [
            {"id": ids[one.key], "properties": {"name": one.name, "website": one.website}}
            for one in world.accounts
        ],
        "contacts": [
            {
                "id": ids[one.key],
                "properties": {
                    "email": one.email,
                    "firstname": one.name.partition(" ")[0],
                    "lastname": one.name.partition(" ")[2],
                    "jobtitle": one.title,
                },
            }
            for one in world.contacts
        ],
        "deals": [
            {
                "id": ids[one.key],
                "properties": {
                    "dealname": one.name,
                    "amount": one.amount,
                    "pipeline": "default",
                    "dealstage": "qualifiedtobuy",
                },
            }
            for one in world.deals
        ],
        "meetings": [
            {
                "id": ids[one.key],
                "properties": {
                    "hs_timestamp": wire_instant(one.occurred_at),
                    "hs_meeting_start_time": wire_instant(one.occurred_at),
                    "hs_meeting_end_time": wire_instant(one.occurred_at + timedelta(minutes=one.minutes)),
                    "hs_meeting_outcome": "COMPLETED",
                },
            }
            for one in world.meetings
        ],
    }


def _links(world: World, ids: Mapping[str, str]) -> list[list[Any]]:
    contacts = [
        ["contacts", ids[one.key], "companies", ids[one.account_key], kind]
        for one in world.contacts
        for kind in (279, 1)
    ]
    deals = [
        ["deals", ids[one.key], "companies", ids[one.account_key], kind]
        for one in world.deals
        for kind in (341, 5)
    ]
    meetings = [["meetings", ids[one.key], "contacts", ids[one.contact_key], 200] for one in world.meetings]
    return [*contacts, *deals, *meetings]


HARNESS = HubspotHarness
