"""Django application: provisioning of Sovereigns (role zero)."""

from django.apps import AppConfig


class SovereignWizardConfig(AppConfig):
    name = "sovereign_wizard"
    label = "sovereign_wizard"
    verbose_name = "Sovereigns"
    api_routes = ""

    def ready(self) -> None:
        from sovereign_wizard.handover import second_person
        from sovereign_wizard.operations import figures  # noqa: F401 - it registers
        from sovereign_wizard.progress import permission

        permission.register()
        second_person.register()
