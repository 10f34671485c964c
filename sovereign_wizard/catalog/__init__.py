"""What Hetzner offers and what it costs, read live. Nothing here may change the cloud."""
