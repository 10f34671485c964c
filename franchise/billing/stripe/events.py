"""A webhook of Stripe's: believed by its signature, read down to ids."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from catalyst.language.words import lazy
from catalyst.problem import Problem
from catalyst.vault.secret import Secret

LONGEST = 64 * 1024
# Seconds a signature is believed, as Stripe's libraries have it. What Stripe sends again is signed
# again.
TOLERANCE = 300


class BadSignature(Problem):
    """Not of Stripe's making, or too old, or for another endpoint."""

    type = "webhook-signature"
    title = lazy("This is not signed by Stripe")
    status = 400


@dataclass(frozen=True, slots=True)
class Event:
    """`page`, `payment`: ids of the session and the intent it is about, where it names them.

    `metadata`: what we wrote on the object; nothing else of it is kept, for it may hold secrets.
    """

    id: str
    type: str
    created: datetime
    object: str
    page: str
    payment: str
    metadata: dict[str, str]


def read(*, body: bytes, signature: str, secret: Secret) -> Event:
    """Raises BadSignature, also for what is signed and no event."""
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret.reveal(), TOLERANCE)
        document = json.loads(body)
        about = document["data"]["object"]
        return Event(
            id=str(document["id"]),
            type=str(document["type"]),
            created=datetime.fromtimestamp(document["created"], UTC),
            object=str(about.get("id", "")),
            page=_id(about) if about.get("object") == "checkout.session" else "",
            payment=_payment(about),
            metadata={str(name): str(text) for name, text in (about.get("metadata") or {}).items()},
        )
    except stripe.SignatureVerificationError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError):
        pass  # the library stumbles over what is no text, we over what is no event
    raise BadSignature


def _payment(about: dict[str, Any]) -> str:
    if about.get("object") == "payment_intent":
        return _id(about)
    found = about.get("payment_intent")
    return _id(found) if isinstance(found, dict) else str(found or "")


def _id(about: dict[str, Any]) -> str:
    return str(about.get("id") or "")
