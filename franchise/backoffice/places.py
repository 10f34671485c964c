"""The sections of the back office, in order; one whose address no room has is left out."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import Resolver404, resolve

from catalyst.identity.permissions import allowed
from catalyst.language.words import lazy


@dataclass(frozen=True, slots=True)
class Place:
    """One section: shown to people who pass the predicate. `about` says what it is for."""

    label: str
    url: str
    predicate: str
    icon: str
    about: str

    @property
    def exists(self) -> bool:
        try:
            resolve(self.url)
        except Resolver404:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as drawn; `current` is the value of `aria-current`, empty for other places."""

    label: str
    url: str
    icon: str
    about: str
    current: str


HOME = "/backoffice/"
PLACES = (
    Place(
        lazy("Revenue"), "/backoffice/revenue/", "billing.manage", "chart-line",
        lazy("What comes in every month, from whom, and how it changes."),
    ),
    Place(
        lazy("Orders"), "/backoffice/orders/", "billing.manage", "shopping-cart",
        lazy("What was bought, how it was paid, and refunds."),
    ),
    Place(
        lazy("Invoices"), "/backoffice/invoices/", "billing.manage", "receipt",
        lazy("Invoices and credit notes, numbered without gaps."),
    ),
    Place(
        lazy("Organizations"), "/backoffice/organizations/", "organization.manage", "building-2",
        lazy("Customers: their people, credit and state; suspend, help, delete."),
    ),
    Place(
        lazy("Catalog"), "/backoffice/catalog/", "catalog.manage", "package",
        lazy("Plans, Apps, add-ons, bundles and industries with their prices."),
    ),
    Place(
        lazy("Vouchers"), "/vouchers/", "voucher.manage", "ticket",
        lazy("Campaigns and codes that give an Organization credit."),
    ),
    Place(
        lazy("Signed vouchers"), "/backoffice/signed/", "voucher.manage", "key-round",
        lazy("Vouchers that other Sovereigns redeem, theirs that are redeemed here, and who owes."),
    ),
    Place(
        lazy("Ledger"), "/backoffice/ledger/", "billing.manage", "book-open",
        lazy("Every movement of credit. Nothing in it can be changed."),
    ),
    Place(
        lazy("Settlement"), "/backoffice/settlement/", "billing.manage", "file-text",
        lazy("What the month comes to between franchisee and franchisor."),
    ),
    Place(
        lazy("Mails"), "/backoffice/mails/", "franchise.see", "mail",
        lazy("What was written to customers, and what could not be delivered."),
    ),
    Place(
        lazy("Billing settings"), "/backoffice/billing/", "billing.manage", "key-round",
        lazy("The payment provider, taxes, invoice numbers, retries."),
    ),
    Place(
        lazy("Brand"), "/backoffice/brand/", "brand.manage", "image",
        lazy("Name, logo, colour, languages, and whom mails are from."),
    ),
    Place(
        lazy("Audit"), "/audit/", "audit.read", "shield-check",
        lazy("Who did what, when and from where."),
    ),
    Place(
        lazy("Team"), "/backoffice/team/", "franchise.see", "users",
        lazy("Who works here, with which roles, and when they were last here."),
    ),
)  # fmt: skip


# What the franchise's acts begin with in the audit.
ACTS = (
    (lazy("Vouchers"), "franchise.voucher"),
    (lazy("Campaigns"), "franchise.campaign"),
    (lazy("Signed vouchers"), "franchise.crossing"),
    (lazy("Redeemed"), "franchise.redeem"),
    (lazy("Organizations"), "organization."),
    (lazy("Orders"), "franchise.order"),
    (lazy("Subscriptions"), "franchise.subscription"),
    (lazy("Ledger"), "franchise.ledger"),
    (lazy("Catalog"), "franchise.catalog"),
    (lazy("Billing settings"), "franchise.billing"),
    (lazy("Brand"), "franchise.brand"),
    (lazy("Offers by mail"), "mail."),
    (lazy("People"), "identity."),
)


def places_for(person: object, *, path: str) -> list[Shown]:
    """The sections that this person may see; `path` is where they are."""
    found = [p for p in PLACES if allowed(person, p.predicate) and p.exists]
    here = max((p.url for p in found if path.startswith(p.url)), key=len, default="")
    return [Shown(p.label, p.url, p.icon, p.about, _current(p.url, path, here)) for p in found]


def _current(url: str, path: str, here: str) -> str:
    if url == path:
        return "page"
    return "true" if url == here else ""
