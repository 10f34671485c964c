"""What Stripe tells us: an inbox whose rows and effects are one transaction."""
