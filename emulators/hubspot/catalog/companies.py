"""Company properties, as in a new portal of 2026 (the ones a connector can care about)."""

GROUPS = {
    "companyinformation": "Company information",
    "companylcs": "Lifecycle stage history",
    "company_activity": "Company activity",
    "company_signals": "Company signals",
    "conversioninformation": "Conversion information",
    "analyticsinformation": "Analytics information",
    "socialmediainformation": "Social media information",
    "deal_information": "Deal information",
    "targetaccountsinformation": "Target accounts information",
    "sales_properties": "Sales properties",
    "prospectingagent": "Prospecting agent",
    "buyer_intent_properties": "Buyer intent",
}

PROPERTIES = """
about_us | About Us | text | companyinformation |  |
address | Street Address | text | companyinformation | F |
address2 | Street Address 2 | text | companyinformation | F |
annualrevenue | Annual Revenue | number | companyinformation | F |
city | City | text | companyinformation | F |
closedate | Close Date | datetime | companyinformation |  |
country | Country/Region | text | companyinformation | F |
createdate | Create Date | datetime | companyinformation | R |
days_to_close | Days to Close | equation | companyinformation | R |
description | Description | area | companyinformation | F |
domain | Company Domain Name | text | companyinformation | F |
engagements_last_meeting_booked | Last meeting booked in meetings tool | datetime | company_activity | R |
facebook_company_page | Facebook Company Page | text | socialmediainformation | F |
first_contact_createdate | First Contact Create Date | datetime | companyinformation | R |
first_conversion_date | First Conversion Date | datetime | conversioninformation | R |
first_conversion_event_name | First Conversion | text | conversioninformation | R |
first_deal_created_date | First Deal Created Date | datetime | deal_information | R |
founded_year | Year Founded | text | companyinformation | F |
hs_additional_domains | Additional Domains | checks | companyinformation | H |
hs_all_owner_ids | All owner IDs | select | companyinformation | RHX |
hs_analytics_first_timestamp | Time First Seen | datetime | analyticsinformation | R |
hs_analytics_last_timestamp | Time Last Seen | datetime | analyticsinformation | R |
hs_analytics_last_visit_timestamp | Time of Last Session | datetime | analyticsinformation | R |
hs_analytics_latest_source | Latest Traffic Source | select | companyinformation | R | source
hs_analytics_num_page_views | Number of Pageviews | number | analyticsinformation | R |
hs_analytics_num_visits | Number of Sessions | number | analyticsinformation | R |
hs_analytics_source | Original Traffic Source | select | companyinformation |  | source
hs_country_code | Country/Region Code | text | companyinformation | F |
hs_created_by_user_id | Created by user ID | number | companyinformation | RX |
hs_createdate | Object create date/time | datetime | companyinformation | RH |
hs_current_customer | Current Customer | select | companyinformation | R | customer_state
hs_date_entered_customer | Date entered 'Customer' | entered | companyinformation | RH |
hs_date_entered_opportunity | Date entered 'Opportunity' | entered | companyinformation | RH |
hs_employee_range | Employee range | text | companyinformation | F |
hs_ideal_customer_profile | Ideal Customer Profile Tier | radio | targetaccountsinformation |  | tier
hs_industry_group | Industry group | text | companyinformation |  |
hs_intent_page_views_last_30_days | Tracked Page Views (Last 30 Days) | number | company_signals | R |
hs_intent_signals_enabled | Intent Signals active | bool | company_signals | R |
hs_intent_visitors_last_30_days | Tracked Visitors (Last 30 Days) | number | company_signals | R |
hs_is_target_account | Target Account | bool | targetaccountsinformation |  |
hs_last_booked_meeting_date | Last Booked Meeting Date | datetime | company_activity | R |
hs_last_logged_call_date | Last Logged Call Date | datetime | company_activity | R |
hs_last_open_task_date | Last Open Task Date | datetime | company_activity | R |
hs_last_sales_activity_timestamp | Last Engagement Date | datetime | company_activity | R |
hs_lastmodifieddate | Last Modified Date | datetime | company_activity | R |
hs_latest_meeting_activity | Latest meeting activity | datetime | companyinformation | RH |
hs_lead_status | Lead Status | radio | sales_properties | F | lead_status
hs_linkedin_handle | Linkedin handle | text | companyinformation | F |
hs_logo_url | Logo URL | text | companyinformation |  |
hs_merged_object_ids | Merged Company IDs | checks | companyinformation | R |
hs_num_blockers | Number of blockers | number | targetaccountsinformation | R |
hs_num_child_companies | Number of child companies | number | companyinformation | R |
hs_num_contacts_with_buying_roles | Contacts with buying roles | number | targetaccountsinformation | R |
hs_num_decision_makers | Number of decision makers | number | targetaccountsinformation | R |
hs_num_open_deals | Number of open deals | number | deal_information | R |
hs_object_id | Record ID | number | companyinformation | RT |
hs_object_source | Record creation source | text | companyinformation | RHT |
hs_object_source_id | Record creation source ID | text | companyinformation | RHT |
hs_object_source_label | Record source | select | companyinformation | RXT |
hs_parent_company_id | Parent Company | number | companyinformation | RX |
hs_pipeline | Pipeline | select | companyinformation | HX |
hs_predictivecontactscore_v2 | Likelihood to close | number | deal_information | R |
hs_revenue_range | Revenue range | text | companyinformation |  |
hs_state_code | State/Region Code | text | companyinformation |  |
hs_target_account | Target Account | radio | companyinformation | H | tier
hs_target_account_probability | Target Account Probability | number | companyinformation | RH |
hs_target_account_recommendation_state | Recommendation | radio | companyinformation | H | recommendation
hs_task_label | Company task label | text_equation | companyinformation | RH |
hs_total_deal_value | Total open deal value | number | deal_information | R |
hs_updated_by_user_id | Updated by user ID | number | companyinformation | RX |
hs_was_imported | Performed in an import | bool | companyinformation | RHT |
hubspot_owner_assigneddate | Owner assigned date | datetime | sales_properties | R |
hubspot_owner_id | Company owner | select | sales_properties | X |
hubspot_team_id | HubSpot Team | select | sales_properties | RX |
hubspotscore | HubSpot Score | number | companyinformation | RH |
industry | Industry | select | companyinformation | F | industry
is_public | Is Public | bool | companyinformation |  |
lifecyclestage | Lifecycle Stage | radio | companyinformation | XF | lifecycle
linkedin_company_page | LinkedIn Company Page | text | socialmediainformation | F |
linkedinbio | LinkedIn Bio | text | socialmediainformation | F |
name | Company name | text | companyinformation | F |
notes_last_contacted | Last Contacted | datetime | company_activity | R |
notes_last_updated | Last Activity Date | datetime | company_activity | R |
notes_next_activity_date | Next Activity Date | datetime | company_activity | R |
num_associated_contacts | Number of Associated Contacts | rollup | companyinformation | R |
num_associated_deals | Number of Associated Deals | rollup | deal_information | R |
num_contacted_notes | Number of times contacted | number | company_activity | R |
num_conversion_events | Number of Form Submissions | number | conversioninformation | R |
num_notes | Number of Sales Activities | number | companyinformation | RH |
numberofemployees | Number of Employees | number | companyinformation | F |
phone | Phone Number | phone | companyinformation | F |
recent_conversion_date | Recent Conversion Date | datetime | conversioninformation | R |
recent_conversion_event_name | Recent Conversion | text | conversioninformation | R |
recent_deal_amount | Recent Deal Amount | number | deal_information | R |
recent_deal_close_date | Recent Deal Close Date | datetime | deal_information | R |
state | State/Region | text | companyinformation | F |
timezone | Time Zone | text | companyinformation |  |
total_money_raised | Total Money Raised | text | companyinformation |  |
total_revenue | Total Revenue | rollup | companyinformation | R |
twitterhandle | Twitter Handle | text | socialmediainformation | F |
type | Type | radio | companyinformation | F | company_type
web_technologies | Web Technologies | checks | companyinformation |  |
website | Website URL | text | companyinformation | F |
zip | Postal Code | text | companyinformation | F |
"""
