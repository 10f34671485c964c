"""What a registrar may answer, as one taxonomy (dns.md §1.4, §4), whoever the vendor is.

A vendor's own words are never shown: some repeat the key they were given.
"""

from __future__ import annotations

from typing import Any

from catalyst.language.words import lazy
from catalyst.problem import Problem


class RegistrarProblem(Problem):
    """`error` repeats `type`: clients of the earlier system read it."""

    type = "registrar-error"
    title = lazy("The registrar answered something we do not understand")
    status = 500

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "error": self.type}


class UnsupportedRegistrar(RegistrarProblem):
    """`supported`: the names that can be used."""

    type = "unsupported-registrar"
    title = lazy("There is no such registrar here")
    status = 404


class MissingDomain(RegistrarProblem):
    type = "missing-domain"
    title = lazy("A domain is needed")
    status = 422


class InvalidDomain(RegistrarProblem):
    type = "invalid-domain"
    title = lazy("This is not a domain that can be registered")
    status = 422


class MissingToken(RegistrarProblem):
    """`field`: the credential that is missing."""

    type = "missing-token"
    title = lazy("A credential is missing")
    status = 422


class InvalidCredentialShape(RegistrarProblem):
    """`field`: the credential that cannot be one, whoever would be asked."""

    type = "invalid-credential"
    title = lazy("This cannot be a credential of this registrar")
    status = 422


class MissingNameservers(RegistrarProblem):
    type = "missing-nameservers"
    title = lazy("Name servers are needed")
    status = 422


class InvalidNameservers(RegistrarProblem):
    type = "invalid-nameservers"
    title = lazy("These name servers cannot be set")
    status = 422


class InvalidToken(RegistrarProblem):
    type = "invalid-token"
    title = lazy("The registrar does not know these credentials")
    status = 401


class DomainNotInAccount(RegistrarProblem):
    type = "domain-not-in-account"
    title = lazy("The domain is not in this account")
    status = 403


class IpNotAllowed(RegistrarProblem):
    """`egress_ip`: the address the registrar has to allow."""

    type = "ip-not-allowed"
    title = lazy("The registrar does not accept calls from our address")
    status = 403


class ScopeMissing(RegistrarProblem):
    """`needs`: the rights to add, in the vendor's words."""

    type = "scope-missing"
    title = lazy("The credentials lack a right")
    status = 403


class NotEligible(RegistrarProblem):
    type = "not-eligible"
    title = lazy("The registrar does not offer its API to this account")
    status = 403


class DomainLocked(RegistrarProblem):
    type = "domain-locked"
    title = lazy("The domain is locked against changes")
    status = 409


class NotSupportedForDomain(RegistrarProblem):
    """`steps`: what a person does instead, in order."""

    type = "not-supported-for-domain"
    title = lazy("The registrar's API cannot do this for this domain")
    status = 422


class PendingOperation(RegistrarProblem):
    """Something else is being done with the domain; `retry_after` in seconds."""

    type = "pending-operation"
    title = lazy("Another change of the domain is under way")
    status = 409


class JobFailed(RegistrarProblem):
    """`job`: the vendor's id of what was accepted and then failed."""

    type = "job-failed"
    title = lazy("The registrar accepted the change and then failed to make it")
    status = 409


class NameserverNotRegistered(RegistrarProblem):
    """`hosts`: the name servers the vendor wants to be told of first."""

    type = "nameserver-not-registered"
    title = lazy("A name server is not registered with the registrar")
    status = 409


class RecordConflict(RegistrarProblem):
    type = "record-conflict"
    title = lazy("Other records of this name are in the way")
    status = 409


class ReadBackDiffers(RegistrarProblem):
    """`wanted` and `seen`: name servers or DS records."""

    type = "read-back-differs"
    title = lazy("The registrar says it is done, and shows something else")
    status = 409


class RateLimited(RegistrarProblem):
    """`retry_after` in seconds."""

    type = "rate-limited"
    title = lazy("The registrar wants fewer requests")
    status = 429


class ApiUnavailable(RegistrarProblem):
    """No usable answer. `uncertain`: what was asked may have been done all the same."""

    type = "api-unavailable"
    title = lazy("The registrar does not answer at the moment")
    status = 502

    @property
    def uncertain(self) -> bool:
        return bool(self.extra.get("uncertain"))


TRANSIENT = (RateLimited, ApiUnavailable)
