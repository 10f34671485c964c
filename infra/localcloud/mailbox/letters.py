"""Reads the mails of a Maildir, as they are to be shown. It writes nothing."""

import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

_MOST_LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Head:
    """One line of the list. `key` is the Maildir's own name of the mail."""

    key: str
    to: str
    subject: str
    came_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    head: Head
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


class Letters:
    """The mails of one folder; one that is not there yet is empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest(self, *, to: str = "", most: int = 100) -> list[Head]:
        """Newest first; `to` is part of a recipient's address."""
        found = (head for head in self._heads() if to.strip().lower() in head.to.lower())
        return [head for _, head in zip(range(most), found, strict=False)]

    def letter(self, key: str) -> Letter | None:
        """One mail with its text and its HTML; None if there is none of this key."""
        if not self._folder.exists():
            return None
        try:
            raw = mailbox.Maildir(self._folder, create=False).get_bytes(key)
        except KeyError:
            return None
        message = BytesParser(policy=policy.default).parsebytes(raw)
        came = max((p.stat().st_mtime for p in self._folder.glob(f"*/{key}*")), default=0.0)
        return Letter(
            head=_head(key, message, came),
            headers=tuple((name, str(value)) for name, value in message.items()),
            text=_body(message, "plain"),
            html=_body(message, "html"),
        )

    def _heads(self) -> Iterator[Head]:
        files = [each for name in ("new", "cur") for each in (self._folder / name).glob("*")]
        dated = sorted(((each.stat().st_mtime_ns, each) for each in files), reverse=True)
        for came, file in dated[:_MOST_LOOKED_AT]:
            with file.open("rb") as opened:
                head = BytesHeaderParser(policy=policy.default).parse(opened)
            yield _head(file.name.partition(":")[0], head, came / 1e9)


def _head(key: str, message: EmailMessage, came: float) -> Head:
    return Head(
        key=key,
        to=str(message.get("To") or message.get("X-RcptTo") or ""),
        subject=str(message.get("Subject", "")),
        came_at=datetime.fromtimestamp(came, UTC),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:  # a charset that nobody knows
        return bytes(part.get_payload(decode=True) or b"").decode("ascii", "replace")
