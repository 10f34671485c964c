"""Dynadot: REST v1 with signed requests, or the older API3 that takes its key in the URL."""
