"""Deployment → Run → Phase: from an accepted wish to a proven Sovereign."""
