"""The book: accounts, transactions, entries; and what of each grant is left, held or given back.

An amount is positive where an account gets and negative where it gives; the entries of a
transaction sum to zero in each currency, which a deferred trigger sees at COMMIT. Transactions and
entries are only ever added (a trigger, and the application's database role). Every account is of
one Organization, also the franchise's own side of it, so that no two customers share a hot row;
the franchise's figures are sums by kind. What is owed to another Sovereign is of no Organization
here: its account is of that Sovereign, by name (`peer`).
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalyst.language.words import lazy
from franchise.money import Money

LONGEST_SOURCE = 120


class AccountKind(models.TextChoices):
    # What the franchise owes the Organization.
    CREDIT = "credit", lazy("Credit")
    HELD = "held", lazy("Reserved credit")
    # Where credit comes from, and where it goes when nobody uses it.
    PROMOTION = "promotion", lazy("Promotional credit given")
    PREPAID = "prepaid", lazy("Credit paid for")
    GOODWILL = "goodwill", lazy("Goodwill given")
    LAPSED = "lapsed", lazy("Credit that lapsed")
    # What is sold: its face value, what came by card, and the part of the franchisor.
    SALES = "sales", lazy("Sales at face value")
    CARD = "card", lazy("Card payments")
    ROUNDING = "rounding", lazy("Rounding in the customer's favour")
    WHOLESALE = "wholesale", lazy("Wholesale cost")
    FRANCHISOR = "franchisor", lazy("Owed to the franchisor")
    # Vouchers that one Sovereign signs and another redeems: spec franchise, signed vouchers.
    RECEIVABLE = "receivable", lazy("Owed by other Sovereigns")
    PAYABLE = "payable", lazy("Owed to other Sovereigns")


OF_THE_CUSTOMER = (AccountKind.CREDIT, AccountKind.HELD)


class Kind(models.TextChoices):
    """What a transaction is."""

    GRANT = "grant", lazy("Credit given")
    ADJUST = "adjust", lazy("Adjustment")
    RESERVE = "reserve", lazy("Credit reserved")
    COMMIT = "commit", lazy("Credit spent")
    RELEASE = "release", lazy("Reservation released")
    REFUND = "refund", lazy("Credit given back")
    EXPIRE = "expire", lazy("Credit lapsed")
    CARD_PAYMENT = "card-payment", lazy("Card payment")
    CARD_REFUND = "card-refund", lazy("Card refund")
    CHARGEBACK = "chargeback", lazy("Chargeback")
    CHARGEBACK_WON = "chargeback-won", lazy("Chargeback won")
    OWED = "owed", lazy("Redeemed at another Sovereign")


class Category(models.TextChoices):
    PROMOTIONAL = "promotional", lazy("Promotional")
    PAID = "paid", lazy("Paid")
    GOODWILL = "goodwill", lazy("Goodwill")
    PEER = "peer", lazy("Paid by another Sovereign")


class HoldState(models.TextChoices):
    HELD = "held", lazy("Held")
    COMMITTED = "committed", lazy("Committed")
    RELEASED = "released", lazy("Released")


class LedgerAccount(models.Model):
    """`balance_minor` is the sum of its entries, kept so that the database can refuse one below
    zero; the nightly check compares the two."""

    organization = models.ForeignKey("franchise.Organization", null=True, on_delete=models.PROTECT)
    peer = models.CharField(max_length=253, blank=True, db_default="")
    kind = models.CharField(max_length=12, choices=AccountKind.choices)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "franchise_ledger_account"
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "kind", "currency"), name="franchise_ledger_account_once"
            ),
            models.UniqueConstraint(
                fields=("peer", "kind", "currency"),
                condition=Q(organization=None),
                name="franchise_ledger_peer_account_once",
            ),
            models.CheckConstraint(
                name="franchise_ledger_account_is_somebodys",
                condition=Q(organization__isnull=False, peer="")
                | (Q(organization=None) & ~Q(peer="")),
            ),
            models.CheckConstraint(
                name="franchise_ledger_credit_not_below_zero",
                condition=~Q(kind__in=OF_THE_CUSTOMER) | Q(balance_minor__gte=0),
            ),
            models.CheckConstraint(
                name="franchise_ledger_account_kind", condition=Q(kind__in=AccountKind.values)
            ),
        )

    @property
    def balance(self) -> Money:
        return Money(self.balance_minor, self.currency)


class LedgerTransaction(models.Model):
    """One act. `source` is the caller's own name for it: the same one never happens twice.

    `share` is the franchisor's part of what is sold here, in basis points, as it was set then;
    NULL where none was set or nothing is sold. `peer`: the other Sovereign, where one pays or is
    owed; only then there may be no Organization.
    """

    organization = models.ForeignKey("franchise.Organization", null=True, on_delete=models.PROTECT)
    peer = models.CharField(max_length=253, blank=True, db_default="")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    source = models.CharField(max_length=LONGEST_SOURCE)
    actor = models.CharField(max_length=254)
    memo = models.CharField(max_length=300, blank=True)
    order = models.CharField(max_length=80, blank=True)
    campaign = models.CharField(max_length=120, blank=True)
    share = models.PositiveIntegerField(null=True)
    reverses = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_ledger_transaction"
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "source"), name="franchise_ledger_source_happens_once"
            ),
            models.CheckConstraint(
                name="franchise_ledger_transaction_kind", condition=Q(kind__in=Kind.values)
            ),
            models.CheckConstraint(
                name="franchise_ledger_transaction_is_somebodys",
                condition=Q(organization__isnull=False) | ~Q(peer=""),
            ),
            models.CheckConstraint(
                name="franchise_ledger_share_of_a_whole", condition=Q(share__lte=10_000)
            ),
        )
        indexes = (
            models.Index(fields=("organization", "-id"), name="franchise_ledger_organization"),
            models.Index(fields=("kind", "-id"), name="franchise_ledger_kind"),
            models.Index(fields=("created_at",), name="franchise_ledger_created"),
        )


class Grant(models.Model):
    """Credit that came in at once and ends at once. `remaining` may be spent, `held` is reserved;
    the rest of the amount was spent or has lapsed. A lower `priority` is used first."""

    organization = models.ForeignKey("franchise.Organization", on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    remaining_minor = models.BigIntegerField()
    held_minor = models.BigIntegerField(default=0)
    category = models.CharField(max_length=12, choices=Category.choices)
    priority = models.PositiveSmallIntegerField(default=50)
    expires_at = models.DateTimeField(null=True)
    source = models.CharField(max_length=LONGEST_SOURCE, unique=True)
    campaign = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_grant"
        constraints = (
            models.CheckConstraint(
                name="franchise_grant_within_its_amount",
                condition=Q(amount_minor__gt=0, remaining_minor__gte=0, held_minor__gte=0)
                & Q(amount_minor__gte=F("remaining_minor") + F("held_minor")),
            ),
            models.CheckConstraint(
                name="franchise_grant_category", condition=Q(category__in=Category.values)
            ),
        )
        indexes = (
            models.Index(
                fields=("organization", "currency"),
                condition=Q(remaining_minor__gt=0),
                name="franchise_grant_usable",
            ),
            models.Index(
                fields=("expires_at",),
                condition=Q(remaining_minor__gt=0, expires_at__isnull=False),
                name="franchise_grant_ends",
            ),
        )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def remaining(self) -> Money:
        return Money(self.remaining_minor, self.currency)


class LedgerEntry(models.Model):
    """One side of a transaction. `grant`: whose credit moves, on the customer's accounts."""

    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries"
    )
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    grant = models.ForeignKey(Grant, null=True, on_delete=models.PROTECT, related_name="entries")
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "franchise_ledger_entry"
        constraints = (
            models.CheckConstraint(
                name="franchise_ledger_entry_moves_something", condition=~Q(amount_minor=0)
            ),
        )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.account.currency)


class Hold(models.Model):
    """Credit that is set aside for a payment under way, until `expires_at` at least."""

    source = models.CharField(max_length=LONGEST_SOURCE, unique=True)
    organization = models.ForeignKey("franchise.Organization", on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=HoldState.choices, default=HoldState.HELD)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "franchise_hold"
        constraints = (
            models.CheckConstraint(
                name="franchise_hold_of_something", condition=Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="franchise_hold_state", condition=Q(state__in=HoldState.values)
            ),
        )
        indexes = (
            models.Index(
                fields=("expires_at",), condition=Q(state="held"), name="franchise_hold_overdue"
            ),
        )

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class HoldPart(models.Model):
    """What a hold takes from one grant; `refunded_minor` of it went back after the hold was
    committed."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="parts")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="parts")
    amount_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "franchise_hold_part"
        constraints = (
            models.UniqueConstraint(fields=("hold", "grant"), name="franchise_hold_part_once"),
            models.CheckConstraint(
                name="franchise_hold_part_within_its_amount",
                condition=Q(amount_minor__gt=0, refunded_minor__gte=0)
                & Q(refunded_minor__lte=F("amount_minor")),
            ),
        )


class LedgerCheck(models.Model):
    """What a night's check found; one a day by the database's clock. No problems: all is well."""

    day = models.DateField(unique=True)
    ran_at = models.DateTimeField(db_default=Now())
    transactions = models.BigIntegerField()
    problems = models.JSONField(default=list)

    class Meta:
        db_table = "franchise_ledger_check"
