"""The owners (users) of a portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.hubspot.errors import not_found
from emulators.hubspot.http import Reply, Request, next_page, ok
from emulators.hubspot.times import is_whole

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_PAGE, _MAX_PAGE = 100, 500


class Owners:
    """Owners by id."""

    def __init__(self) -> None:
        self.by_id: dict[str, dict[str, Any]] = {}

    def load(self, owners: list[dict[str, Any]], now: str) -> None:
        """Take owners; each needs an `id`, everything else has a default."""
        for owner in owners:
            owner_id = str(owner["id"])
            user_id = int(owner.get("userId", owner_id))
            defaults = {
                "email": f"owner{owner_id}@example.com",
                "firstName": "Owner",
                "lastName": owner_id,
                "type": "PERSON",
                "createdAt": now,
                "updatedAt": now,
                "archived": False,
                "userId": user_id,
                "userIdIncludingInactive": user_id,
                "teams": [],
            }
            self.by_id[owner_id] = {**defaults, **owner, "id": owner_id}


def list_owners(portal: Portal, request: Request) -> Reply:
    """GET /crm/v3/owners: by id, filtered by `email` and `archived`."""
    limit = request.limit(default=_PAGE, maximum=_MAX_PAGE)
    email = request.argument("email")
    archived = request.flag("archived")
    after = request.argument("after")
    first = int(after) if is_whole(after) else 0
    matching = [
        owner
        for owner_id, owner in sorted(portal.owners.by_id.items(), key=lambda item: int(item[0]))
        if owner["archived"] == archived and (not email or owner["email"] == email) and int(owner_id) >= first
    ]
    body: dict[str, Any] = {"results": matching[:limit]}
    if len(matching) > limit:
        body["paging"] = next_page(matching[limit]["id"])
    return ok(body)


def get_owner(portal: Portal, request: Request, owner_id: str) -> Reply:
    """GET /crm/v3/owners/{id}; `idProperty=userId` reads by the number of the user."""
    if request.argument("idProperty", "id") == "userId":
        matching = (item for item in portal.owners.by_id.values() if str(item["userId"]) == owner_id)
        found = next(matching, None)
    else:
        found = portal.owners.by_id.get(owner_id)
    if found is None:
        raise not_found()
    return ok(found)
