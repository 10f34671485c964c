"""Talking to PowerDNS: the HTTP client, the records a zone should have, owner marks. No models."""
