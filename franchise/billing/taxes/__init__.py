"""Tax rates by country and day, and the tax of an amount."""
