"""Django application: vouchers and Organizations (both roles)."""

from django.apps import AppConfig


class FranchiseConfig(AppConfig):
    name = "franchise"
    label = "franchise"
    verbose_name = "Franchise"

    def ready(self) -> None:
        from catalyst.vault import lasting
        from franchise.vouchers.codes import KEY_PURPOSE

        lasting.declare(KEY_PURPOSE)
