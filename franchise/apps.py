"""Django application: vouchers and Organizations (both roles)."""

from django.apps import AppConfig


class FranchiseConfig(AppConfig):
    name = "franchise"
    label = "franchise"
    verbose_name = "Franchise"
    append_only = (
        "franchise_ledger_transaction",
        "franchise_ledger_entry",
        "franchise_invoice",
        "franchise_credit_note",
        "franchise_revenue_movement",
        "franchise_order_event",
        "franchise_catalog_version",
    )

    def ready(self) -> None:
        from catalyst.audit.selectors import owned
        from catalyst.vault import lasting
        from franchise.applications import connections, lifecycle
        from franchise.billing import ends as billing
        from franchise.billing import payments
        from franchise.billing.cards.services import provider
        from franchise.crossing.services import Reader
        from franchise.ledger import ends
        from franchise.organizations.members.services import governed
        from franchise.site import installing
        from franchise.vouchers.codes import KEY_PURPOSE
        from franchise.vouchers.services import read_by

        for purpose in (KEY_PURPOSE, connections.FLUX_PURPOSE, connections.HOOK_PURPOSE):
            lasting.declare(purpose)
        owned("organization", governed)
        ends.register()
        billing.register()
        lifecycle.register()
        payments.offer(provider)
        read_by(Reader())
        installing.register()
