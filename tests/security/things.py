"""People of every role, and an object of every kind that an address can name."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalyst.eventlog.services import Line, append, finish
from catalyst.four_eyes.models import Approval
from catalyst.identity.models import Role, User
from catalyst.identity.oidc.middleware import FRESH_UNTIL
from catalyst.models import IssuerLogin, UserSession
from catalyst.vault.secret import Secret
from dns.byo.models import DomainMove, Mode
from dns.pools.models import Pool
from dns.tokens import services as tokens
from dns.tokens.models import Scope
from franchise.applications.models import App
from franchise.backoffice.models import SavedFilter
from franchise.billing.models import BillingSecret, Order, TaxRate
from franchise.billing.orders import services as orders
from franchise.billing.settings import services as billing
from franchise.catalog import services as catalog
from franchise.crossing import pairs
from franchise.crossing import services as crossing
from franchise.ledger import services as ledger
from franchise.mails import stopping
from franchise.mails.models import Mail
from franchise.money import Money
from franchise.organizations import services as organizations
from franchise.organizations.members import invitations
from franchise.organizations.models import Membership
from franchise.vouchers import services as vouchers
from franchise.vouchers.models import Redemption
from sovereign_wizard.provisioning import services
from sovereign_wizard.provisioning.models import Deployment, PhaseState
from sovereign_wizard.wizard.models import Draft

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPx0j5pE0Xk0cFfXb1m7Cz3o5cYJvG1yYxg3iK0bqv7d owner"


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def session_of(client: Client) -> UserSession:
    return UserSession.objects.get(pk=client.cookies[settings.SESSION_COOKIE_NAME].value)


def late(client: Client, by: timedelta = timedelta(seconds=1)) -> None:
    """As if the time of the access token had run out so long ago."""
    then = timezone.now() - by
    IssuerLogin.objects.filter(pk=client.session.session_key).update(
        fresh_until=then, asked_at=None
    )
    session = client.session
    session[FRESH_UNTIL] = then.isoformat()
    session.save()


def deployment_of(owner: User, organization: str = "Canary Telecom") -> Deployment:
    pool = Pool.objects.get_or_create(domain=settings.CATALYST.pool_domains[0])[0]
    made = services.create(
        owner=owner,
        wish=services.DeploymentRequest(
            organization_name=organization,
            owner_email=owner.email,
            pool_domain=pool.domain,
            subdomain=f"t{uuid.uuid4().hex[:12]}",
            region="hel1",
            control_plane_size="cx43",
            worker_size="",
            worker_count=0,
            hetzner_project_id="1",
            hetzner_token=Secret("made-up-" + uuid.uuid4().hex),
            ssh_public_key=KEY,
        ),
        idempotency_key=uuid.uuid4().hex,
    )
    append(made.subject, [Line("canary line", phase="preflight")])
    finish(made.subject)
    return made


def things_of(
    owner: User, *, organization: str = "Canary Telecom", domain: str = "canary.example"
) -> dict[str, Any]:
    """One of each, and its id by the name addresses use for it."""
    deployment = deployment_of(owner, organization)
    phase = deployment.runs.get().phases.get(phase="preflight")
    phase.state, phase.started_at = PhaseState.RUNNING, timezone.now()
    phase.save()
    move = DomainMove.objects.create(
        fqdn=domain,
        registrable=domain,
        mode=Mode.choices[0][0],
        owner=deployment.subject,
        account=owner.account,
        created_by=str(owner),
        idempotency_key=uuid.uuid4().hex,
        challenge="made-up",
        acme_key_hash="0" * 64,
    )
    operator = User.objects.get_or_create(
        subject="asks@example.com", email="asks@example.com", roles=[Role.OPERATOR]
    )[0]
    approval = Approval.objects.create(
        act="deployment.destroy",
        object=deployment.subject,
        digest="0" * 64,
        words="canary words",
        asked_by=operator,
        until=timezone.now() + timedelta(hours=1),
    )
    theirs = organizations.create(
        name=organization, owner_email=owner.email, slug=f"o{uuid.uuid4().hex[:12]}", user=owner
    )
    membership = Membership.objects.get(organization=theirs)
    invited = invitations.invite(by=membership, email="invited@example.com", role="viewer")
    bought = bought_by(theirs, owner)
    environment = theirs.environments.get()
    app = App.objects.create(
        organization=theirs, environment=environment, name="gitea", blueprint="gitea",
        version="1.0.0", label=f"{environment}-gitea", state=App.State.READY,
    )  # fmt: skip
    append(f"app:{app.pk}", [Line("canary line", phase="prove")])
    return {
        "app_label": app.label,
        "order_number": bought.number,
        "document_number": bought.invoice.number,
        "subscription_id": bought.subscription_id,
        "redemption_id": redeemed_by(theirs, owner),
        "organization": theirs.slug,
        "membership_id": membership.pk,
        "invitation_id": invited.pk,
        "approval_id": approval.pk,
        "deployment_id": deployment.pk,
        "draft_id": Draft.objects.create(owner=owner).pk,
        "filter_id": SavedFilter.objects.create(
            person=owner, page="vouchers", name="canary", query="state=active"
        ).pk,
        "move_id": move.pk,
        "subject": deployment.subject,
        "job_id": f"{deployment.pk}:preflight-1",
        "execution_id": f"{phase.pk:032x}",
        "phase": "preflight",
        "job_name": "preflight-1",
    }


def common_things() -> dict[str, Any]:
    """What has no owner: who may see one may see all."""
    catalog.seed()
    issued = vouchers.issue(
        credit=Money(1_000, "OMR"),
        max_redemptions=1,
        expires_at=timezone.now() + timedelta(days=1),
        actor="test",
    )
    batch = vouchers.add_batch(campaign_id=issued.voucher.campaign_id, size=2, actor="test")
    token = tokens.issue(name="canary", scopes=[Scope.CHECK], life=timedelta(days=1), actor="test")
    organization = organizations.create(
        name="Canary Shop", owner_email="shop@example.com", slug=f"s{uuid.uuid4().hex[:12]}"
    )
    buyer = User.objects.get_or_create(subject="shop@example.com", email="shop@example.com")[0]
    bought = bought_by(organization, buyer)
    return {
        "order_id": bought.pk,
        "document_number": bought.invoice.number,
        "billing_key": kept_key(),
        "tax_rate_id": rate_to_come(),
        "organization_id": organization.pk,
        "allocation_id": uuid.uuid4(),
        "transaction_id": _booked(organization.pk),
        "token_id": token.id,
        "signed": stopping.address_of(_mail()).split("/")[-3],
        "voucher_id": issued.voucher.pk,
        "campaign_id": issued.voucher.campaign_id,
        "batch_id": batch.pk,
        "part": 0,
        "code": issued.code.reveal(),
        "domain": settings.CATALYST.pool_domains[0],
        "word": "api",
        "registrar": "cloudflare",
        "check": "clock",
        "component": "grafana",
        "family": "insights",
        "app": "ghost",
        "shelf": "plans",
        "good": "s",
        "rest": "nowhere",
        **_signed(),
    }


def _signed() -> dict[str, Any]:
    """Another Sovereign, its key, and a voucher that we sign for it."""
    public = pairs.new_pair()[1]
    peer = crossing.trust(fqdn=f"s{uuid.uuid4().hex[:12]}.example", public=public, actor="test")
    terms = crossing.Terms(
        name="canary", audience_id=peer.pk, credit=Money(1_000, "OMR"),
        ends_at=timezone.now() + timedelta(days=1), cap=9,
    )  # fmt: skip
    campaign = crossing.create(terms=terms, actor="test")
    (voucher,) = crossing.sign(campaign_id=campaign.pk, count=1, actor="test")
    return {
        "peer_id": peer.pk,
        "peer_key_id": peer.keys.get().pk,
        "signed_campaign_id": campaign.pk,
        "signed_voucher_id": voucher.pk,
    }


def bought_by(organization: organizations.Organization, user: User) -> Order:
    """Plan S, paid by credit."""
    with transaction.atomic():
        ledger.grant(
            organization_id=organization.pk, amount=Money(5_000, "OMR"), category="goodwill",
            source=f"canary:{organization.pk}", actor="test",
        )  # fmt: skip
    cart = orders.Cart(plan="s")
    return orders.place(
        organization_id=organization.pk, user=user, cart=cart, idempotency_key="canary",
        expected_fingerprint=orders.offer(cart=cart).fingerprint,
    )  # fmt: skip


def redeemed_by(organization: organizations.Organization, user: User) -> int:
    """A code, used by an Organization."""
    issued = vouchers.issue(
        credit=Money(1_000, "OMR"),
        max_redemptions=1,
        expires_at=timezone.now() + timedelta(days=1),
        actor="test",
    )
    with transaction.atomic():
        used: Redemption = vouchers.use(
            voucher=vouchers.look(code=issued.code),
            organization=organization,
            email=user.email,
            idempotency_key=uuid.uuid4().hex,
        )
    return used.pk


def kept_key() -> str:
    """A made-up key of the payment provider."""
    name = BillingSecret.Name.API_KEY.value
    billing.change(actor="test", changes={}, secrets={name: Secret("sk_test_" + "c" * 24)})
    return name


def rate_to_come() -> int:
    """A tax rate that has not begun."""
    values = {"name": "VAT", "basis_points": 700}
    day = date(2099, 1, 1)
    return TaxRate.objects.get_or_create(country="OM", valid_from=day, defaults=values)[0].pk


def _booked(organization_id: int) -> int:
    return ledger.adjust(
        organization_id=organization_id,
        amount=Money(1_000, "OMR"),
        reason="canary",
        source=uuid.uuid4().hex,
        actor="test",
    ).pk


def _mail() -> Mail:
    return Mail.objects.create(
        kind="voucher-issued", to="x@example.com", key="1", message_id=uuid.uuid4().hex
    )


def unknown_things() -> dict[str, Any]:
    return {
        "organization": f"u{uuid.uuid4().hex[:12]}",
        "app_label": f"u{uuid.uuid4().hex[:8]}-prod-gitea",
        "membership_id": 0,
        "invitation_id": 0,
        "order_number": "O-0000000000",
        "document_number": "INV-1999-000001",
        "subscription_id": 0,
        "redemption_id": 0,
        "approval_id": uuid.uuid4(),
        "deployment_id": uuid.uuid4(),
        "draft_id": uuid.uuid4(),
        "filter_id": 2**62,
        "move_id": uuid.uuid4(),
        "subject": f"deployment:{uuid.uuid4()}",
        "job_id": f"{uuid.uuid4()}:preflight-1",
        "execution_id": uuid.uuid4().hex,
        "phase": "preflight",
        "job_name": "preflight-1",
    }


# One of them stands for all as long as the table treats them alike (test_every_address.py).
OF_ORGANIZATIONS = frozenset(role for role in Role if role.startswith("org-"))
PEOPLE = {
    "nobody": None,
    "without a role": (),
    **{
        str(role): (str(role),)
        for role in Role
        if role not in OF_ORGANIZATIONS or role == Role.ORG_OWNER
    },
}
