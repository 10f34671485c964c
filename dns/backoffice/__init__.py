"""The operators' pages of names. Looks at every room of this app, and acts through their services."""
