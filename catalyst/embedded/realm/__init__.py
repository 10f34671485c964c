"""The realm `catalyst` of the laptop's Keycloak: what is in it, and keeping it so.

It speaks to Keycloak only, and knows nothing of Django: it works before there is a schema.
"""
