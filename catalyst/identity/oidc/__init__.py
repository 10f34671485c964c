"""Log-in at an OpenID Connect issuer (Keycloak), by mozilla-django-oidc made stricter."""
