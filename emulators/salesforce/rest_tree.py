"""Trees: up to 200 new records with their children in one request, all of them or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from emulators.salesforce import records
from emulators.salesforce.call import Call, Reply, Route
from emulators.salesforce.errors import SalesforceError, json_parser_error
from emulators.salesforce.fields import ObjectType

MAX_RECORDS = 200
MAX_DEPTH = 5
MAX_TYPES = 5
# The standard names of children by their parent: the object and the field that points to the parent.
_CHILDREN: dict[str, dict[str, tuple[str, str]]] = {
    "Account": {
        "ChildAccounts": ("Account", "ParentId"),
        "Contacts": ("Contact", "AccountId"),
        "Opportunities": ("Opportunity", "AccountId"),
        "Tasks": ("Task", "WhatId"),
        "Events": ("Event", "WhatId"),
    },
    "Contact": {
        "CampaignMembers": ("CampaignMember", "ContactId"),
        "OpportunityContactRoles": ("OpportunityContactRole", "ContactId"),
        "Tasks": ("Task", "WhoId"),
        "Events": ("Event", "WhoId"),
    },
    "Lead": {
        "CampaignMembers": ("CampaignMember", "LeadId"),
        "Tasks": ("Task", "WhoId"),
        "Events": ("Event", "WhoId"),
    },
    "Opportunity": {
        "OpportunityContactRoles": ("OpportunityContactRole", "OpportunityId"),
        "Tasks": ("Task", "WhatId"),
        "Events": ("Event", "WhatId"),
    },
    "Campaign": {
        "CampaignMembers": ("CampaignMember", "CampaignId"),
        "ChildCampaigns": ("Campaign", "ParentId"),
    },
}


@dataclass(frozen=True)
class Node:
    """One record of a tree: its own values, and what it hangs on (None at the top)."""

    name: str
    item: ObjectType
    values: dict[str, Any]
    parent: Node | None = None
    parent_field: str = ""
    depth: int = 1


class _NodeError(Exception):
    """A record of the tree was refused."""

    def __init__(self, node: Node, problem: SalesforceError) -> None:
        super().__init__(problem.message)
        self.node = node
        self.problem = problem


def create_tree(call: Call, name: str) -> Reply:
    """POST /composite/tree/X: 201 and the ids, or 400 and what is wrong with the first bad record."""
    nodes = list(_nodes(call, call.object(name), call.values().get("records"), None, ""))
    twice = _duplicates(nodes)
    if twice:
        problem = SalesforceError(
            "INVALID_INPUT", "Duplicate ReferenceId provided in the request.", fields=[]
        )
        return _refused([(node, problem) for node in twice])
    _check_size(nodes)
    ids: dict[str, str] = {}
    try:
        with call.org.store.transaction():
            for node in nodes:
                ids[node.name] = _create(call, node, ids)
    except _NodeError as failed:
        return _refused([(failed.node, failed.problem)])
    results = [{"referenceId": node.name, "id": ids[node.name]} for node in nodes]
    return Reply({"hasErrors": False, "results": results}, HTTPStatus.CREATED)


def _create(call: Call, node: Node, ids: dict[str, str]) -> str:
    up = {node.parent_field: ids[node.parent.name]} if node.parent is not None else {}
    try:
        return records.create(call.org, call.user_id, node.item, {**node.values, **up})
    except SalesforceError as problem:
        raise _NodeError(node, problem) from problem


def _nodes(
    call: Call, item: ObjectType, given: Any, parent: Node | None, parent_field: str
) -> Iterator[Node]:
    """The records of a tree, each before its children."""
    if not isinstance(given, list) or not given:
        raise json_parser_error("The request needs a list named records")
    for record in given:
        attributes = record.get("attributes") if isinstance(record, dict) else None
        if not isinstance(attributes, dict) or not attributes.get("referenceId"):
            raise json_parser_error("Every record needs attributes with a type and a referenceId")
        if str(attributes.get("type", "")).lower() != item.name.lower():
            raise json_parser_error(
                f"A record of the type {attributes.get('type')} where {item.name} belongs"
            )
        children = {key: value for key, value in record.items() if isinstance(value, dict)}
        values = {key: value for key, value in record.items() if key not in children}
        depth = parent.depth + 1 if parent else 1
        node = Node(attributes["referenceId"], item, values, parent, parent_field, depth)
        yield node
        for key, value in children.items():
            if key != "attributes":
                child_name, field_name = _child(item, key)
                child = call.org.schema.objects[child_name]
                yield from _nodes(call, child, value.get("records"), node, field_name)


def _child(item: ObjectType, key: str) -> tuple[str, str]:
    found = _CHILDREN.get(item.name, {}).get(key)
    if found is None:
        # Assumption: code and text are not recorded.
        raise SalesforceError("INVALID_FIELD", f"No such relation '{key}' on sobject of type {item.name}")
    return found


def _duplicates(nodes: list[Node]) -> list[Node]:
    names = [node.name for node in nodes]
    return [node for node in nodes if names.count(node.name) > 1]


def _check_size(nodes: list[Node]) -> None:
    # Assumption: the limits are documented, code and text are not recorded.
    if len(nodes) > MAX_RECORDS:
        raise SalesforceError("LIMIT_EXCEEDED", f"a tree holds at most {MAX_RECORDS} records")
    if max(node.depth for node in nodes) > MAX_DEPTH:
        raise SalesforceError("LIMIT_EXCEEDED", f"a tree is at most {MAX_DEPTH} levels deep")
    if len({node.item.name for node in nodes}) > MAX_TYPES:
        raise SalesforceError("LIMIT_EXCEEDED", f"a tree holds at most {MAX_TYPES} types")


def _refused(refusals: list[tuple[Node, SalesforceError]]) -> Reply:
    results = [{"referenceId": node.name, "errors": problem.row()["errors"]} for node, problem in refusals]
    return Reply({"hasErrors": True, "results": results}, HTTPStatus.BAD_REQUEST)


ROUTES: list[Route] = [("POST", "/composite/tree/{name}", create_tree)]
