"""Evidence: activities with their account and person, clustered by account, as scoring reads them.

It is derived. When landing or matching changed something that it rests on, they mark it stale in their own
transaction, and the next refresh builds it anew; a crash in between loses nothing.
"""

from store.database import Database
from store.landing import EVIDENCE_STALE, mark, read_mark

# The activity's own account first: a consultant in two accounts' meetings counts where the meeting was.
_REBUILD = """
INSERT OR IGNORE INTO evidence (account_id, person_key, type, occurred_at, connection_id, remote_id, minutes)
SELECT coalesce(link.account_id, person.account_id) AS account_id, coalesce(person.person_key, ''),
       activity.type, activity.occurred_at, activity.connection_id, activity.remote_id, activity.minutes
FROM crm_activity AS activity
LEFT JOIN json_each(activity.contact_ids) AS contact ON true
LEFT JOIN contact_link AS person
       ON person.connection_id = activity.connection_id AND person.remote_id = contact.value
LEFT JOIN link ON link.connection_id = activity.connection_id AND link.remote_id = activity.account_id
WHERE NOT activity.is_gone AND NOT activity.is_cancelled
  AND coalesce(link.account_id, person.account_id) IS NOT NULL
ORDER BY 1, 2, 3, 4, 5, 6
"""


def refresh_evidence(database: Database) -> bool:
    """Build the evidence anew if it is stale; whether it was."""
    with database.write() as writer:
        if read_mark(writer, EVIDENCE_STALE) is None:
            return False
        writer.exec_driver_sql("DELETE FROM evidence")
        writer.exec_driver_sql(_REBUILD)
        mark(writer, EVIDENCE_STALE, None)
    return True
