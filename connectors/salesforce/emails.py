"""Rows of EmailMessage as activities.

With Enhanced Email, Salesforce keeps each message twice: as EmailMessage, which knows who wrote it, and as a
task, which knows the person. The message counts and takes the person from its task.
"""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.salesforce.activities import people, related, touch
from connectors.salesforce.ids import canonical_id
from connectors.salesforce.settings import EMAIL_DIRECTIONS, ActivityTypes
from core.clock import parse_instant
from core.records import Activity

_DRAFT = "5"


def email_reader(types: ActivityTypes) -> Callable[[Mapping[str, Any]], Activity]:
    """Reads e-mail messages by their direction; drafts count nothing."""
    directions = EMAIL_DIRECTIONS | {str(word): type_ for word, type_ in types.email_directions.items()}

    def read(row: Mapping[str, Any]) -> Activity:
        # Assumption: the task of a message is reachable as Activity; documented is its id, ActivityId.
        task = row.get("Activity") or {}
        task_id = row.get("ActivityId")
        type_ = directions["incoming" if row["Incoming"] else "outgoing"]
        is_draft = row["Status"] == _DRAFT
        found = touch(type_, is_cancelled=is_draft)
        return Activity(
            remote_id=f"EmailMessage:{canonical_id(row['Id'])}",
            modified_at=parse_instant(row["SystemModstamp"]),
            contact_ids=people(task.get("WhoId")),
            type=found.type,
            occurred_at=parse_instant(row.get("MessageDate") or row["CreatedDate"]),
            minutes=None,
            is_cancelled=found.is_cancelled,
            replaces=f"Task:{canonical_id(task_id)}" if task_id and not is_draft else None,
            **related(row.get("RelatedToId"), task.get("AccountId")),
        )

    return read
