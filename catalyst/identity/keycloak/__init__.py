"""A Sovereign's own Keycloak, as far as people and groups are made there by us."""
