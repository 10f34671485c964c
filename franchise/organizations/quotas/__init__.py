"""What a plan allows, as the cluster is told it."""
