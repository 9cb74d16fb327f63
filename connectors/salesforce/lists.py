"""Target lists as Campaigns with accounts as members, where the org allows it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from simple_salesforce.format import format_soql

from connectors.salesforce.batches import RowResult, send_rows
from connectors.salesforce.client import Call, Client
from connectors.salesforce.errors import HIDDEN, Refusal
from connectors.salesforce.ids import canonical_id, is_id
from connectors.salesforce.schema import Schema
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.write import outcome
from core.changes import InventoryItem, TargetList, WriteResult
from core.errors import ConfigError, ListLost, TransientError
from core.records import Kind, RecordRef

NAME_LENGTH = 80
_SETTLE_SECONDS = 2.0
"""CreatedDate has whole seconds: of two campaigns of one second, both installs see both by then."""
MARK_HIDDEN = (
    "the run-as user cannot read and edit Campaign.Description, by which install knows its campaigns again"
)
_ALREADY_THERE = ("DUPLICATE_VALUE",)
_ALREADY_GONE = ("ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND")


def available(schema: Schema, settings: SalesforceSettings) -> bool:
    """Whether this user may make campaigns and put accounts on them."""
    if settings.lists_as_campaigns == "off" or not schema.of("Campaign").createable:
        return False
    member = schema.of("CampaignMember")
    return member.createable and member.has("AccountId") and member.fields["AccountId"].createable


def is_mark_hidden(schema: Schema) -> bool:
    """Whether the text by which install knows its campaigns again cannot be written and read."""
    field = schema.of("Campaign").fields.get("Description")
    return field is None or not field.createable


def members(client: Client, list_id: str) -> Iterator[str]:
    """The accounts on a campaign. Raises ListLost where it is gone, or accounts on campaigns are hidden from us."""
    call = client.call("read members")
    soql = "SELECT AccountId FROM CampaignMember WHERE CampaignId = {} AND AccountId != null"
    try:
        rows = call.query_rows(format_soql(soql, list_id))
        is_there = rows or _exists(call, list_id)
    except Refusal as refusal:
        if refusal.code not in HIDDEN:
            raise
        raise ListLost(
            f"the run-as user cannot read Campaign or CampaignMember.AccountId ({refusal.code}). See that Accounts as "
            'Campaign Members is on in Setup and grant both, or set lists_as_campaigns = "off".'
        ) from refusal
    if not is_there:
        raise ListLost(f"The campaign {list_id} is gone: run `shortlist install` to make the list anew.")
    yield from (canonical_id(row["AccountId"]) for row in rows)


def change_members(
    client: Client, list_id: str, add: Sequence[str], remove: Sequence[str]
) -> list[WriteResult]:
    """Put accounts on a campaign and take accounts off it; results for `add`, then for `remove`."""
    return _add(client, list_id, add) + _remove(client, list_id, remove)


class Found(NamedTuple):
    """The campaign of a list: as the inventory names it, and what people call it now."""

    item: InventoryItem
    name: str


def find(client: Client, wanted: Sequence[TargetList], known: Iterable[InventoryItem] = ()) -> list[Found]:
    """The campaigns that are there for these lists: the known ones by their id, others by name and mark.

    Of several with a list's name and mark it is the oldest one, for whoever asks.
    """
    if not wanted:
        return []
    ours = {one.details.get("key"): one for one in known if one.type == "list" and is_id(one.remote_id or "")}
    by_name = "SELECT Id, Name, Description FROM Campaign WHERE Name IN {} ORDER BY CreatedDate, Id"
    by_either = (
        "SELECT Id, Name, Description FROM Campaign WHERE Name IN {} OR Id IN {} ORDER BY CreatedDate, Id"
    )
    names, ids = [campaign_name(one) for one in wanted], [one.remote_id for one in ours.values()]
    soql = format_soql(by_either, names, ids) if ids else format_soql(by_name, names)
    rows = client.call("provision").query_rows(soql)
    return [found for one in wanted if (found := _among(rows, one, ours.get(one.key)))]


def _among(
    rows: Sequence[Mapping[str, Any]], wanted: TargetList, known: InventoryItem | None
) -> Found | None:
    """The campaign of one list."""
    for row in rows:
        if known and canonical_id(row["Id"]) == canonical_id(known.remote_id or ""):
            return Found(known, row["Name"])
    for row in rows:
        # Another team's campaign may carry the name; only the key in the description makes it ours.
        if row["Name"] == campaign_name(wanted) and _mark(wanted) in (row["Description"] or ""):
            return Found(item(wanted, row["Id"]), row["Name"])
    return None


def create(client: Client, wanted: Sequence[TargetList]) -> list[TargetList]:
    """Make the campaigns of these lists; gives those that stay.

    Another install may make the same ones meanwhile. So each looks again, later than Salesforce's clock needs to
    tell their ages apart, and withdraws its own where it is not the oldest.
    """
    made = [(one, _create(client, one)) for one in wanted]
    if not made:
        return []
    client.wire.timing.sleep(_SETTLE_SECONDS)
    first = {one.item.details["key"]: one.item.remote_id for one in find(client, wanted)}
    return [one for one, own in made if first.get(one.key, own) == own or not _withdraw(client, own)]


def _withdraw(client: Client, campaign_id: str) -> bool:
    """Delete a campaign of ours, unless somebody uses it already."""
    soql = format_soql("SELECT Id FROM CampaignMember WHERE CampaignId = {} LIMIT 1", campaign_id)
    if client.call("provision").query_rows(soql):
        return False
    delete(client, campaign_id)
    return True


def _create(client: Client, wanted: TargetList) -> str:
    body = {"Name": campaign_name(wanted), "Description": _description(wanted), "IsActive": True}
    try:
        made = client.call("provision", repeatable=False).rest_object(
            ["id"], "sobjects/Campaign", "POST", json=body
        )
    except Refusal as refusal:
        raise ConfigError(
            f"The campaign {campaign_name(wanted)!r} cannot be made: {refusal.reason} Change this, "
            'or set lists_as_campaigns = "off".'
        ) from refusal
    except TransientError:
        # Only the answer may be lost: a second campaign is made by nobody who has not looked.
        found = find(client, [wanted])
        if not found:
            raise
        return canonical_id(found[0].item.remote_id or "")
    return canonical_id(made["id"])


def delete(client: Client, list_id: str) -> bool:
    """Delete a campaign with its members; False where it was gone."""
    try:
        client.call("provision").rest(f"sobjects/Campaign/{canonical_id(list_id)}", "DELETE")
    except Refusal as refusal:
        if refusal.code in (*_ALREADY_GONE, "MALFORMED_ID"):
            return False
        raise
    return True


def exists(client: Client, list_id: str) -> bool:
    """Whether a campaign is there; raises Refusal where campaigns are hidden from us."""
    return _exists(client.call("provision"), list_id)


def item(wanted: TargetList, campaign_id: str | None) -> InventoryItem:
    """The inventory's line of a list."""
    remote_id = canonical_id(campaign_id) if campaign_id else None
    return InventoryItem("list", campaign_name(wanted), remote_id, {"key": wanted.key})


def campaign_name(wanted: TargetList) -> str:
    """What people see, within the length of Campaign.Name."""
    return f"ABM: {wanted.name}"[:NAME_LENGTH].rstrip()


def _description(wanted: TargetList) -> str:
    return f"Kept by Shortlist, which adds and removes accounts by itself. {_mark(wanted)}"


def _mark(wanted: TargetList) -> str:
    return f"[shortlist list: {wanted.key}]"


def _exists(call: Call, list_id: str) -> bool:
    try:
        return bool(call.query_rows(format_soql("SELECT Id FROM Campaign WHERE Id = {}", list_id)))
    except Refusal as refusal:
        if refusal.code == "INVALID_QUERY_FILTER_OPERATOR":  # the id is not one of a record
            return False
        raise


def _add(client: Client, list_id: str, accounts: Sequence[str]) -> list[WriteResult]:
    results = send_rows(
        client,
        "change members",
        [
            {"attributes": {"type": "CampaignMember"}, "CampaignId": list_id, "AccountId": account}
            for account in accounts
        ],
        lambda call, rows: call.rest(
            "composite/sobjects", "POST", json={"allOrNone": False, "records": list(rows)}
        ),
    )
    return [
        outcome(_account(one), result, _ALREADY_THERE) for one, result in zip(accounts, results, strict=True)
    ]


def _remove(client: Client, list_id: str, accounts: Sequence[str]) -> list[WriteResult]:
    if not accounts:
        return []
    rows = client.call("change members").query_rows(
        format_soql(
            "SELECT Id, AccountId FROM CampaignMember WHERE CampaignId = {} AND AccountId IN {}",
            list_id,
            [canonical_id(one) for one in accounts],
        )
    )
    results = send_rows(client, "change members", [row["Id"] for row in rows], _delete_rows)
    by_account = {canonical_id(row["AccountId"]): result for row, result in zip(rows, results, strict=True)}
    # An account that is no member is where it should be.
    return [
        outcome(_account(one), by_account.get(canonical_id(one), RowResult()), _ALREADY_GONE)
        for one in accounts
    ]


def _delete_rows(call: Call, ids: Sequence[str]) -> Any:
    params = {"ids": ",".join(ids), "allOrNone": "false"}
    return call.rest("composite/sobjects", "DELETE", params=params)


def _account(remote_id: str) -> RecordRef:
    return RecordRef(Kind.ACCOUNT, remote_id)
