"""Payments by card: an Organization's account at Stripe, and billing's door to the adapter."""
