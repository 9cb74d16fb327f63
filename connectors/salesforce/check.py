"""What `shortlist check` finds out about an org. Everything here only reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.salesforce import lists
from connectors.salesforce.client import Client
from connectors.salesforce.errors import Refusal
from connectors.salesforce.ids import canonical_id
from connectors.salesforce.inventory import Inventory
from connectors.salesforce.metadata import full_name
from connectors.salesforce.objects import DESCRIBED, SOURCES, columns, formulas, unreadable
from connectors.salesforce.quota import Quota, ask_quota
from connectors.salesforce.schema import OBJECTS, Schema
from connectors.salesforce.settings import SalesforceSettings
from core.changes import CheckReport, Finding
from core.errors import AuthError, ConfigError
from core.managed_fields import MANAGED_FIELDS

_LOW_SHARE = 0.1


@dataclass(frozen=True)
class Checker:
    """Asks the org what a sync will need."""

    client: Client
    schema: Schema
    settings: SalesforceSettings
    inventory: Inventory

    def report(self) -> CheckReport:
        """Everything at once. Raises AuthError or TransientError where it cannot even ask."""
        told = ask_quota(self.client.call("check"))
        organization = self._organization()
        self.schema.forget(DESCRIBED)
        findings = [
            Finding("ok", "log-in", f"{self.client.wire.host} as user {self.client.wire.identity().user_id}"),
            *_headroom(self.client.wire.quota, told=told),
            *self._objects(),
            *self._formulas(),
            *self._managed(),
            self._lists(),
        ]
        return CheckReport(
            org_id=canonical_id(organization["Id"]),
            org_name=organization["Name"],
            api_version=self.client.version,
            calls_left=self.client.wire.quota.left,
            findings=findings,
        )

    def _organization(self) -> dict[str, Any]:
        try:
            return self.client.call("check").query_rows("SELECT Id, Name FROM Organization")[0]
        except (Refusal, IndexError):
            # Not readable for every user; the log-in has told the id.
            return {"Id": self.client.wire.identity().org_id, "Name": self.client.wire.host}

    def _objects(self) -> Iterator[Finding]:
        for source in SOURCES:
            name = source.stream.name
            info = self.schema.of(name)
            if source.is_absent(info):
                yield Finding("ok", name, "not in this org, or hidden from the run-as user; it is not read")
                continue
            try:
                selected = columns(source, info, self.settings)
            except AuthError as error:
                yield Finding("problem", name, str(error), "See the message.")
                continue
            except ConfigError as error:
                for line in str(error).splitlines():
                    yield Finding("problem", name, line, "Correct this key of the connection's section.")
                continue
            if absent := unreadable(source, info, self.settings):
                advice = "Grant read access where these fields matter to you."
                yield Finding("warning", name, f"not readable: {', '.join(absent)}", advice)
            else:
                yield Finding("ok", name, f"{len(selected)} fields are readable")

    def _formulas(self) -> Iterator[Finding]:
        days = self.settings.reread_formulas_days
        for source in SOURCES:
            table = source.stream.name
            for key, name in formulas(source, self.schema.of(table), self.settings).items():
                yield Finding(
                    "warning",
                    key,
                    f"{table}.{name} is a formula or a roll-up: it can change without the record being marked as "
                    f"changed, so all of {table} is read again every {days:g} days",
                    "Use the field behind it where there is one, or set reread_formulas_days.",
                )

    def _managed(self) -> Iterator[Finding]:
        try:
            hidden = [full_name(field) for field in MANAGED_FIELDS if not self.inventory.usable(field)]
        except ConfigError as error:
            yield Finding("problem", "fields", str(error), "See the message.")
            return
        if not hidden:
            yield Finding("ok", "fields", "all ABM fields are installed")
        elif len(hidden) == len(MANAGED_FIELDS):
            yield Finding("warning", "fields", "the ABM fields are not installed", "Run `shortlist install`.")
        else:
            message = f"missing or not editable: {', '.join(hidden)}"
            yield Finding("warning", "fields", message, "Run `shortlist install`.")
        for name, options in self.inventory.lacking(MANAGED_FIELDS).items():
            message = f"{name} lacks the options {', '.join(options)}"
            yield Finding("warning", "fields", message, "Run `shortlist install`, which adds them.")
        for table in OBJECTS.values():
            if table != "Opportunity" and not self._editable(table):
                advice = "Grant edit on the object in a permission set."
                yield Finding("problem", table, "the run-as user cannot edit it", advice)

    def _editable(self, table: str) -> bool:
        return any(field.updateable for field in self.schema.of(table).fields.values())

    def _lists(self) -> Finding:
        if self.settings.lists_as_campaigns == "off":
            return Finding("ok", "lists", "off; the field ABM Lists says which lists an account is on")
        if lists.available(self.schema, self.settings):
            if lists.is_mark_hidden(self.schema):
                advice = 'Grant both, or set lists_as_campaigns = "off".'
                return Finding("problem", "lists", lists.MARK_HIDDEN, advice)
            return Finding("ok", "lists", "campaigns with account members")
        return Finding(
            "warning",
            "lists",
            "campaigns cannot hold accounts here; only the field ABM Lists says which lists an account is on",
            "Turn on Accounts as Campaign Members in Setup and give the run-as user Marketing User, or set "
            'lists_as_campaigns = "off".',
        )


def _headroom(quota: Quota, *, told: bool) -> Iterator[Finding]:
    """What is left of the day's calls, and whether only the answers to other calls tell."""
    if not told:
        yield Finding(
            "ok",
            "API calls",
            "the run-as user may not ask /limits; what the answers to other calls say of them is used",
            "View Setup and Configuration would let it ask, and make a large first load a turn shorter.",
        )
    if quota.left is None:
        yield Finding("warning", "API calls", "Salesforce does not tell how many are left today")
        return
    message = f"{quota.left} of {quota.maximum} API calls are left today"
    message += f"; {quota.reserve_percent:g} % stay for other tools"
    if quota.left < quota.maximum * (_LOW_SHARE + quota.reserve_percent / 100):
        yield Finding("warning", "API calls", message, "Sync later, or buy more API calls.")
    else:
        yield Finding("ok", "API calls", message)
