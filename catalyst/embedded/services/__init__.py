"""The services of the stack, one small module each, in an order of starting."""

from __future__ import annotations

from catalyst.embedded.service import Service
from catalyst.embedded.services import (
    console,
    dnsdist,
    gitea,
    internet,
    keycloak,
    localcloud,
    mailbox,
    openbao,
    postgres,
    powerdns,
    redis,
    registrars,
    stripe,
    supply,
)

EVERY: tuple[Service, ...] = (
    postgres.INIT,
    postgres.SERVER,
    postgres.DATABASES,
    redis.SERVER,
    openbao.SERVER,
    openbao.UNSEAL,
    internet.INTERNET,
    powerdns.SERVER,
    dnsdist.SERVER,
    internet.ACME_PREPARE,
    internet.PEBBLE,
    internet.ACME_TRUST,
    registrars.SERVER,
    stripe.SERVER,
    console.MIGRATE,
    console.DELEGATIONS,
    supply.SERVER,
    localcloud.SERVER,
    console.WEB,
    mailbox.SERVER,
    keycloak.SCHEMA,
    keycloak.SERVER,
    keycloak.REALM,
    gitea.SERVER,
    gitea.PERSON,
    console.WORKER,
    console.BEAT,
)
