"""Sets the stage: accounts and domains at the local cloud's registrars; asks the parent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

import dns.message
import dns.query
import dns.rdatatype
from catalyst.embedded.state import StackState
from dns.registrars import services
from dns.registrars.services import Credentials, JobState, Outcome
from tests.integration.internet.running import until

TLDS = ("com", "net", "org", "rest", "trade", "homes")
OURS = ("ns1.openova.io", "ns2.openova.io", "ns3.openova.io")
Json = dict[str, Any]


def made_up() -> str:
    """A secret with a colon in it: keys may have one."""
    return f"{secrets.token_hex(8)}:{secrets.token_hex(8)}"


# Registrar → our fields, and the emulator's names for them.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "cloudflare": {"token": "token"},
    "namecheap": {"api_user": "ApiUser", "api_key": "ApiKey"},
    "godaddy": {"key": "key", "secret": "secret", "shopper_id": "shopper_id"},
    "ovh": {
        "application_key": "application_key",
        "application_secret": "application_secret",
        "consumer_key": "consumer_key",
    },
    "dynadot": {"key": "key", "secret": "secret"},
}
# What makes a way of talking to a vendor: the registrar, and fields that are left out.
WAYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cloudflare": ("cloudflare", ()),
    "namecheap": ("namecheap", ()),
    "godaddy-v1": ("godaddy", ("shopper_id",)),
    "godaddy-v2": ("godaddy", ()),
    "ovh": ("ovh", ()),
    "dynadot-rest": ("dynadot", ()),
    "dynadot-api3": ("dynadot", ("secret",)),
}


@dataclass
class Customer:
    """Somebody with an account and, in it, a domain of which `name` can be moved."""

    way: str
    registrar: str
    account: int
    fields: dict[str, str]
    registered: str
    name: str

    @property
    def credentials(self) -> Credentials:
        return services.credentials_of(self.registrar, fields=self.fields)

    def validate(self) -> services.Standing:
        with services.opened(self.registrar, self.credentials) as adapter:
            return adapter.validate(services.read_domain(self.name))

    def nameservers(self) -> tuple[str, ...]:
        with services.opened(self.registrar, self.credentials) as adapter:
            return adapter.nameservers(services.read_domain(self.name))

    def move(self, nameservers: tuple[str, ...] = OURS) -> Outcome:
        with services.opened(self.registrar, self.credentials) as adapter:
            return adapter.set_nameservers(services.read_domain(self.name), nameservers)

    def confirm(self, job: str = "", nameservers: tuple[str, ...] = OURS) -> Outcome:
        return services.confirm(
            registrar=self.registrar,
            domain=self.name,
            credentials=self.credentials,
            nameservers=nameservers,
            job=job,
        )

    def moved(self, nameservers: tuple[str, ...] = OURS) -> None:
        """Move it, and wait until the vendor is through."""
        outcome = self.move(nameservers)
        job = outcome.job.id if outcome.job else ""
        if outcome.state is not JobState.DONE:
            until(lambda: self._is_done(job, nameservers))

    def _is_done(self, job: str, nameservers: tuple[str, ...]) -> bool:
        with services.opened(self.registrar, self.credentials) as adapter:
            name = services.read_domain(self.name)
            adapter.poll(name, job)
            return adapter.nameservers(name) == tuple(sorted(nameservers))


@dataclass
class Stage:
    """The admin port of the local cloud's registrars."""

    state: StackState = field(default_factory=StackState.load)
    residents: dict[str, Customer] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        bearer = {"Authorization": f"Bearer {self.state.registrars_admin_key}"}
        self.http = httpx.Client(
            base_url=str(self.state.registrars_admin_url), headers=bearer, trust_env=False
        )

    def ask(self, method: str, path: str, /, **body: Any) -> Any:
        answer = self.http.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def customer(self, way: str, **changes: Any) -> Customer:
        """A new account with a new domain; `changes` are of the domain or, by name, the account."""
        registrar, left_out = WAYS[way]
        known = {name: made_up() for name in FIELDS[registrar]}
        of_account = {
            name: changes.pop(name) for name in ("allowed_ips", "rights", "eligible")
            if name in changes
        }  # fmt: skip
        credentials = {FIELDS[registrar][name]: text for name, text in known.items()}
        if registrar == "godaddy":
            credentials["customer_id"] = secrets.token_hex(16)
        if registrar == "dynadot":
            credentials["hosts"] = " ".join(changes.pop("hosts", OURS))
        if registrar == "namecheap":
            of_account.setdefault("allowed_ips", ["127.0.0.1"])
        account = self.ask(
            "POST", "/accounts", registrar=registrar, credentials=credentials, **of_account
        )["id"]
        # Spread, because the registry reads a whole TLD for each of its changes.
        domain = f"t{secrets.token_hex(6)}.{secrets.choice(TLDS)}"
        changes.setdefault("hosted", registrar == "cloudflare")
        self.ask("POST", "/domains", account=account, domain=domain, **changes)
        return Customer(
            way=way,
            registrar=registrar,
            account=account,
            fields={name: text for name, text in known.items() if name not in left_out},
            registered=domain,
            name=f"cloud.{domain}" if registrar == "cloudflare" else domain,
        )

    def resident(self, way: str) -> Customer:
        """One that is there for all tests that change nothing of it."""
        if way not in self.residents:
            self.residents[way] = self.customer(way)
        return replace(self.residents[way], fields=dict(self.residents[way].fields))

    def fault(self, customer: Customer, kind: str, **more: Any) -> None:
        """Only of this customer's requests, so that tests beside this one are not disturbed.

        `on="write"` means the call that moves: OVHcloud's has another write before it.
        """
        if more.get("on") == "write" and customer.registrar == "ovh":
            more["path"] = "/update"
        whose = {"registrar": customer.registrar, "account": customer.account}
        self.faults.append(self.ask("POST", "/faults", kind=kind, **whose, **more)["id"])

    def hits(self) -> int:
        """How many requests met the fault that was added last."""
        rows = self.ask("GET", "/faults")["faults"]
        return int(next(row["hits"] for row in rows if row["id"] == self.faults[-1]))

    def forgive(self) -> None:
        """End the faults that were added here."""
        while self.faults:
            self.ask("DELETE", f"/faults/{self.faults.pop()}")

    def domain(self, customer: Customer) -> Json:
        return self.ask("GET", f"/domains/{customer.registered}")

    def change(self, customer: Customer, **fields: Any) -> None:
        self.ask("PATCH", f"/domains/{customer.registered}", **fields)

    def records(self, customer: Customer, *sets: Json) -> None:
        """What the domain has from now on, where it lives now."""
        self.ask("PUT", f"/domains/{customer.registered}/records", records=list(sets))

    def prove(self, customer: Customer, challenge: tuple[str, str]) -> None:
        """The customer adds the TXT record: its name and value as they were told."""
        name, value = challenge
        self.records(customer, {"name": f"{name}.", "type": "TXT", "contents": [f'"{value}"']})

    def delegation(self, customer: Customer, kind: str = "NS") -> list[str]:
        """What the servers of the parent say, asked by TCP: NS of the referral, or DS."""
        server = self._vendors_servers() if customer.registrar == "cloudflare" else self._tld()
        question = dns.message.make_query(customer.name, kind, want_dnssec=True)
        answer = dns.query.tcp(question, server, timeout=5)
        wanted = dns.rdatatype.from_text(kind)
        return sorted(
            record.to_text().rstrip(".").lower()
            for section in (answer.answer, answer.authority)
            for rrset in section
            if rrset.rdtype == wanted and rrset.name == dns.name.from_text(customer.name)
            for record in rrset
        )

    def _tld(self) -> str:
        assert self.state.range is not None
        return str(self.state.range[3])

    def _vendors_servers(self) -> str:
        assert self.state.range is not None
        return str(self.state.range[10])
