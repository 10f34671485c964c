"""Every limit of Catalyst in one table: how many, in how long, and why that many."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE = 60
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` in any `seconds` that follow each other. `why` is for whoever changes it.

    `strict`: who cannot be counted, because Redis is away, is refused; elsewhere they are let in.
    """

    amount: int
    seconds: int
    why: str
    strict: bool = False


LIMITS: dict[str, Limit] = {
    "log-in": Limit(
        10,
        MINUTE,
        "For one address and one account together, given back by a log-in that succeeds: nobody "
        "mistypes ten times a minute, and no stranger can lock a person out from elsewhere.",
    ),
    "log-in-address": Limit(
        120,
        MINUTE,
        "For one address, all accounts: an office behind one address logs in on Monday at nine; "
        "trying one password on thousands of accounts takes hours.",
    ),
    "issuer-log-out": Limit(
        1200,
        MINUTE,
        "For one address. An operator who ends everybody's log-ins at the issuer makes it tell us "
        "of each; a stranger's tokens cost a signature to judge, and must not fill our log.",
    ),
    "token-check": Limit(
        20,
        HOUR,
        "For one person. Each check is a request at Hetzner in somebody's name, and says whether "
        "a token is good: this is no place to try stolen ones.",
    ),
    "preflight": Limit(
        600,
        HOUR,
        "For one person. A review asks for ten checks, some of them at Hetzner in somebody's name; "
        "sixty reviews an hour are one a minute.",
    ),
    "provision": Limit(
        10, HOUR, "For one person. Each one may cost money; nobody reads ten reviews in an hour."
    ),
    "retry": Limit(
        60,
        HOUR,
        "For one person. Each is a run that asks Hetzner dozens of times before it stops again; "
        "one a minute is a person who mends something in between.",
    ),
    "cancel": Limit(
        60,
        HOUR,
        "For one person. As often as a retry: a run that must be stopped can be stopped each time.",
    ),
    "destroy": Limit(
        20,
        HOUR,
        "For one person. Each looks at everything in the project first, and a full name is typed; "
        "more of them are a script or a stolen session, and what is lost does not come back.",
    ),
    "approve": Limit(
        60,
        HOUR,
        "For one person. A plan is read before; it takes one a minute even after every retry.",
    ),
    "name-check": Limit(
        120, MINUTE, "For one person. A page asks 400 ms after the last key: at most 150 a minute."
    ),
    "domain-look": Limit(
        60,
        HOUR,
        "For one person. Each asks a domain's servers all over the world some hundred questions.",
    ),
    "acme-update": Limit(
        60,
        HOUR,
        "For one account and one address together. An order writes two values, twice a year per "
        "name; more is a client that tries in a loop.",
    ),
    "acme-update-address": Limit(
        120,
        MINUTE,
        "For one address, all accounts: many Sovereigns may come from one; a key of 240 random "
        "bits is not guessed, and who tries is not to keep the database busy.",
    ),
    "call-back": Limit(
        60, MINUTE, "For one Deployment. A machine tries every few seconds until it is heard."
    ),
    "registrar": Limit(
        20,
        HOUR,
        "For one person. Each asks a registrar in somebody's name and says whether a key is good: "
        "like a token check, this is no place to try stolen ones.",
    ),
    "registrar-address": Limit(
        60, HOUR, "For one address, all accounts: an office of three people at the limit above."
    ),
    "csp-report": Limit(
        60,
        MINUTE,
        "For one address. A page that breaks our policy sends a few; a stranger must not fill the "
        "log.",
    ),
    "redeem": Limit(
        60,
        MINUTE,
        "For one address: a shop redeems for its customers, one after the other. Codes have more "
        "bits than anybody can try; this keeps the database from being busy with it. Strict, as "
        "those sellers choose by hand have fewer.",
        strict=True,
    ),
    "redeem-account": Limit(
        20,
        HOUR,
        "For one e-mail, wherever it comes from: each redemption is an Organization of its own, "
        "and nobody founds twenty in an hour. Counted with good codes only, so that no stranger "
        "can use it up.",
    ),
    "redeem-all": Limit(
        3000,
        MINUTE,
        "For everybody together, half of what one web process answers: tries from thousands of "
        "addresses leave it room for log-ins and pages.",
        strict=True,
    ),
    "preview": Limit(
        60,
        MINUTE,
        "For one address: what a code is worth, asked by links. As often as redeemed. Strict: it "
        "says of any code whether it is good, and sellers choose some by hand.",
        strict=True,
    ),
    "preview-account": Limit(
        60,
        MINUTE,
        "For one person who is logged in, wherever they ask from; else as by address.",
        strict=True,
    ),
    "preview-all": Limit(3000, MINUTE, "For everybody together: as for redeeming.", strict=True),
    "site-name": Limit(
        60,
        MINUTE,
        "For one address: whether a short name is free, asked while it is typed. Each is one look "
        "at an index; nobody is to list all customers by it.",
    ),
    "mail": Limit(
        10,
        24 * HOUR,
        "For one recipient. A domain that comes and goes all day is one thing to look at, and "
        "its page says the same; a mailbox is not to be filled in our name.",
    ),
    "invitation": Limit(
        60, MINUTE, "For one address. A link has more bits than anybody can try; as for redeeming."
    ),
    "invite": Limit(
        100,
        24 * HOUR,
        "For one Organization. Each is a mail in our name to somebody who did not ask for it; a "
        "team of a hundred joins in a day.",
    ),
    "refusal": Limit(
        60,
        HOUR,
        "For one person. So many refusals a person causes are audited; whoever knocks on must not "
        "fill the audit, and is in the log still.",
    ),
    "sshkey": Limit(20, HOUR, "For one person. A key is made once, or again after a lost file."),
}
