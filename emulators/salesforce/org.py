"""The emulated organisation: everything that has a state, and the backend behind the control routes."""

from __future__ import annotations

import copy
import gc
from threading import RLock
from typing import TYPE_CHECKING, Any

from emulators.salesforce import record_types
from emulators.salesforce.access import Access
from emulators.salesforce.archive import Archive
from emulators.salesforce.bulk1_jobs import ClassicJobs
from emulators.salesforce.bulk_jobs import Jobs
from emulators.salesforce.campaigns import complete_campaigns
from emulators.salesforce.derive import derive
from emulators.salesforce.describe_age import DescribeAge
from emulators.salesforce.grants import Grants
from emulators.salesforce.late import LateCommits
from emulators.salesforce.locators import Locators
from emulators.salesforce.metadata import Deployments
from emulators.salesforce.native import Loader, load_order
from emulators.salesforce.outbound import Outbound
from emulators.salesforce.recycle_bin import RecycleBin
from emulators.salesforce.rules import Rules
from emulators.salesforce.schema import EMAIL_MESSAGE, Schema
from emulators.salesforce.sessions import Sessions
from emulators.salesforce.settings import Settings
from emulators.salesforce.store import Record, Store
from emulators.salesforce.times import to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from emulators.common.clock import VirtualClock

_EXPIRE_SESSIONS = "expire_sessions"
_EXPIRE_LOCATORS = "expire_locators"
_BULK_LOAD = 10_000
_REPS = (("Ada", "Rep"), ("Ben", "Rep"), ("Cleo", "Rep"))


class Org:
    """One organisation. `lock` is held for the whole of every request, so that requests never interleave."""

    def __init__(self, clock: VirtualClock, settings: Settings | None = None) -> None:
        self.clock = clock
        self.lock = RLock()
        self._start_settings = settings or Settings()
        self._renew()

    def _renew(self) -> None:
        self.org_settings = copy.deepcopy(self._start_settings)
        self.schema = Schema()
        self.schema.switch(EMAIL_MESSAGE, present=self.org_settings.email_messages)
        self.store = Store()
        self.access = Access(self.schema, self.store, self.org_settings)
        self.sessions = Sessions()
        self.grants = Grants()
        self.logins = (0, 0)  # the hour since the epoch, and how many logins it saw
        self.late = LateCommits()
        self.outbound = Outbound()
        self.locators = Locators()
        self.bin = RecycleBin()
        self.archive = Archive()
        self.rules = Rules()
        self.described = DescribeAge()
        self.deployments = Deployments()
        self.bulk = Jobs()
        self.classic = ClassicJobs()
        self.calls = 0
        self.integration_user_id = self._seed()

    def _seed(self) -> str:
        """The organisation's own record and its users: the integration user (returned) and three reps."""
        self.load({"User": [_user("Integration", "User"), *(_user(*name) for name in _REPS)]})
        self._rename_organisation()
        return next(iter(self.store.tables["User"].rows))

    def _rename_organisation(self) -> None:
        """Make the organisation's own record say what the settings say."""
        old = next(iter(self.store.tables["Organization"].rows.values()), {"Name": "Emulated Organisation"})
        if "Id" in old:
            self.store.remove("Organization", old["Id"])
        renamed = {**old, "Id": self.org_settings.org_id, "IsSandbox": self.org_settings.is_sandbox}
        self.load({"Organization": [renamed]})

    def audit_fields(self, now: str) -> dict[str, str]:
        """The stamps and authors of a record the organisation makes by itself."""
        user = self.integration_user_id
        return {
            "CreatedDate": now,
            "CreatedById": user,
            "LastModifiedDate": now,
            "LastModifiedById": user,
            "SystemModstamp": now,
        }

    @property
    def used_calls(self) -> int:
        """API calls of the day: ours since the reset and what the settings say others used."""
        return self.calls + self.org_settings.api_used

    def advance_jobs(self) -> None:
        """Let the bulk jobs do what is due by now."""
        self.bulk.advance(self.org_settings.bulk, self.clock.now())

    def reset(self) -> None:
        """Start over with the settings of the start."""
        with self.lock:
            self._renew()

    def load(self, records: Mapping[str, list[Record]]) -> dict[str, int]:
        """Take native records as they are; an Id that exists is overwritten field by field.

        Missing ids are minted, missing stamps are now. What Salesforce derives is derived, but nothing is
        checked apart from the names: ValueError for an unknown object or field.
        """
        with self.lock:
            now = to_wire(self.clock.now())
            loaded: dict[str, int] = {}
            for name in load_order(self.schema, records):
                item = self.schema.objects[name]
                if name == "CampaignMember":
                    complete_campaigns(self, now)
                loader = Loader(self, item, now)
                rows = [loader.complete(record) for record in records[name]]
                self.store.tables[name].put_many(rows)
                self._bin_loaded(name, rows)
                if name == record_types.TABLE:
                    record_types.show_fields(self.schema, self.store)
                loaded[name] = len(records[name])
            self.archive.run_again()
            if sum(loaded.values()) >= _BULK_LOAD:
                # Walking all records at every full collection would cost more than the requests.
                gc.collect()
                gc.freeze()
            return loaded

    def _bin_loaded(self, object_name: str, rows: list[Record]) -> None:
        """Records that come deleted lie in the recycle bin from now on, whatever their stamps say."""
        for row in rows:
            if row.get("IsDeleted"):
                self.bin.add(self.clock.now(), (object_name, row["Id"]), row["Id"])

    def settle(self) -> None:
        """Let happen what was due since the last request: commits, jobs, automations, the end of the bin, archiving."""
        self.late.settle(self)
        self.advance_jobs()
        self.rules.settle(self)
        self.bin.settle(self)
        self.archive.settle(self)

    def touch(self, object_name: str, record: Record, values: Mapping[str, Any], at: datetime) -> None:
        """Change a record as an automation does: no rules, its stamps and what is derived from it move."""
        stamp = to_wire(at)
        changed = {**record, **values, "LastModifiedDate": stamp, "SystemModstamp": stamp}
        touched = {name: value for name, value in changed.items() if value is not None}
        derive(self.store, object_name, touched, record)
        self.store.put(object_name, touched)

    def state(self, object_name: str) -> list[Record]:
        """All records of an object with every field that has a value, IsDeleted always among them."""
        item = self.schema.find(object_name)
        if item is None:
            raise KeyError(f"no object {object_name}")
        with self.lock:
            self.settle()
            rows = self.store.tables[item.name].rows.values()
            return [{"IsDeleted": False, **row} for row in rows]

    def settings(self) -> dict[str, Any]:
        """The settings in force."""
        return self.org_settings.as_dict()

    def change_settings(self, changes: Mapping[str, Any]) -> None:
        """Change settings; `expire_sessions` and `expire_locators` act once and are not kept."""
        with self.lock:
            kept = {k: v for k, v in changes.items() if k not in (_EXPIRE_SESSIONS, _EXPIRE_LOCATORS)}
            self.org_settings.change(kept)
            self._rename_organisation()
            self.schema.switch(EMAIL_MESSAGE, present=self.org_settings.email_messages)
            if changes.get(_EXPIRE_SESSIONS):
                self.sessions.expire_all()
            if changes.get(_EXPIRE_LOCATORS):
                self.locators.expire_all()


def _user(first: str, last: str) -> Record:
    login = f"{first}.{last}@emulated.example".lower()
    return {
        "FirstName": first,
        "LastName": last,
        "Username": login,
        "Email": login,
        "Alias": first[:8].lower(),
        "CommunityNickname": first,
        "IsActive": True,
        "UserPermissionsMarketingUser": True,
    }
