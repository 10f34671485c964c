"""The operators' pages of names: they look at every room, and act through the rooms' services."""
