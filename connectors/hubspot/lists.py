"""Target lists: MANUAL company lists, read by page and changed by adding and removing, never by setting."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from connectors.hubspot import version
from connectors.hubspot.answers import refusal, says_gone
from connectors.hubspot.client import Client
from connectors.hubspot.listing import Forward
from connectors.transport import Request
from core.changes import Outcome, WriteResult
from core.errors import ConfigError, ContractError, ListLost, TransientError
from core.records import Kind, RecordRef

MEMBER_BATCH = 10_000
"""Ids in one change. Assumption: no largest number is documented, so a tenth of the documented list cap."""
_MOST_MEMBERS = 100_000
"""Documented as the cap of the calls that add or remove all members of a list."""
_PAGE = 250
_COMPANY = "0-2"
_MANUAL = "MANUAL"


class Shown(NamedTuple):
    """A list as HubSpot shows it now."""

    list_id: str
    name: str
    kind: str

    @property
    def is_manual(self) -> bool:
        """Whether we can change its members; what people made another kind of list is theirs."""
        return self.kind == _MANUAL

    def complaint(self) -> str:
        """What it is instead."""
        return f"The HubSpot list “{self.name}” ({self.list_id}) is {self.kind}, not MANUAL."


def crm_name(list_name: str) -> str:
    """What a target list is called in HubSpot."""
    return f"ABM: {list_name}"


def find(client: Client, name: str) -> str | None:
    """The id of the company list with exactly this name, None where there is none.

    Raises ConfigError for one that is not MANUAL: as long as it has the name, ours cannot be made.
    """
    request = Request("provision", "GET", version.list_by_name(_COMPANY, name))
    response = client.call(request)
    # Assumption: a missing name is 400 ("List does not exist with name …") or 404.
    if response.status == HTTPStatus.BAD_REQUEST or says_gone(client.host, request, response):
        return None
    found = _shown(client.read(request, response))
    if not found.is_manual:
        raise ConfigError(
            f"{found.complaint()} It keeps the name of one of ours: rename or delete it in HubSpot, then run install "
            "again, which makes a new one."
        )
    return found.list_id


def create(client: Client, name: str) -> str:
    """Make a MANUAL company list and give its id.

    A lost answer, and a refusal because somebody else has just made it, are settled by looking for the name.
    """
    request = Request(
        "provision",
        "POST",
        version.LISTS,
        json={"name": name, "objectTypeId": _COMPANY, "processingType": _MANUAL},
        repeatable=False,
    )
    try:
        return str(_list_in(client.ask(request))["listId"])
    except (ContractError, TransientError):
        found = find(client, name)
        if found is None:
            raise
        return found


def look_up(client: Client, operation: str, list_id: str) -> Shown | None:
    """A list by its id, None where it is gone."""
    request = Request(operation, "GET", version.list_by_id(list_id))
    response = client.call(request)
    if response.status == HTTPStatus.BAD_REQUEST or says_gone(client.host, request, response):
        return None
    answer = client.read(request, response)
    return None if _list_in(answer).get("deletedAt") else _shown(answer)


def members(client: Client, list_id: str) -> Iterator[str]:
    """Remote ids of the members; raises ListLost where the list is gone or no longer ours to write."""
    _demand(client, list_id)
    forward = Forward(client.host, f"list {list_id}")
    after: str | None = ""
    while after is not None:
        params = {"limit": _PAGE, **({"after": after} if after else {})}
        listed = client.ask_list(Request("read members", "GET", version.memberships(list_id), params=params))
        yield from (str(one["recordId"]) for one in listed.rows)
        after = listed.after
        forward.to(after)


def _demand(client: Client, list_id: str) -> None:
    request = Request("read members", "GET", version.list_by_id(list_id))
    response = client.call(request)
    if says_gone(client.host, request, response) or response.status >= HTTPStatus.BAD_REQUEST:
        raise _gone(list_id, refusal(response).message)
    found = _list_in(client.read(request, response))
    if found.get("deletedAt"):
        raise _gone(list_id, "it was deleted")
    shown = _shown(found)
    if not shown.is_manual:
        raise ListLost(
            f"{shown.complaint()} Shortlist cannot change its members any more, and leaves it to people. For a new "
            "one, rename or delete it in HubSpot and run install."
        )


def change_members(
    client: Client, list_id: str, add: Sequence[str], remove: Sequence[str]
) -> list[WriteResult]:
    """Add and remove members; one result per id, additions first. Unknown records are REJECTED.

    HubSpot ignores what it cannot add or remove, and an answer without any of its lists is a normal one. So
    where an id is not named in the answer, the list itself is asked.
    """
    if not add and not remove:
        return []
    request = Request(
        "change members",
        "PUT",
        version.change_memberships(list_id),
        json={"recordIdsToAdd": list(add), "recordIdsToRemove": list(remove)},
    )
    response = client.call(request)
    if response.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        raise _unchanged(client, list_id, refusal(response).message)
    answer = client.read(request, response)
    missing = _ids(answer, "recordIdsMissing")
    done = _ids(
        answer, "recordsIdsAdded", "recordIdsAdded", "recordIdsRemoved"
    )  # the first is HubSpot's spelling
    doubtful = {*add, *remove} - missing - done
    present = set(members(client, list_id)) if doubtful else set()
    return [
        *(_result(one, missing, is_done=one in done or one in present) for one in add),
        *(_result(one, missing, is_done=one in done or one not in present) for one in remove),
    ]


def _unchanged(client: Client, list_id: str, words: str) -> ContractError:
    """The error for a refused change of a list that is there; raises where it is gone or no longer ours to write."""
    _demand(client, list_id)
    return ContractError(
        f"HubSpot refuses to change the members of list {list_id}: {words} A list holds at most {_MOST_MEMBERS:,} "
        "companies: if it is full, raise the thresholds of its tier in the model."
    )


def _ids(answer: Any, *keys: str) -> set[str]:
    """Keys with nothing in them are left out."""
    return {str(one) for key in keys for one in answer.get(key) or ()}


def _result(remote_id: str, missing: set[str], *, is_done: bool) -> WriteResult:
    ref = RecordRef(Kind.ACCOUNT, remote_id)
    if remote_id in missing:
        return WriteResult(ref, Outcome.REJECTED, "RECORD_MISSING", "HubSpot has no company with this id.")
    if not is_done:
        return WriteResult(ref, Outcome.REJECTED, "NOT_CHANGED", "HubSpot ignored this change of the list.")
    return WriteResult(ref, Outcome.WRITTEN)


def _list_in(answer: Any) -> Any:
    found = answer.get("list", answer)
    if not isinstance(found, dict) or not found.keys() >= {"listId", "name"}:
        raise ContractError(f"HubSpot answered with a list that has no id or name: {found!r:.200}")
    return found


def _shown(answer: Any) -> Shown:
    found = _list_in(answer)
    return Shown(str(found["listId"]), str(found.get("name", "")), str(found.get("processingType", "")))


def _gone(list_id: str, words: str) -> ListLost:
    return ListLost(
        f"The HubSpot list {list_id} is gone or cannot be changed: {words} Run install to make it again."
    )
