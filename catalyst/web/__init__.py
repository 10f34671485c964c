"""What every page shares: middleware, errors, health, template tags."""
