"""Who you are and what you may do. Log-in is local for now, behind the interface OIDC will use."""
