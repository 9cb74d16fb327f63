"""Control routes for what an administrator does in Salesforce's own screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.admin_rules import change_rules, lock_rows
from emulators.salesforce.admin_schema import change_schema
from emulators.salesforce.conversions import convert
from emulators.salesforce.errors import SalesforceError
from emulators.salesforce.ids import long_id
from emulators.salesforce.merges import merge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emulators.common.control import Extension
    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.org import Org
    from emulators.salesforce.store import Record


def extensions(org: Org) -> dict[str, Extension]:
    """The control routes by name.

    - `POST schema`: see admin_schema; `POST rules` and `POST lock`: see admin_rules.
    - `POST convert` {"lead", "account"?, "contact"?, "opportunity"?}: converts a lead; `opportunity` is a name.
    - `POST merge` {"object", "master", "losers": []}: children move to the master, losers point to it.
    - `POST late` {"records": {"Account": […]}, "seconds": 60}: written now by somebody else, visible later.
    - `POST refresh_sandbox` {"org_id"}: the same organisation under a new id, all tokens and grants gone.
    - `POST undelete` {"ids": []} and `POST purge` {"ids": []}: out of the recycle bin, or out of the world.
    """
    actions: dict[str, Callable[[Org, Mapping[str, Any]], Any]] = {
        "schema": change_schema,
        "rules": change_rules,
        "lock": lock_rows,
        "convert": convert,
        "merge": _merge,
        "late": _write_late,
        "refresh_sandbox": _refresh_sandbox,
        "undelete": _undelete,
        "purge": _purge,
    }

    def locked(action: Callable[[Org, Mapping[str, Any]], Any]) -> Extension:
        def run(method: str, body: Any) -> Any:
            if method != "POST":
                return None
            try:
                with org.lock:
                    org.settle()
                    return action(org, body)
            except SalesforceError as problem:
                raise ValueError(f"{problem.code}: {problem.message}") from problem

        return run

    return {name: locked(action) for name, action in actions.items()}


def _merge(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    item = org.schema.objects[body["object"]]
    moved = merge(org, item, body["master"], body["losers"])
    return {"master": long_id(body["master"]), "moved": moved}


def _write_late(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    stamp = org.late.write(org, body["records"], float(body["seconds"]))
    return {"SystemModstamp": stamp, "open": org.late.open_count}


def _refresh_sandbox(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    org.change_settings({"org_id": body["org_id"], "expire_sessions": True})
    org.grants.close_all()
    return {"org_id": org.org_settings.org_id}


def _undelete(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    for item, record in _deleted(org, body):
        org.bin.restore(org, (item.name, record["Id"]))
    return {"undeleted": body["ids"]}


def _purge(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    for item, record in _deleted(org, body):
        org.bin.purge(org, (item.name, record["Id"]))
    return {"purged": body["ids"]}


def _deleted(org: Org, body: Mapping[str, Any]) -> list[tuple[ObjectType, Record]]:
    """The records of the recycle bin with the given ids. Raises KeyError for any other."""
    found = []
    for text in body["ids"]:
        item = org.schema.of_id(text)
        record = org.store.get(item.name, long_id(text)) if item else None
        if item is None or record is None or not record.get("IsDeleted"):
            raise KeyError(f"{text} is not in the recycle bin")
        found.append((item, record))
    return found
