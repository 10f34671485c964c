"""Which addresses are one mailbox, so that one person cannot redeem as many (spec §9.1 no. 10).

Lower case; what follows a plus sign is a tag everywhere (RFC 5233). A few large providers publish
that they ignore more, or that several domains are one mailbox; nobody else's dots are touched.
"""

from __future__ import annotations

# Gmail: "dots don't matter"; googlemail.com is the same mailbox. Proton ignores dots, hyphens and
# underscores, and its three domains are one mailbox. iCloud's three domains are one mailbox.
_SAME = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
}
_IGNORED = {"gmail.com": ".", "proton.me": ".-_"}


def person_of(email: str) -> str:
    """The mailbox of an address: `Fatma.Ali+a@Googlemail.com` → `fatmaali@gmail.com`."""
    local, _, domain = email.strip().lower().rpartition("@")
    domain = _SAME.get(domain, domain)
    kept = local.partition("+")[0]
    kept = kept.translate(dict.fromkeys(map(ord, _IGNORED.get(domain, ""))))
    return f"{kept or local}@{domain}"


def domain_of(person: str) -> str:
    return person.rpartition("@")[2]
