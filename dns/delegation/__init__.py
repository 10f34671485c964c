"""Proof that a published name is right: every name server, the parent, a validating resolver."""
