"""Billing as customers see it: their Organization's, never another's."""
