"""What people type about an Organization, as we keep it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from catalyst.problem import Invalid


def clean_email(email: str) -> str:
    """The address as we keep it. Raises Invalid(field="email")."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Invalid(
            _("This is not an e-mail address. Write it like name@example.com."), field="email"
        ) from error
    return email


def clean_name(name: str, *, field: str = "organization_name") -> str:
    """The name as we keep it, single spaces. Raises Invalid(field=…)."""
    name = " ".join(name.split())
    if not 2 <= len(name) <= 120 or not name.isprintable():
        raise Invalid(_("A name has 2 to 120 characters."), field=field)
    return name
