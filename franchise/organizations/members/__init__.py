"""Who belongs to an Organization, who is asked to, and what each may do."""
