"""Customers, for those who run the platform: found, helped, suspended, deleted."""
