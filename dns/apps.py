"""Django application: names under pool domains (role zero)."""

from django.apps import AppConfig


class DnsConfig(AppConfig):
    name = "dns"
    label = "dns"
    verbose_name = "Domains"
    api_routes = ""

    def ready(self) -> None:
        from dns.byo import figures  # noqa: F401 - it registers
