"""The rows of one redemption by bare SQL on an open connection, in the order the product has."""

from __future__ import annotations

import json
import uuid
from typing import Any

import psycopg

_LOOK = """
SELECT v.id, v.campaign_id, c.credit_minor, c.currency, c.name FROM franchise_voucher_code AS v
JOIN franchise_campaign AS c ON c.id = v.campaign_id WHERE v.code_hash = %s
"""
_ORGANIZATION = """
INSERT INTO franchise_organization (slug, name, owner_email, created_at)
VALUES (%s, %s, %s, now()) RETURNING id
"""
_MEMBER = """
INSERT INTO franchise_membership (organization_id, email, role, joined_at)
VALUES (%s, %s, 'owner', now())
"""
_ENVIRONMENT = """
INSERT INTO franchise_environment (organization_id, kind, created_at) VALUES (%s, 'prod', now())
"""
_ACCOUNTS = """
INSERT INTO franchise_ledger_account (organization_id, kind, currency, balance_minor)
VALUES (%s, 'credit', %s, %s), (%s, 'promotion', %s, %s) RETURNING id
"""
_GRANT = """
INSERT INTO franchise_grant (organization_id, currency, amount_minor, remaining_minor, held_minor,
    category, priority, source, campaign)
VALUES (%s, %s, %s, %s, 0, 'promotional', 50, %s, %s) RETURNING id
"""
_TRANSACTION = """
INSERT INTO franchise_ledger_transaction (organization_id, kind, source, actor, memo, "order",
    campaign)
VALUES (%s, 'grant', %s, %s, '', '', %s) RETURNING id
"""
_ENTRIES = """
INSERT INTO franchise_ledger_entry (transaction_id, account_id, grant_id, amount_minor)
VALUES (%s, %s, %s, %s), (%s, %s, NULL, %s)
"""
_AUDIT = """
INSERT INTO audit_event (at, actor, role, act, object, request_id, before, after)
VALUES (now(), 'anonymous', '', 'franchise.redeem', %s, '', '{}', %s)
"""
_MAIL = """
INSERT INTO franchise_mail (kind, "to", key, language, context, secrets, state, attempts, problem,
    message_id, promised_at)
VALUES ('voucher-redeemed', %s, %s, '', %s, '{}', 'promised', 0, '', %s, now()) RETURNING id
"""
_OUTBOX = """
INSERT INTO work_outbox (topic, key, payload, available_at, attempts, last_error, traceparent,
    created_at)
VALUES ('franchise.mail', %s, '{}', now(), 0, '', '', now())
"""
_CODE = """
UPDATE franchise_voucher_code SET redeemed = redeemed + 1
WHERE id = %s AND status = 'active' AND redeemed < max_redemptions
"""
_CAMPAIGN = """
UPDATE franchise_campaign SET redeemed = redeemed + 1, spent_minor = spent_minor + credit_minor
WHERE id = %s AND status = 'active' AND ends_at > clock_timestamp()
"""
_REDEMPTION = """
INSERT INTO franchise_redemption (campaign_id, voucher_id, organization_id, email, person, domain,
    amount_minor, currency, state, once_per_organization, once_per_person, idempotency_key,
    created_at)
VALUES (%s, %s, %s, %s, %s, 'example.com', %s, %s, 'committed', true, true, %s, now())
"""


class Raw:
    """One customer's connection; opened when it is first used, so that a fork has its own."""

    def __init__(self, issued: Any) -> None:
        self.code_hash = issued.voucher.code_hash
        self.connection: psycopg.Connection | None = None

    def redeem(self, name: str) -> None:
        if self.connection is None:
            self.connection = _connect()
        email, source = f"{name}@example.com", f"redemption:{name}"
        with self.connection.transaction(), self.connection.cursor() as cursor:

            def one(statement: str, *values: Any) -> Any:
                return cursor.execute(statement, values).fetchone()

            voucher, campaign, minor, currency, words = one(_LOOK, self.code_hash)
            (organization,) = one(_ORGANIZATION, name, name, email)
            cursor.execute(_MEMBER, (organization, email))
            cursor.execute(_ENVIRONMENT, (organization,))
            accounts = (organization, currency, minor, organization, currency, -minor)
            (credit,), (promotion,) = cursor.execute(_ACCOUNTS, accounts).fetchall()
            (grant,) = one(_GRANT, organization, currency, minor, minor, source, words)
            (entry,) = one(_TRANSACTION, organization, source, email, words)
            cursor.execute(_ENTRIES, (entry, credit, grant, minor, entry, promotion, -minor))
            facts = json.dumps({"organization": name, "email": email, "amount": minor})
            cursor.execute(_AUDIT, (f"voucher:{voucher}", facts))
            (mail,) = one(_MAIL, email, source, facts, f"<{uuid.uuid4().hex}@bench>")
            cursor.execute(_OUTBOX, (str(mail),))
            for statement, row in ((_CODE, voucher), (_CAMPAIGN, campaign)):
                if cursor.execute(statement, (row,)).rowcount != 1:
                    raise RuntimeError("the code cannot be used")
            values = (campaign, voucher, organization, email, email, minor, currency, name)
            cursor.execute(_REDEMPTION, values)


def _connect() -> psycopg.Connection:
    from django.db import connection

    parameters = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port")
    return psycopg.connect(**{name: parameters[name] for name in wanted if name in parameters})
