"""Runs the mail server and its page until SIGTERM or SIGINT."""

import asyncio
import functools
import ssl

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP

from infra.localcloud.internet.acme import make_server_certificate
from infra.localcloud.mailbox.config import Config
from infra.localcloud.mailbox.letters import Letters
from infra.localcloud.mailbox.page import build
from infra.localcloud.serving import server, stop_on_signal

CERTIFICATE = "mailbox"
_LARGEST = 2 * 1024 * 1024  # bytes of one mail


async def run(config: Config) -> None:
    """Serve until told to stop. Raises OSError when a port is taken."""
    config.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    # Who asks for STARTTLS gets it; who cannot (Keycloak trusts no authority of ours) goes without.
    taking = await loop.create_server(
        functools.partial(
            SMTP,
            Mailbox(config.folder),
            tls_context=_tls(config),
            data_size_limit=_LARGEST,
            hostname="localhost",
            loop=loop,
        ),
        host="127.0.0.1",
        port=config.smtp_port,
    )
    page = server(build(Letters(config.folder)), "127.0.0.1", config.page_port)
    stop_on_signal([page])
    async with taking:
        await page.serve()


def _tls(config: Config) -> ssl.SSLContext:
    # At every start: cheaper than to ask whether the last one is still of this authority.
    make_server_certificate(config.acme_dir, CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        config.acme_dir / f"{CERTIFICATE}.pem", config.acme_dir / f"{CERTIFICATE}.key"
    )
    return context
