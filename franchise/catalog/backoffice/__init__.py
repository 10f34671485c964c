"""The catalog's pages for those who keep it."""
