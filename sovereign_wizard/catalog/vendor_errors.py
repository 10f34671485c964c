"""Hetzner's error codes in plain words: what happened, what it means, what to do.

Codes: Hetzner Cloud API reference, "Errors". Whoever meets a code asks `plain()`; nobody else
words it, and nobody branches on the vendor's sentence.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plain:
    """`code` is the vendor's, "" if there was none. `passes`: waiting alone may cure it."""

    code: str
    title: str
    detail: str
    passes: bool = False


_RETRY = "Nothing is lost: retry from this phase."
_KNOWN = (
    Plain(
        "resource_limit_exceeded",
        "The project may not have that many",
        "Hetzner limits how many servers, cores, addresses and load balancers a project may "
        "have, and this Sovereign would go over one of these limits. In the Hetzner console "
        f"open Limits, ask for an increase or delete what is not needed. {_RETRY}",
    ),
    Plain(
        "resource_unavailable",
        "Sold out for now",
        "Hetzner has no machine of this size left in this region at the moment. Choose "
        "another size or region, or retry later; it changes by the hour.",
    ),
    Plain(
        "placement_error",
        "No room to keep the machines apart",
        "Hetzner could not put the machines on different hosts of this region now. Choose "
        f"another size or region, or wait. {_RETRY}",
        passes=True,
    ),
    Plain(
        "uniqueness_error",
        "The project has one of that name already",
        "Something with the same name or the same SSH key is in this project already. "
        f"Delete or rename it in the Hetzner console, or use a project of its own. {_RETRY}",
    ),
    Plain(
        "unauthorized",
        "Hetzner does not know this token",
        "It was deleted, or belongs to a project that is gone. Give another token of the "
        "same project.",
    ),
    Plain(
        "forbidden",
        "The token is not allowed to do this",
        "It may be a read-only token, or the account is locked. Give a token with Read & "
        "Write, and look for a message of Hetzner in its console.",
    ),
    Plain(
        "token_readonly",
        "This token can only read",
        "Give a token of the same project with Read & Write.",
    ),
    Plain(
        "rate_limit_exceeded",
        "Hetzner asks us to slow down",
        "The project has used up its requests of this hour; they come back one a second.",
        passes=True,
    ),
    Plain(
        "locked",
        "Something else is at work on it",
        "Hetzner is still busy with an earlier change of the same thing. It is over in a moment.",
        passes=True,
    ),
    Plain(
        "conflict",
        "It changed while we looked",
        "Something at Hetzner was changed at the same moment. Trying again is right.",
        passes=True,
    ),
    Plain(
        "protected",
        "It is protected against this",
        "Somebody switched on its protection in the Hetzner console. Switch it off there if "
        f"it may go. {_RETRY}",
    ),
    Plain(
        "invalid_input",
        "Hetzner does not accept a value",
        "We sent something Hetzner refuses. This is a mistake of ours; the log has the field.",
    ),
    Plain(
        "invalid_server_type",
        "This size cannot be had there",
        "The size does not fit the region or the image, or is no longer sold. Choose another.",
    ),
    Plain(
        "not_found",
        "It is gone",
        f"Somebody deleted it at Hetzner while we worked. {_RETRY}",
    ),
    Plain(
        "maintenance",
        "Hetzner is under maintenance",
        "This cannot be done until it is over; status.hetzner.com says when.",
        passes=True,
    ),
    Plain(
        "service_error",
        "Hetzner has a problem of its own",
        "It is not about what was asked. status.hetzner.com may know more.",
        passes=True,
    ),
    Plain(
        "server_error",
        "Hetzner has a problem of its own",
        "It is not about what was asked. status.hetzner.com may know more.",
        passes=True,
    ),
    Plain(
        "timeout",
        "Hetzner took too long",
        "The request was not answered in time. What it may have made is found before it is "
        "made again.",
        passes=True,
    ),
)
_BY_CODE = {known.code: known for known in _KNOWN}


def plain(code: str, message: str = "") -> Plain:
    """A code in words. `message`, the vendor's own sentence, is kept for a code we do not know."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    said = f' It said "{message.strip()}"' if message.strip() else ""
    known = f" (code {code})" if code else ""
    return Plain(code, "Hetzner refused", f"Hetzner refused what was asked{known}.{said}")
