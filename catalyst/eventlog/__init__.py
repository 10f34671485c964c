"""The ordered durable log: append, read after N, wake-up. Content never travels over Redis."""
