"""The real programs, set up as docs/architecture.md says."""

import uuid

import httpx
import psycopg
import pytest
import redis
from psycopg import sql
from redis.backoff import NoBackoff
from redis.retry import Retry

import dns.message
import dns.query
from tests.integration.embedded.running import RunningStack


def value(url: str | None, query: str) -> object:
    assert url is not None
    with psycopg.connect(url) as connection:
        row = connection.execute(sql.SQL(query)).fetchone()  # type: ignore[arg-type]
    assert row is not None
    return row[0]


def test_given_postgres_when_asked_then_it_is_version_18_with_room_for_200(shared: RunningStack):
    url = shared.state.postgres_url
    assert str(value(url, "SHOW server_version")).startswith("18.")
    assert int(str(value(url, "SHOW max_connections"))) >= 200


def test_given_the_application_role_when_asked_then_it_makes_databases_but_is_no_superuser(
    shared: RunningStack,
):
    url = shared.state.postgres_url
    assert value(url, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user")
    assert not value(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert value(url, owner) == "catalyst"


def test_given_the_application_role_when_it_opens_the_tofu_database_then_it_is_refused(
    shared: RunningStack,
):
    url = shared.state.postgres_url
    assert url is not None
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url.rsplit("/", 1)[0] + "/catalyst_tofu")
    assert value(shared.state.tofu_postgres_url, "SELECT current_user") == "catalyst_tofu"


def test_given_the_machines_role_when_it_makes_a_role_then_it_can_give_it_a_database(
    shared: RunningStack,
):
    name = f"machine_{uuid.uuid4().hex[:8]}"
    url = shared.state.machines_postgres_url
    assert url is not None
    with psycopg.connect(url, autocommit=True) as connection:
        for command in (
            "CREATE ROLE {name} LOGIN PASSWORD 'x'",
            "CREATE DATABASE {name} OWNER {name}",
            "DROP DATABASE {name}",
            "DROP ROLE {name}",
        ):
            connection.execute(sql.SQL(command).format(name=sql.Identifier(name)))  # type: ignore[arg-type]


def test_given_a_wrong_password_when_connecting_then_postgres_refuses(shared: RunningStack):
    port = shared.state.ports["postgres"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"postgresql://catalyst:wrong@127.0.0.1:{port}/catalyst")


def test_given_no_password_when_connecting_then_redis_refuses(shared: RunningStack):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=shared.state.ports["redis"], retry=Retry(NoBackoff(), 0)).ping()
    assert shared.state.redis_url is not None
    assert redis.Redis.from_url(shared.state.redis_url).ping()


def test_given_a_zone_made_by_the_api_when_asked_then_all_three_addresses_answer_signed(
    shared: RunningStack,
):
    state, zone = shared.state, f"{uuid.uuid4().hex[:8]}.example."
    with httpx.Client(
        base_url=f"{state.powerdns_url}/api/v1/servers/localhost",
        headers={"X-API-Key": state.powerdns_api_key or ""},
        trust_env=False,
    ) as api:
        body = {"name": zone, "kind": "Native", "nameservers": ["ns1.openova.io."], "dnssec": True}
        api.post("/zones", json=body).raise_for_status()
    question = dns.message.make_query(zone, "SOA", want_dnssec=True)
    for address in state.nameservers:
        answer = dns.query.udp(question, address, timeout=5).answer
        assert {rrset.rdtype.name for rrset in answer} == {"SOA", "RRSIG"}
        soa = next(rrset for rrset in answer if rrset.rdtype.name == "SOA")[0]
        assert str(soa.mname) == "ns1.openova.io."
        assert str(soa.rname) == f"hostmaster.{zone}"


def test_given_a_wrong_key_when_asked_then_powerdns_refuses(shared: RunningStack):
    answer = httpx.get(
        f"{shared.state.powerdns_url}/api/v1/servers", headers={"X-API-Key": "x"}, trust_env=False
    )
    assert answer.status_code == 401
