"""Who did what to which object. Written in the act's own transaction; no audit, no act."""
