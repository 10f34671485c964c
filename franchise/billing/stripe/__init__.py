"""The adapter to Stripe: HTTP through Stripe's own library, typed errors, no rows."""
