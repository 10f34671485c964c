"""Django application: vouchers and Organizations (both roles)."""

from django.apps import AppConfig


class FranchiseConfig(AppConfig):
    name = "franchise"
    label = "franchise"
    verbose_name = "Franchise"
