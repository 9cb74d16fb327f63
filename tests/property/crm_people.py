"""What people do in the two emulated CRMs, one vocabulary for both; faults do not hit them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import requests

from core.records import Kind
from emulators.common.faults import FaultRules
from tests.e2e.crms import SECRETS

_FITS: tuple[Mapping[str, Any], ...] = (
    {"employees": 1500, "revenue": 60_000_000, "country": "United States"},
    {"employees": 3, "revenue": 10_000, "country": "Sweden"},
)
_STAMPS = {
    "SystemModstamp",
    "LastModifiedDate",
    "LastModifiedById",
    "hs_lastmodifieddate",
    "lastmodifieddate",
}


class People(Protocol):
    """Ids are remote ids; accounts and contacts are what people touch here."""

    crm: str
    app: Any

    def living(self, kind: Kind) -> list[str]:
        """Records that are neither deleted nor merged away."""

    def deleted(self, kind: Kind) -> list[str]:
        """Records that can be restored."""

    def edit(self, kind: Kind, remote_id: str, number: int) -> None:
        """Another size, or another title."""

    def type_over(self, kind: Kind, remote_id: str, number: int) -> None:
        """Write into fields of ours."""

    def delete(self, kind: Kind, remote_id: str) -> None:
        """Into the recycle bin."""

    def restore(self, kind: Kind, remote_id: str) -> None:
        """Out of it."""

    def merge(self, kind: Kind, survivor_id: str, loser_id: str) -> None:
        """One record out of two."""

    def lists(self) -> list[str]:
        """Target lists that are there."""

    def members(self, list_id: str) -> list[str]:
        """Accounts on a list, once for each time that they stand there."""

    def change_member(self, list_id: str, account_id: str, *, joins: bool) -> None:
        """Put an account on a list, or take it off."""

    def lock(self, remote_id: str) -> None:
        """Somebody's long transaction holds a record."""

    def unlock(self) -> None:
        """It ends."""

    def not_ours(self) -> dict[str, Any]:
        """Everything that Shortlist must leave alone: other fields, and deleted records as a whole."""


@contextmanager
def calm(app: Any) -> Iterator[None]:
    """No fault strikes meanwhile."""
    rules, app.faults = app.faults, FaultRules()
    try:
        yield
    finally:
        app.faults = rules


_LOCKED = "UNABLE_TO_LOCK_ROW"
"""Somebody else's transaction holds the record, or the account above it: a person lets it be."""


def _checked(answer: requests.Response) -> Any:
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


class SalesforcePeople:
    """See People."""

    crm = "salesforce"
    _TABLES: Mapping[Kind, str] = {Kind.ACCOUNT: "Account", Kind.CONTACT: "Contact"}

    def __init__(self, url: str, app: Any) -> None:
        self.url, self.app = url, app

    def living(self, kind: Kind) -> list[str]:
        return sorted(row["Id"] for row in self._rows(self._TABLES[kind]) if not row["IsDeleted"])

    def deleted(self, kind: Kind) -> list[str]:
        rows = self._rows(self._TABLES[kind])
        return sorted(row["Id"] for row in rows if row["IsDeleted"] and not row.get("MasterRecordId"))

    def edit(self, kind: Kind, remote_id: str, number: int) -> None:
        fit = _FITS[number % 2]
        by_kind: Mapping[Kind, Mapping[str, object]] = {
            Kind.ACCOUNT: {
                "NumberOfEmployees": fit["employees"],
                "AnnualRevenue": fit["revenue"],
                "BillingCountry": fit["country"],
            },
            Kind.CONTACT: {"Title": ("CFO", "Intern")[number % 2]},
        }
        self._load(self._TABLES[kind], {"Id": remote_id, **by_kind[kind]})

    def type_over(self, kind: Kind, remote_id: str, number: int) -> None:
        by_kind: Mapping[Kind, tuple[Mapping[str, object], ...]] = {
            Kind.ACCOUNT: ({"ABM_Tier__c": "one_to_one"}, {"ABM_Fit_Score__c": 1.5}, {"ABM_Why__c": "Mine."}),
            Kind.CONTACT: ({"ABM_Engagement_Points__c": 99.0}, {"ABM_Account_Tier__c": "one_to_many"}),
        }
        values = by_kind[kind]
        self._load(self._TABLES[kind], {"Id": remote_id, **values[number % len(values)]})

    def delete(self, kind: Kind, remote_id: str) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": SECRETS["CLIENT_ID"],
            "client_secret": SECRETS["CLIENT_SECRET"],
        }
        with calm(self.app):
            token = _checked(requests.post(f"{self.url}/services/oauth2/token", data=form, timeout=30))
            answer = requests.delete(
                f"{self.url}/services/data/v62.0/sobjects/{self._TABLES[kind]}/{remote_id}",
                headers={"Authorization": f"Bearer {token['access_token']}"},
                timeout=30,
            )
            if _LOCKED not in answer.text:
                _checked(answer)

    def restore(self, kind: Kind, remote_id: str) -> None:  # noqa: ARG002 an id says its kind
        self._control("undelete", {"ids": [remote_id]})

    def merge(self, kind: Kind, survivor_id: str, loser_id: str) -> None:
        body = {"object": self._TABLES[kind], "master": survivor_id, "losers": [loser_id]}
        self._control("merge", body)

    def lists(self) -> list[str]:
        names = {row["Id"]: row["Name"] for row in self._rows("Campaign") if not row["IsDeleted"]}
        return sorted(one for one, name in names.items() if name.startswith("ABM: "))

    def members(self, list_id: str) -> list[str]:
        rows = self._rows("CampaignMember")
        return sorted(
            row["AccountId"] for row in rows if row["CampaignId"] == list_id and row.get("AccountId")
        )

    def change_member(self, list_id: str, account_id: str, *, joins: bool) -> None:
        if joins:
            self._load("CampaignMember", {"CampaignId": list_id, "AccountId": account_id})
            return
        [row] = [
            row
            for row in self._rows("CampaignMember")
            if row["CampaignId"] == list_id and row.get("AccountId") == account_id
        ]
        with self.app.backend.lock:
            self.app.backend.store.remove("CampaignMember", row["Id"])

    def lock(self, remote_id: str) -> None:
        self._control("lock", {"ids": [remote_id], "attempts": 3})

    def unlock(self) -> None:
        self._control("lock", {"ids": []})

    def not_ours(self) -> dict[str, Any]:
        return {
            f"{table} {row['Id']}": {
                name: value
                for name, value in row.items()
                if name not in _STAMPS and (row["IsDeleted"] or not name.startswith("ABM_"))
            }
            for table in ("Account", "Contact", "Lead", "Opportunity", "Event", "Task", "Campaign")
            for row in self._rows(table)
        }

    def _rows(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.app.backend.state(table)
        return rows

    def _load(self, table: str, row: Mapping[str, object]) -> None:
        self._control("load", {table: [row]})

    def _control(self, route: str, body: object) -> None:
        _checked(requests.post(f"{self.url}/_emulator/{route}", json=body, timeout=30))


class HubspotPeople:
    """See People."""

    crm = "hubspot"
    _TYPES: Mapping[Kind, str] = {Kind.ACCOUNT: "companies", Kind.CONTACT: "contacts"}

    def __init__(self, url: str, app: Any) -> None:
        self.url, self.app = url, app

    def living(self, kind: Kind) -> list[str]:
        return sorted(row["id"] for row in self._rows(self._TYPES[kind]) if not row["archived"])

    def deleted(self, kind: Kind) -> list[str]:
        rows = self._rows(self._TYPES[kind])
        merged = self.app.backend._portal.tables[self._TYPES[kind]].merged_into
        return sorted(row["id"] for row in rows if row["archived"] and int(row["id"]) not in merged)

    def edit(self, kind: Kind, remote_id: str, number: int) -> None:
        fit = _FITS[number % 2]
        by_kind: Mapping[Kind, Mapping[str, object]] = {
            Kind.ACCOUNT: {
                "numberofemployees": str(fit["employees"]),
                "annualrevenue": str(fit["revenue"]),
                "country": fit["country"],
            },
            Kind.CONTACT: {"jobtitle": ("CFO", "Intern")[number % 2]},
        }
        self._edit(kind, remote_id, by_kind[kind])

    def type_over(self, kind: Kind, remote_id: str, number: int) -> None:
        by_kind: Mapping[Kind, tuple[Mapping[str, object], ...]] = {
            Kind.ACCOUNT: ({"abm_tier": "one_to_one"}, {"abm_fit_score": "1.5"}, {"abm_why": "Mine."}),
            Kind.CONTACT: ({"abm_engagement_points": "99"}, {"abm_account_tier": "one_to_many"}),
        }
        values = by_kind[kind]
        self._edit(kind, remote_id, values[number % len(values)])

    def delete(self, kind: Kind, remote_id: str) -> None:
        self._control(
            "edit", {"object": self._TYPES[kind], "id": remote_id, "properties": {}, "archived": True}
        )

    def restore(self, kind: Kind, remote_id: str) -> None:
        self._control("restore", {"object": self._TYPES[kind], "ids": [remote_id]})

    def merge(self, kind: Kind, survivor_id: str, loser_id: str) -> None:
        with calm(self.app):
            _checked(
                requests.post(
                    f"{self.url}/crm/objects/2026-03/{self._TYPES[kind]}/merge",
                    json={"primaryObjectId": survivor_id, "objectIdToMerge": loser_id},
                    headers={"Authorization": f"Bearer {SECRETS['TOKEN']}"},
                    timeout=30,
                )
            )

    def lists(self) -> list[str]:
        return sorted(row["listId"] for row in self._rows("lists") if "deletedAt" not in row)

    def members(self, list_id: str) -> list[str]:
        [found] = [row for row in self._rows("lists") if row["listId"] == list_id]
        return sorted(found["members"])

    def change_member(self, list_id: str, account_id: str, *, joins: bool) -> None:
        self._control("lists", {"id": list_id, "add" if joins else "remove": [account_id]})

    def lock(self, remote_id: str) -> None:
        body = {"status": "error", "message": "The record is locked.", "category": "CONFLICT"}
        narrow = {"path": "/batch/update", "body_contains": f'"{remote_id}"', "times": 3}
        self.app.faults.add({**narrow, "status": 423, "body": body})

    def unlock(self) -> None:
        """The rule goes with the faults."""

    def not_ours(self) -> dict[str, Any]:
        return {
            f"{name} {row['id']}": {
                "archived": row["archived"],
                **{
                    key: value
                    for key, value in row["properties"].items()
                    if key not in _STAMPS and value and (row["archived"] or not key.startswith("abm_"))
                },
            }
            for name in ("companies", "contacts", "deals", "meetings", "calls", "emails", "notes", "tasks")
            for row in self._rows(name)
        }

    def _rows(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.app.backend.state(name)
        return rows

    def _edit(self, kind: Kind, remote_id: str, values: Mapping[str, object]) -> None:
        self._control("edit", {"object": self._TYPES[kind], "id": remote_id, "properties": values})

    def _control(self, route: str, body: object) -> None:
        _checked(requests.post(f"{self.url}/_emulator/{route}", json=body, timeout=30))
