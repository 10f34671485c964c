"""Environments of an Organization: `{organization}-{type}`."""
