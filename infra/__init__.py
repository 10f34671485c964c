"""What Catalyst runs on: the OpenTofu module, pinned tools, the local cloud. No app lives here."""
