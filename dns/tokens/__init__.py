"""Service tokens: what programs show at `/api/v1/pool` instead of a person's session."""
