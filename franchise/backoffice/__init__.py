"""The franchise admin's pages."""
