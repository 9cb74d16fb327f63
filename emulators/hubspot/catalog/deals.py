"""Deal properties. Names and types are documented; labels of the rarer ones are from memory."""

GROUPS = {
    "dealinformation": "Deal information",
    "deal_activity": "Deal activity",
    "deal_revenue": "Deal revenue",
}

PROPERTIES = """
amount | Amount | number | dealinformation | F |
amount_in_home_currency | Amount in company currency | number | dealinformation | R |
closed_lost_reason | Closed Lost Reason | area | dealinformation | |
closed_won_reason | Closed Won Reason | area | dealinformation | |
closedate | Close Date | datetime | dealinformation | F |
createdate | Create Date | datetime | dealinformation | |
days_to_close | Days to close | number | dealinformation | R |
deal_currency_code | Currency | select | dealinformation | | USD,EUR,GBP
dealname | Deal Name | text | dealinformation | F |
dealstage | Deal Stage | radio | dealinformation | FX |
dealtype | Deal Type | radio | dealinformation | | newbusiness:New Business,existingbusiness:Existing Business
description | Deal Description | area | dealinformation | |
engagements_last_meeting_booked | Last meeting booked in meetings tool | datetime | deal_activity | R |
hs_acv | Annual contract value | number | deal_revenue | |
hs_all_owner_ids | All owner IDs | select | dealinformation | RX |
hs_analytics_source | Original Traffic Source | select | dealinformation | | source
hs_arr | Annual recurring revenue | number | deal_revenue | |
hs_closed_amount | Closed Deal Amount | number | dealinformation | R |
hs_created_by_user_id | Created by user ID | number | dealinformation | R |
hs_createdate | HubSpot Create Date | datetime | dealinformation | R |
hs_deal_stage_probability | Deal probability | number | dealinformation | |
hs_forecast_amount | Forecast amount | number | dealinformation | |
hs_is_closed | Is Deal Closed? | bool | dealinformation | R |
hs_is_closed_lost | Is closed lost | bool | dealinformation | R |
hs_is_closed_won | Is Closed Won | bool | dealinformation | R |
hs_lastmodifieddate | Last Modified Date | datetime | dealinformation | R |
hs_merged_object_ids | Merged Deal IDs | checks | dealinformation | R |
hs_mrr | Monthly recurring revenue | number | deal_revenue | |
hs_next_step | Next step | area | dealinformation | |
hs_num_of_associated_line_items | Number of associated line items | number | dealinformation | R |
hs_object_id | Record ID | number | dealinformation | R |
hs_object_source | Record creation source | text | dealinformation | RH |
hs_object_source_id | Record creation source ID | text | dealinformation | RH |
hs_object_source_label | Record source | select | dealinformation | RX |
hs_priority | Priority | select | dealinformation | | low,medium,high
hs_projected_amount | Weighted amount | number | dealinformation | R |
hs_tcv | Total contract value | number | deal_revenue | |
hubspot_owner_assigneddate | Owner assigned date | datetime | dealinformation | R |
hubspot_owner_id | Deal owner | select | dealinformation | X |
hubspot_team_id | HubSpot Team | select | dealinformation | RX |
notes_last_contacted | Last Contacted | datetime | deal_activity | R |
notes_last_updated | Last Activity Date | datetime | deal_activity | R |
notes_next_activity_date | Next Activity Date | datetime | deal_activity | R |
num_associated_contacts | Number of Associated Contacts | number | dealinformation | R |
num_contacted_notes | Number of times contacted | number | deal_activity | R |
num_notes | Number of Sales Activities | number | deal_activity | R |
pipeline | Pipeline | select | dealinformation | FX |
"""
