"""The App a customer begins with: its Plan paid from the credit, and the App wanted, in the same
transaction as the redemption.
"""

from __future__ import annotations

from django.http import HttpRequest

from franchise.applications import services as applications
from franchise.applications.models import App
from franchise.billing.orders import services as orders
from franchise.organizations import services as organizations
from franchise.organizations.environments import services as environments
from franchise.organizations.members.models import Membership
from franchise.organizations.models import Organization
from franchise.vouchers.models import Redemption


def order_key(key: str) -> str:
    """Under which the Plan of a redemption is ordered."""
    return f"redeem:{key}"


def want(
    *,
    blueprint: str,
    organization: Organization,
    email: str,
    key: str,
    by: Membership | None,
    request: HttpRequest | None,
) -> App | None:
    """Nothing where none is asked for, and where there are no Apps.

    Raises NotInstallable, NotSold, CreditTooSmall, NoRoom, RoleTooSmall.
    """
    if not (blueprint and applications.enabled()):
        return None
    organization = organizations.get(organization_id=organization.pk)
    if not organization.plan:
        orders.place_by_credit(
            organization_id=organization.pk,
            placed_by=email,
            email=email,
            cart=orders.Cart(plan=applications.least_plan(blueprint=blueprint), apps=(blueprint,)),
            idempotency_key=order_key(key),
            request=request,
        )
    environment = environments.of_organization(organization_id=organization.pk)[0]
    return applications.install(
        organization_id=organization.pk,
        environment_id=environment.pk,
        blueprint=blueprint,
        actor=email,
        by=by,
        request=request,
    )


def came_of(app: App, redemption: Redemption) -> None:
    applications.came_of(app=app, redemption=redemption)


def of(redemption: Redemption) -> App | None:
    return App.objects.select_related("organization", "environment").filter(
        redemption=redemption
    ).first()  # fmt: skip
