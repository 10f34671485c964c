"""Orders, subscriptions, invoices, and payment through Stripe."""
