"""What a retry may have to ask for again: a Hetzner token, and a registrar's credentials."""

from __future__ import annotations

from typing import Any

from dns.byo.forms import AsksCredentials
from sovereign_wizard.handover.forms import ConfirmForm


class RetryForm(AsksCredentials, ConfirmForm):
    """`registrar`: whose credentials are needed once more; empty when none are."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, confirms=False, **named)
