"""Contact properties (the ones a connector can care about)."""

GROUPS = {
    "contactinformation": "Contact information",
    "contact_activity": "Contact activity",
    "emailinformation": "Email information",
    "analyticsinformation": "Web analytics history",
    "conversioninformation": "Conversion information",
    "deal_information": "Deal information",
    "sales_properties": "Sales properties",
    "socialmediainformation": "Social media information",
}

PROPERTIES = """
address | Street Address | text | contactinformation | F |
annualrevenue | Annual Revenue | text | contactinformation | F |
associatedcompanyid | Primary Associated Company ID | number | contactinformation | RH |
city | City | text | contactinformation | F |
closedate | Close Date | datetime | deal_information |  |
company | Company Name | text | contactinformation | F |
country | Country/Region | text | contactinformation | F |
createdate | Create Date | datetime | contactinformation | R |
days_to_close | Days To Close | number | deal_information | R |
email | Email | text | contactinformation | UF |
engagements_last_meeting_booked | Last meeting booked in meetings tool | datetime | contact_activity | R |
fax | Fax Number | text | contactinformation | F |
first_conversion_date | First Conversion Date | datetime | contact_activity | R |
first_conversion_event_name | First Conversion | text | contact_activity | R |
firstname | First Name | text | contactinformation | F |
hs_additional_emails | Additional email addresses | select | contactinformation | RH |
hs_all_contact_vids | All vids for a contact | select | contactinformation | RH |
hs_analytics_average_page_views | Average Pageviews | number | analyticsinformation | R |
hs_analytics_first_timestamp | Time First Seen | datetime | analyticsinformation | R |
hs_analytics_last_timestamp | Time Last Seen | datetime | analyticsinformation | R |
hs_analytics_last_url | Last Page Seen | text | analyticsinformation | R |
hs_analytics_last_visit_timestamp | Time of Last Session | datetime | analyticsinformation | R |
hs_analytics_num_event_completions | Number of event completions | number | analyticsinformation | R |
hs_analytics_num_page_views | Number of Pageviews | number | analyticsinformation | R |
hs_analytics_num_visits | Number of Sessions | number | analyticsinformation | R |
hs_analytics_source | Original Source | select | analyticsinformation |  | source
hs_buying_role | Buying Role | checks | deal_information | F | buying_role
hs_calculated_form_submissions | All form submissions for a contact | select | contactinformation | RH |
hs_calculated_merged_vids | Merged vids with timestamps of a contact | select | contactinformation | RH |
hs_createdate | Object create date/time | datetime | contactinformation | RT |
hs_document_last_revisited | Recent Document Revisit Date | datetime | contactinformation | RH |
hs_email_bad_address | Invalid email address | bool | emailinformation | R |
hs_email_bounce | Marketing emails bounced | number | emailinformation | R |
hs_email_click | Marketing emails clicked | number | emailinformation | R |
hs_email_delivered | Marketing emails delivered | number | emailinformation | R |
hs_email_domain | Email Domain | text | contactinformation | R |
hs_email_first_click_date | First marketing email click date | datetime | emailinformation | R |
hs_email_first_open_date | First marketing email open date | datetime | emailinformation | R |
hs_email_last_click_date | Last marketing email click date | datetime | emailinformation | R |
hs_email_last_email_name | Last marketing email name | text | emailinformation | R |
hs_email_last_open_date | Last marketing email open date | datetime | emailinformation | R |
hs_email_last_reply_date | Last marketing email reply date | datetime | emailinformation | R |
hs_email_last_send_date | Last marketing email send date | datetime | emailinformation | R |
hs_email_open | Marketing emails opened | number | emailinformation | R |
hs_email_optout | Unsubscribed from all email | bool | emailinformation | R |
hs_email_replied | Marketing emails replied | number | emailinformation | R |
hs_is_contact | Is a contact | bool_read_time | contactinformation | RH |
hs_is_unworked | Contact unworked | bool_equation | sales_properties | R |
hs_language | Preferred language | select | contactinformation | F | en:English,fr:French,de:German,es:Spanish
hs_last_sales_activity_timestamp | Last Engagement Date | datetime | contact_activity | R |
hs_lastmodifieddate | Object last modified date/time | datetime | contactinformation | RH |
hs_latest_meeting_activity | Latest meeting activity | datetime | contactinformation | RH |
hs_latest_source | Latest Source | select | analyticsinformation |  | source
hs_lead_status | Lead Status | radio | sales_properties | F | lead_status
hs_lifecyclestage_customer_date | Became a Customer Date | datetime | contactinformation | R |
hs_lifecyclestage_lead_date | Became a Lead Date | datetime | contactinformation | R |
hs_lifecyclestage_marketingqualifiedlead_date | Became an MQL Date | datetime | contactinformation | R |
hs_lifecyclestage_opportunity_date | Became an Opportunity Date | datetime | contactinformation | R |
hs_linkedin_url | LinkedIn URL | text | contactinformation | |
hs_marketable_status | Marketing contact status | single | contactinformation | R | marketable
hs_merged_object_ids | Merged object IDs | checks | contactinformation | RHT |
hs_object_id | Contact ID | number | contactinformation | R |
hs_object_source | Record creation source | text | contactinformation | RH |
hs_object_source_id | Record creation source ID | text | contactinformation | RH |
hs_object_source_label | Record source | select | contactinformation | RX |
hs_persona | Persona | select | contactinformation | F |
hs_pipeline | Pipeline | select | contactinformation | HX |
hs_predictivecontactscore_v2 | Likelihood to close | number | contact_activity | R |
hs_sales_email_last_clicked | Recent Sales Email Clicked Date | datetime | contact_activity | R |
hs_sales_email_last_opened | Recent Sales Email Opened Date | datetime | contact_activity | R |
hs_sales_email_last_replied | Recent Sales Email Replied Date | datetime | contact_activity | R |
hs_seniority | Employment Seniority | select | contactinformation | | seniority
hs_sequences_is_enrolled | Currently in Sequence | bool | contact_activity | R |
hs_social_last_engagement | Most Recent Social Click | datetime | socialmediainformation | R |
hs_timezone | Time Zone | select | contactinformation | F |
hubspot_owner_assigneddate | Owner Assigned Date | datetime | sales_properties | R |
hubspot_owner_id | Contact owner | select | sales_properties | X |
hubspot_team_id | HubSpot Team | select | sales_properties | RX |
hubspotscore | HubSpot Score | score | sales_properties | R |
industry | Industry | text | contactinformation | F |
job_function | Job function | text | contactinformation | F |
jobtitle | Job Title | text | contactinformation | F |
lastmodifieddate | Last Modified Date | datetime | contactinformation | R |
lastname | Last Name | text | contactinformation | F |
lifecyclestage | Lifecycle Stage | radio | contactinformation | F | lifecycle
message | Message | area | contact_activity | F |
mobilephone | Mobile Phone Number | text | contactinformation | F |
notes_last_contacted | Last Contacted | datetime | contact_activity | R |
notes_last_updated | Last Activity Date | datetime | contact_activity | R |
notes_next_activity_date | Next Activity Date | datetime | contact_activity | R |
num_associated_deals | Number of Associated Deals | number | deal_information | R |
num_contacted_notes | Number of times contacted | number | contact_activity | R |
num_conversion_events | Number of Form Submissions | number | conversioninformation | R |
num_notes | Number of Sales Activities | number | contact_activity | R |
num_unique_conversion_events | Number of Unique Forms Submitted | number | conversioninformation | R |
phone | Phone Number | text | contactinformation | F |
recent_conversion_date | Recent Conversion Date | datetime | conversioninformation | R |
recent_conversion_event_name | Recent Conversion | text | conversioninformation | R |
recent_deal_amount | Recent Deal Amount | number | deal_information | R |
recent_deal_close_date | Recent Deal Close Date | datetime | deal_information | R |
salutation | Salutation | text | contactinformation | F |
seniority | Seniority | text | contactinformation | F |
state | State/Region | text | contactinformation | F |
total_revenue | Total Revenue | number | deal_information | R |
website | Website URL | text | contactinformation | F |
work_email | Work email | text | contactinformation | F |
zip | Postal Code | text | contactinformation | F |
"""
