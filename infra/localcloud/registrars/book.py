"""What the registrars know: accounts, domains, jobs. One JSON file, written after every change."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra.localcloud.internet.acme import write_atomically

Json = dict[str, Any]


@dataclass(slots=True)
class Account:
    """`credentials` by the vendor's names.

    allowed_ips  addresses the vendor takes calls from; empty: any, where the vendor allows that
    rights       what the credentials may do; `None`: everything. In the vendor's own words
    eligible     whether the vendor offers its API to this account
    """

    id: int
    registrar: str
    credentials: dict[str, str]
    allowed_ips: list[str] = field(default_factory=list)
    rights: list[Any] | None = None
    eligible: bool = True


@dataclass(slots=True)
class Domain:
    """`signers`: DS records, each with the DNSKEY it is of where the vendor keeps that.

    locked  the vendor lets nobody change it; a transfer lock is not that
    more    what only one vendor has, e.g. its kind of name servers
    """

    name: str
    registrar: str
    account: int
    nameservers: list[str]
    signers: list[Json] = field(default_factory=list)
    glue: dict[str, list[str]] = field(default_factory=dict)
    locked: bool = False
    more: Json = field(default_factory=dict)


@dataclass(slots=True)
class Job:
    """What a vendor does later. `state`: pending, done or failed; `change`: of the domain."""

    id: int
    registrar: str
    domain: str
    kind: str
    change: Json
    state: str = "pending"
    fails: bool = False


class Book:
    """All rows. Whoever changes one calls `save`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.accounts: list[Account] = []
        self.domains: list[Domain] = []
        self.jobs: list[Job] = []
        self.last = 1000
        if file.exists():
            self._load(json.loads(file.read_text()))

    def next(self) -> int:
        self.last += 1
        return self.last

    def save(self) -> None:
        rows = {
            "last": self.last,
            "accounts": [asdict(row) for row in self.accounts],
            "domains": [asdict(row) for row in self.domains],
            "jobs": [asdict(row) for row in self.jobs],
        }
        write_atomically(self._file, json.dumps(rows).encode(), mode=0o600)

    def clear(self) -> None:
        self.accounts.clear()
        self.domains.clear()
        self.jobs.clear()
        self.save()

    def account(self, registrar: str, **credentials: str) -> Account | None:
        """The account with exactly these credentials among its own."""
        for row in self.accounts:
            if row.registrar == registrar and all(
                row.credentials.get(name) == text for name, text in credentials.items()
            ):
                return row
        return None

    def domain(self, name: str) -> Domain | None:
        return next((row for row in self.domains if row.name == name.lower().rstrip(".")), None)

    def _load(self, rows: Json) -> None:
        self.last = rows["last"]
        self.accounts = [Account(**row) for row in rows["accounts"]]
        self.domains = [Domain(**row) for row in rows["domains"]]
        self.jobs = [Job(**row) for row in rows["jobs"]]
