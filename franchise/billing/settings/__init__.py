"""How this franchise bills: its seller, taxes, retries and Stripe's keys."""
