"""The Sovereign's own Kubernetes, seen from outside: what Flux says of each release."""
