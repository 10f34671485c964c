"""The local cloud's registrars, judged by clients that others wrote for the real ones.

OVHcloud's own library judges every time our adapter runs; for Dynadot there is none worth the name.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import cloudflare
import godaddypy
import httpx
import pytest
from namecheap import NamecheapClient, NamecheapException

from tests.integration.dns.registrars.stage import OURS, Stage
from tests.integration.internet.running import until

# One set of TLDs at the registry for everybody.
pytestmark = pytest.mark.xdist_group("registrars")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = Stage()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stage.state.ca_bundle))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield stage
    stage.http.close()


def base(stage: Stage, registrar: str) -> str:
    return stage.state.registrar_endpoints[registrar]


def test_given_cloudflares_sdk_when_it_delegates_a_name_then_the_zone_answers_so(
    stage: Stage,
) -> None:
    customer = stage.customer("cloudflare")
    trust = ssl.create_default_context(cafile=str(stage.state.ca_bundle))
    with cloudflare.Cloudflare(
        api_token=customer.fields["token"],
        base_url=base(stage, "cloudflare"),
        http_client=httpx.Client(verify=trust, trust_env=False),
        max_retries=0,
    ) as sdk:
        [zone] = list(sdk.zones.list(name=customer.registered))
        posts = [
            {"type": "NS", "name": customer.name, "content": host, "ttl": 3600} for host in OURS
        ]
        sdk.dns.records.batch(zone_id=zone.id, posts=posts)  # type: ignore[arg-type]
        found = list(sdk.dns.records.list(zone_id=zone.id, type="NS"))

        assert sorted(str(record.content) for record in found) == list(OURS)
        assert stage.delegation(customer) == list(OURS)

        for record in found:
            sdk.dns.records.delete(record.id, zone_id=zone.id)
        assert stage.delegation(customer) == []


def test_given_cloudflares_sdk_with_an_unknown_token_when_it_asks_then_its_own_error(
    stage: Stage,
) -> None:
    trust = ssl.create_default_context(cafile=str(stage.state.ca_bundle))
    with cloudflare.Cloudflare(
        api_token="unknown-token",
        base_url=base(stage, "cloudflare"),
        http_client=httpx.Client(verify=trust, trust_env=False),
        max_retries=0,
    ) as sdk:
        with pytest.raises(cloudflare.PermissionDeniedError) as caught:
            list(sdk.zones.list())

    assert caught.value.errors[0].code == 9109


def test_given_godaddypy_when_it_sets_name_servers_then_the_parent_says_so(stage: Stage) -> None:
    customer = stage.customer("godaddy-v1")
    account = godaddypy.Account(
        api_key=customer.fields["key"], api_secret=customer.fields["secret"]
    )
    client = godaddypy.Client(account, api_base_url=f"{base(stage, 'godaddy')}/")

    assert client.get_domain_info(customer.name)["domain"] == customer.name
    client.update_domain(customer.name, nameServers=list(OURS))

    until(lambda: stage.delegation(customer) == list(OURS))


def test_given_namecheaps_python_client_when_it_sets_name_servers_then_the_parent_says_so(
    stage: Stage,
) -> None:
    customer = stage.customer("namecheap")
    client = NamecheapClient(
        api_user=customer.fields["api_user"],
        api_key=customer.fields["api_key"],
        username=customer.fields["api_user"],
        client_ip="127.0.0.1",
        load_env=False,
    )
    client.base_url = f"{base(stage, 'namecheap')}/xml.response"
    second, _, top = customer.name.partition(".")
    named = {"SLD": second, "TLD": top}

    client._make_request(
        "namecheap.domains.dns.setCustom", {**named, "Nameservers": ",".join(OURS)}
    )

    assert stage.delegation(customer) == list(OURS)
    client.api_key = "wrong"
    with pytest.raises(NamecheapException) as caught:
        client._make_request("namecheap.domains.dns.getList", named)
    assert str(caught.value.code) == "1011102"
