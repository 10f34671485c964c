"""Which addresses there are, and which of them are no page or looked at elsewhere."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

# Addresses that draw no page of their own: data, parts of pages, acts that lead back to a page.
NO_PAGE = {
    "billing-webhook",
    *("healthz", "readyz", "metrics", "csp-report", "acme-update", "language", "logout"),
    *("log-events", "log-page", "log-matches", "log-counts", "log-download"),
    *("sovereigns-csv", "deployment-jobs-csv"),
    *("wizard-name", "wizard-token", "wizard-key", "wizard-preflight", "wizard-discard"),
    *("deployment-mail", "deployment-look", "deployment-remove", "deployment-kubeconfig"),
    *("deployment-archive", "deployment-passphrase", "deployment-destroy-token"),
    *("deployment-first-admin", "account-sessions-end-others"),
    *("approval-agree", "approval-refuse"),
    *("domain-check", "domain-look-again", "drift-look", "drift-repair", "drift-force"),
    *("drift-orphans", "pool-verdict", "reserved-word-free", "service-token-revoke"),
    *("move-panel", "move-check"),
    *("voucher-pause", "voucher-resume", "voucher-revoke", "voucher-reprint"),
    *("voucher-edit", "voucher-reissue", "voucher-qr", "voucher-find"),
    *("vouchers-csv", "vouchers-bulk"),
    *("campaign-codes", "campaign-pause", "campaign-resume", "campaign-revoke"),
    *("batch-csv", "batch-pdf"),
    *("organizations", "account-visit-end", "backoffice-organizations-bulk"),
    *("organization-environments", "organization-leave", "organization-member-role"),
    *("organization-member-remove", "organization-invitation-resend", "organization-export"),
    *("organization-invitation-withdraw", "organization-delete", "organization-keep"),
    *("backoffice-organization-suspend", "backoffice-organization-resume"),
    *("backoffice-organization-delete", "backoffice-organization-keep"),
    "backoffice-organization-visit",
    *("backoffice-order-refund", "backoffice-order-cancel", "backoffice-invoice"),
    *("backoffice-billing-key-remove", "backoffice-tax-add", "backoffice-tax-remove"),
    *("organization-invoice", "organization-subscription-end", "organization-subscription-pay"),
    "organization-order-cancel",
    *("home", "mail-go-on", "backoffice-filter-keep", "backoffice-filter-forget"),
    "catalog-sale",
    *("ledger-check", "settlement-csv"),
    *("signed-trust", "signed-rotate", "signed-new", "signed-turn", "signed-withdraw"),
    *("signed-sign", "signed-revoke", "signed-csv", "signed-show"),
    *("signed-keys", "signed-revoked", "signed-settlement"),
    *("organization-app-upgrade", "organization-app-roll-back", "organization-app-retry"),
    *(
        "redeem-give-back",
        "redeem-status",
        "gitea-hook",
        "brand-logo",
        "brand-css",
        "site-free-name",
        "organization-checkout-change",
    ),
}
BACK_OFFICE = (
    *("backoffice/", "backoffice/team/", "backoffice/mails/", "backoffice/revenue/"),
    *("backoffice/orders/", "backoffice/invoices/", "backoffice/billing/"),
    *("backoffice/brand/", "plans", "apps", "app/ghost", "addons", "review", "checkout"),
)
# Looked at elsewhere: they need another log-in, a second person, or something gone wrong first.
ELSEWHERE = {
    # Its link is in a mail.
    "invitation": "tests/integration/franchise/organizations/test_invitations.py",
    # An order that was paid, and a member of its Organization.
    "backoffice-order": "tests/integration/franchise/billing/test_pages.py",
    "organization-billing": "tests/integration/franchise/billing/test_pages.py",
    "mail-stop": "tests/integration/franchise/mails/test_stopping.py",
    "oidc-begin": "tests/e2e/catalyst/test_single_sign_on.py",
    "oidc-callback": "tests/e2e/catalyst/test_single_sign_on.py",
    "oidc-back-channel": "tests/security/test_oidc_back_channel.py",
    # An App and, for what is asked of Git and the cluster, a Sovereign with Apps.
    **dict.fromkeys(
        (
            "organization-app",
            "organization-app-configure",
            "organization-app-remove",
            "organization-app-logs",
            "organization-app-history",
            "organization-app-install",
        ),
        "tests/integration/franchise/site/test_apps.py",
    ),
    # The session that redeemed, or a member.
    "redeem-progress": "tests/integration/franchise/redeem/test_progress_page.py",
    # An order that was placed at the checkout.
    "organization-checkout": "tests/integration/franchise/site/test_checkout.py",
    # With CATALYST_FOUR_EYES only, and then a second person.
    "approval": "tests/security/test_four_eyes.py",
}


def named(resolver: URLResolver) -> set[str]:
    """The names of all addresses that are not the API's."""
    found: set[str] = set()
    for part in resolver.url_patterns:
        if isinstance(part, URLResolver) and not part.namespace:
            found |= named(part)
        elif isinstance(part, URLPattern) and part.name and "api" not in part.name:
            found.add(part.name)
    return found
