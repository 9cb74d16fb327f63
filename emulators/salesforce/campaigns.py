"""The member statuses that every campaign has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulators.salesforce.org import Org

_STATUS_LIST = (("Sent", True, False), ("Responded", False, True))


def add_default_statuses(org: Org, campaign_id: str, now: str) -> None:
    """The two statuses a new campaign starts with (documentation of CampaignMemberStatus)."""
    item = org.schema.objects["CampaignMemberStatus"]
    for position, (label, is_default, responded) in enumerate(_STATUS_LIST, start=1):
        record = {
            "Id": org.store.mint(item.prefix),
            "CampaignId": campaign_id,
            "Label": label,
            "SortOrder": position,
            "IsDefault": is_default,
            "HasResponded": responded,
            **org.audit_fields(now),
        }
        org.store.put(item.name, record)


def complete_campaigns(org: Org, now: str) -> None:
    """Give campaigns that were loaded without statuses the two that a new campaign has."""
    known = {row["CampaignId"] for row in org.store.tables["CampaignMemberStatus"].rows.values()}
    for campaign_id in list(org.store.tables["Campaign"].rows):
        if campaign_id not in known:
            add_default_statuses(org, campaign_id, now)
