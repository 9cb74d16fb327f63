"""Properties of calls, meetings, emails, notes and tasks: the documented ones of the activity guides."""

_COMMON = """
hs_activity_type | Activity type | select | {group} | X |
hs_all_owner_ids | All owner IDs | select | {group} | RX |
hs_attachment_ids | Attached file IDs | text | {group} | |
hs_created_by_user_id | Created by user ID | number | {group} | R |
hs_createdate | Create date | datetime | {group} | R |
hs_lastmodifieddate | Last modified date | datetime | {group} | R |
hs_merged_object_ids | Merged record IDs | checks | {group} | R |
hs_object_id | Record ID | number | {group} | R |
hs_object_source | Record creation source | text | {group} | RH |
hs_object_source_id | Record creation source ID | text | {group} | RH |
hs_object_source_label | Record source | select | {group} | RX |
hs_timestamp | Activity date | datetime | {group} | |
hs_was_imported | Performed in an import | bool | {group} | RH |
hubspot_owner_assigneddate | Owner assigned date | datetime | {group} | R |
hubspot_owner_id | Activity assigned to | select | {group} | X |
hubspot_team_id | HubSpot Team | select | {group} | RX |
"""

_CALLS = """
hs_call_body | Call notes | html | call | |
hs_call_callee_object_id | Callee object ID | number | call | |
hs_call_direction | Call direction | select | call | | INBOUND:Inbound,OUTBOUND:Outbound
hs_call_disposition | Call outcome | select | call | | call_disposition
hs_call_duration | Call duration | number | call | |
hs_call_from_number | From number | text | call | |
hs_call_recording_url | Recording URL | text | call | |
hs_call_source | Call source | select | call | X |
hs_call_status | Call status | select | call | | call_status
hs_call_title | Call title | text | call | |
hs_call_to_number | To number | text | call | |
"""
_MEETINGS = """
hs_internal_meeting_notes | Internal meeting notes | html | meeting | |
hs_meeting_body | Meeting description | html | meeting | |
hs_meeting_end_time | Meeting end time | datetime | meeting | |
hs_meeting_external_url | External URL | text | meeting | |
hs_meeting_location | Meeting location | text | meeting | |
hs_meeting_outcome | Meeting outcome | select | meeting | | SCHEDULED,COMPLETED,RESCHEDULED,NO_SHOW,CANCELED
hs_meeting_source | Meeting source | text | meeting | |
hs_meeting_start_time | Meeting start time | datetime | meeting | |
hs_meeting_title | Meeting name | text | meeting | |
"""
_EMAILS = """
hs_email_bcc_email | Bcc address | text | email | R |
hs_email_cc_email | Cc address | text | email | R |
hs_email_click_count | Number of email clicks | number | email | R |
hs_email_direction | Email direction | select | email | | EMAIL,INCOMING_EMAIL,FORWARDED_EMAIL
hs_email_from_email | From address | text | email | R |
hs_email_headers | Email headers | area | email | |
hs_email_html | Email HTML body | html | email | |
hs_email_open_count | Number of email opens | number | email | R |
hs_email_reply_count | Number of email replies | number | email | R |
hs_email_sender_email | Email sender address | text | email | R |
hs_email_status | Email send status | select | email | | BOUNCED,FAILED,SCHEDULED,SENDING,SENT
hs_email_subject | Email subject | text | email | |
hs_email_text | Email body | area | email | |
hs_email_thread_id | Email thread ID | text | email | R |
hs_email_to_email | To address | text | email | R |
"""
_NOTES = """
hs_body_preview | Body preview | text | note | R |
hs_note_body | Note body | html | note | |
"""
_TASKS = """
hs_task_body | Task notes | html | task | |
hs_task_completion_date | Completed at | datetime | task | R |
hs_task_is_completed | Is completed | number | task | R |
hs_task_priority | Priority | select | task | | NONE,LOW,MEDIUM,HIGH
hs_task_reminders | Reminders | text | task | |
hs_task_status | Task status | select | task | | NOT_STARTED,IN_PROGRESS,WAITING,COMPLETED,DEFERRED
hs_task_subject | Task title | text | task | |
hs_task_type | Task type | select | task | | EMAIL,CALL,TODO
"""

_OWN = {"calls": _CALLS, "meetings": _MEETINGS, "emails": _EMAILS, "notes": _NOTES, "tasks": _TASKS}
PROPERTIES = {name: own + _COMMON.format(group=name.removesuffix("s")) for name, own in _OWN.items()}
GROUPS = {name: {name.removesuffix("s"): f"{name[:-1].capitalize()} information"} for name in _OWN}
