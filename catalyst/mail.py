"""Django's way to the mail server, believing whom the rest of this side believes over TLS."""

from __future__ import annotations

import ssl
from functools import cached_property

from django.conf import settings
from django.core.mail.backends import smtp

from catalyst import trust


class Smtp(smtp.EmailBackend):
    """Verified TLS always: from the start (`smtps`) or after STARTTLS (`smtp`)."""

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        return trust.context(settings.CATALYST.ca_bundle)
