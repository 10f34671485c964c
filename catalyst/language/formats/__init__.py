"""How Django writes figures and days, where that differs from its own tables."""
