"""Addresses of the operators' pages, all below `/domains/`."""

from django.urls import path

from dns.backoffice.views import drift, names, pools, quarantine, tokens, trial, words

urlpatterns = [
    path("", names.names, name="domains"),
    path("<uuid:allocation_id>/", names.name, name="domain"),
    path("<uuid:allocation_id>/check/", names.check_now, name="domain-check"),
    path("<uuid:allocation_id>/look-again/", names.look_again, name="domain-look-again"),
    path("<uuid:allocation_id>/zone/", names.zone_of, name="domain-zone"),
    path("<uuid:allocation_id>/quarantine/", quarantine.lift, name="quarantine-lift"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("pools/", pools.pools, name="pools"),
    path("pools/<str:domain>/", pools.pool, name="pool"),
    path("pools/<str:domain>/verdict/", pools.verdict, name="pool-verdict"),
    path("reserved/", words.words, name="reserved-words"),
    path("reserved/<str:word>/", words.word, name="reserved-word"),
    path("reserved/<str:word>/free/", words.free, name="reserved-word-free"),
    path("tokens/", tokens.tokens, name="service-tokens"),
    path("tokens/new/", tokens.new_token, name="service-token-new"),
    path("tokens/<uuid:token_id>/revoke/", tokens.revoke, name="service-token-revoke"),
    path("dry-run/", trial.dry_run, name="dry-run"),
    path("drift/", drift.drift, name="drift"),
    path("drift/look/", drift.look, name="drift-look"),
    path("drift/repair/", drift.repair, name="drift-repair"),
    path("drift/force/", drift.force, name="drift-force"),
    path("drift/orphans/", drift.orphans, name="drift-orphans"),
]
