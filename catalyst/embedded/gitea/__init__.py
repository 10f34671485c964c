"""Catalyst's own account at the laptop's Gitea."""
