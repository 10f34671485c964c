"""Talking to OpenBao: logging in, the key engine (transit), the store of values (KV v2)."""
