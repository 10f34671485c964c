"""GoDaddy: v1 changes in silence, v2 (with the customer number) tells how an action goes."""
