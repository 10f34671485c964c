"""From a click to a running Sovereign."""
