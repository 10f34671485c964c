"""Ends TLS with the certificates of a service; the name the client asks for chooses (RFC 6066)."""

import ssl

from infra.localcloud.balancers.plan import CertificatePlan


def context_for(certificates: tuple[CertificatePlan, ...]) -> ssl.SSLContext:
    """A context that serves the first certificate when none has the name. Raises OSError, SSLError
    when a file cannot be used."""
    contexts = [(plan.names, _context(plan)) for plan in certificates]

    def choose(socket: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        for names, context in contexts:
            if name is not None and any(_matches(name, pattern) for pattern in names):
                socket.context = context
                return

    first = contexts[0][1]
    first.sni_callback = choose
    return first


def _context(plan: CertificatePlan) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(plan.file)
    return context


def _matches(name: str, pattern: str) -> bool:
    """A wildcard stands for one label, the first (RFC 6125 section 6.4.3)."""
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return name == pattern
