"""The lists of children that objects have: the name of the list, and whether a delete takes it along.

Names and flags are those of recorded describes; the ones of campaigns and permission sets are documented.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChildList:
    """`child.field` points to the parent; `cascades` says whether children are deleted with it."""

    child: str
    field: str
    name: str
    cascades: bool


_LISTS = (
    ChildList("Account", "ParentId", "ChildAccounts", cascades=False),
    ChildList("Contact", "AccountId", "Contacts", cascades=True),
    ChildList("Opportunity", "AccountId", "Opportunities", cascades=True),
    ChildList("Opportunity", "ContactId", "Opportunities", cascades=False),
    ChildList("Opportunity", "CampaignId", "Opportunities", cascades=False),
    ChildList("OpportunityContactRole", "OpportunityId", "OpportunityContactRoles", cascades=True),
    ChildList("OpportunityContactRole", "ContactId", "OpportunityContactRoles", cascades=True),
    ChildList("Task", "WhoId", "Tasks", cascades=True),
    ChildList("Task", "WhatId", "Tasks", cascades=True),
    ChildList("Event", "WhoId", "Events", cascades=True),
    ChildList("Event", "WhatId", "Events", cascades=True),
    ChildList("EmailMessage", "RelatedToId", "Emails", cascades=False),
    ChildList("Campaign", "ParentId", "ChildCampaigns", cascades=False),
    ChildList("CampaignMember", "CampaignId", "CampaignMembers", cascades=True),
    ChildList("CampaignMember", "LeadId", "CampaignMembers", cascades=True),
    ChildList("CampaignMember", "ContactId", "CampaignMembers", cascades=True),
    # Assumption: the list of an account's memberships is in no recording.
    ChildList("CampaignMember", "AccountId", "CampaignMembers", cascades=True),
    ChildList("CampaignMemberStatus", "CampaignId", "CampaignMemberStatuses", cascades=True),
    ChildList("FieldPermissions", "ParentId", "FieldPerms", cascades=True),
    ChildList("ObjectPermissions", "ParentId", "ObjectPerms", cascades=True),
    ChildList("PermissionSetAssignment", "PermissionSetId", "Assignments", cascades=True),
    ChildList("PermissionSetAssignment", "AssigneeId", "PermissionSetAssignments", cascades=True),
)
CHILD_LISTS = {(item.child, item.field): item for item in _LISTS}
