"""Everything Salesforce."""
