"""Django application of the kernel."""

from django.apps import AppConfig


class CatalystConfig(AppConfig):
    name = "catalyst"
    label = "catalyst"
    verbose_name = "Catalyst kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.conf import settings

        from catalyst.api.idempotency import forget_old
        from catalyst.audit.sealing import seal
        from catalyst.eventlog.compaction import compact_due
        from catalyst.identity.keycloak import promises  # noqa: F401 - it registers
        from catalyst.identity.oidc.logins import forget_spent
        from catalyst.identity.sessions import SessionStore
        from catalyst.telemetry import kernel, spans, tasks_seen  # noqa: F401 - they register
        from catalyst.vault.services import delete_expired
        from catalyst.vault.sweeping import sweep_due
        from catalyst.work import beat

        beat.every_round(delete_expired)
        beat.every_round(sweep_due)
        beat.every_round(compact_due)
        beat.every_round(forget_old)
        beat.every_round(SessionStore.clear_expired)
        beat.every_round(forget_spent)
        beat.every_round(seal)
        beat.schedule()
        env = settings.CATALYST
        spans.configure(endpoint=env.otlp_endpoint, role=env.role, ca_bundle=env.ca_bundle)
