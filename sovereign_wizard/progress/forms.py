"""What a retry may have to ask for again: a Hetzner token, and a registrar's credentials."""

from __future__ import annotations

from typing import Any

from dns.byo.forms import Vendor, add_credentials, read_credentials, vendor
from dns.registrars.catalog import find
from dns.registrars.services import Credentials
from sovereign_wizard.handover.forms import ConfirmForm


class RetryForm(ConfirmForm):
    """`registrar`: whose credentials are needed once more; empty when none are."""

    def __init__(self, *arguments: Any, registrar: str = "", **named: Any) -> None:
        super().__init__(*arguments, confirms=False, **named)
        self._kind = find(registrar) if registrar else None
        self.credentials: Credentials | None = None
        if self._kind:
            add_credentials(self, self._kind)

    @property
    def vendor(self) -> Vendor | None:
        return vendor(self, self._kind) if self._kind else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self._kind:
            self.credentials = read_credentials(self, self._kind)
        return cleaned
