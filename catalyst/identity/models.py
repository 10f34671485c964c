"""People. Keyed by issuer + subject, as OpenID Connect names them (OIDC Core §2, `iss` + `sub`)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

LOCAL_ISSUER = "local"


class Role(models.TextChoices):
    """Roles as they arrive in claims. A person may have several."""

    OPERATOR = "catalyst-operator", "Catalyst operator"
    SOVEREIGN_ADMIN = "sovereign-admin", "Sovereign admin"
    MEMBER = "member", "Member"
    ORG_OWNER = "org-owner", "Organization owner"
    ORG_ADMIN = "org-admin", "Organization admin"
    ORG_DEVELOPER = "org-developer", "Organization developer"
    ORG_VIEWER = "org-viewer", "Organization viewer"
    ORG_BILLING = "org-billing", "Organization billing"
    ORG_SECURITY = "org-security", "Organization security"


class People(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(issuer=LOCAL_ISSUER, email__iexact=username)


class User(AbstractBaseUser):
    """One person as one identity provider knows them."""

    issuer = models.CharField(max_length=200, default=LOCAL_ISSUER)
    subject = models.CharField(max_length=255, help_text="for the local issuer: the e-mail address")
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True)
    roles = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)
    must_set_password = models.BooleanField(
        default=False, help_text="logged in with a one-time code; nothing else until one is set"
    )
    language = models.CharField(
        max_length=10, blank=True, default="", help_text="chosen in the top bar; empty: never"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = People()

    class Meta:
        db_table = "identity_user"
        constraints = (
            models.UniqueConstraint("issuer", "subject", name="identity_user_issuer_subject"),
        )

    def __str__(self) -> str:
        return self.email

    @property
    def is_local(self) -> bool:
        """Their password is kept here, not by an issuer."""
        return self.issuer == LOCAL_ISSUER

    @property
    def account(self) -> str:
        """Whose limits count where names are taken, and who owns what was taken by hand."""
        return f"user:{self.pk}"

    @property
    def acting_as(self) -> str:
        """Their roles as the audit keeps them."""
        return ",".join(sorted(self.roles))

    def has_role(self, *roles: str) -> bool:
        return any(role in self.roles for role in roles)


class UserSession(AbstractBaseSession):
    """A session with whose it is, so that it can be listed and ended; deleting the row ends it.

    Written by `identity.sessions.SessionStore` from what is in the session.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    opened_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="to a few minutes")
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True, help_text="what the browser says it is")

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        db_table = "identity_session"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from catalyst.identity.sessions import SessionStore

        return SessionStore
