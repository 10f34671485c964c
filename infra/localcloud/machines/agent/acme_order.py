"""One order at an ACME server (RFC 8555) with DNS-01, the TXT records set by the acme-dns protocol.

Sources: RFC 8555 section 8.4; github.com/joohoi/acme-dns, "Update endpoint".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from acme import challenges, client, crypto_util, errors, messages
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.jwa import ES256
from josepy.jwk import JWK, JWKEC

from infra.localcloud.machines.agent.callback import client as http_client
from infra.localcloud.machines.agent.retry import Failed
from infra.localcloud.machines.agent.secret import FOLDER, made_once
from infra.localcloud.machines.layout import MachineDir, read_private
from infra.localcloud.machines.sovereign import Acme

_PATIENCE = timedelta(seconds=90)
_USER_AGENT = "catalyst-localcloud-machine"


@dataclass(frozen=True, slots=True)
class Issued:
    key_pem: str
    fullchain_pem: str


def order(machine: MachineDir, fqdn: str, told: Acme, bundle: Path | None) -> Issued:
    """A certificate for the name and everything one label below it.

    Raises Failed, acme.errors.Error, httpx.HTTPError; all of them are worth another try.
    """
    account_key = JWKEC.load(made_once(machine, f"{FOLDER}/acme-account.pem", _new_key).encode())
    acme = _account(told, account_key)
    key_pem = _new_key()
    csr = crypto_util.make_csr(key_pem.encode(), domains=[fqdn, f"*.{fqdn}"])
    wanted = acme.new_order(csr)
    pending = [_dns_challenge(authorization) for authorization in wanted.authorizations]
    # Both names share one TXT name, so both values must be there before either is looked at.
    update_key = read_private(machine.in_root(told.key_file))
    for challenge in pending:
        if challenge is not None:
            _set_txt(told, update_key, challenge.chall.validation(account_key), bundle)
    for challenge in pending:
        if challenge is not None:
            acme.answer_challenge(challenge, challenge.chall.response(account_key))
    deadline = datetime.now() + _PATIENCE  # noqa: DTZ005  (the library compares naive times)
    try:
        done = acme.poll_and_finalize(wanted, deadline=deadline)
    except errors.ValidationError as error:
        raise Failed(f"the ACME server did not accept the DNS proof: {_why(error)}") from error
    return Issued(key_pem=key_pem, fullchain_pem=done.fullchain_pem)


def _account(told: Acme, key: JWK) -> client.ClientV2:
    net = client.ClientNetwork(key, alg=ES256, user_agent=_USER_AGENT)
    acme = client.ClientV2(client.ClientV2.get_directory(told.directory, net), net)
    wish = messages.NewRegistration.from_data(email=told.email, terms_of_service_agreed=True)
    try:
        acme.new_account(wish)
    except errors.ConflictError as known:
        existing = messages.RegistrationResource(uri=known.location, body=messages.Registration())
        acme.query_registration(existing)
    return acme


def _dns_challenge(authorization: messages.AuthorizationResource) -> messages.ChallengeBody | None:
    """None when the server remembers a proof and asks for none. Raises Failed."""
    if authorization.body.status == messages.STATUS_VALID:
        return None
    for challenge in authorization.body.challenges:
        if isinstance(challenge.chall, challenges.DNS01):
            return challenge
    raise Failed("the ACME server does not offer DNS-01")


def _set_txt(told: Acme, key: str, value: str, bundle: Path | None) -> None:
    with http_client(bundle) as http:
        answer = http.post(
            told.update_url,
            headers={"X-Api-User": told.username, "X-Api-Key": key},
            json={"subdomain": told.subdomain, "txt": value},
        )
    if not answer.is_success:
        raise Failed(f"setting the TXT record answered {answer.status_code}")


def _why(error: errors.ValidationError) -> str:
    details = {
        challenge.error.detail
        for authorization in error.failed_authzrs
        for challenge in authorization.body.challenges
        if challenge.error is not None
    }
    return "; ".join(sorted(detail for detail in details if detail)) or "no reason given"


def _new_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
