"""The Sovereign's Gitea, over its HTTP API."""
