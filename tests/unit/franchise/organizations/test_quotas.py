"""A plan's limits as manifests: judged by Kubernetes' own schemas, and by what was bought."""

from __future__ import annotations

import re

import kubernetes_validate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalyst.problem import Invalid
from franchise.organizations.quotas.limits import CEILING_VCPU, Limits
from franchise.organizations.quotas.manifests import RESERVE_MILLI, manifests

KUBERNETES = "1.31"
# The catalog's plans (spec franchise §5.3).
PLANS = {
    "s": Limits(2, 4_096, 25),
    "m": Limits(4, 8_192, 50),
    "l": Limits(8, 16_384, 100),
    "xl": Limits(16, 32_768, 200),
    "flexi": Limits.by_use(),
}
SIZES = st.builds(
    Limits,
    vcpu=st.integers(1, 512),
    memory_mb=st.integers(1, 1_048_576),
    disk_gb=st.integers(1, 100_000),
    metered=st.booleans(),
)


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("open", [True, False])
def test_given_a_plan_when_made_manifests_then_kubernetes_takes_them(plan: str, open: bool) -> None:
    made = manifests(organization="acme", limits=PLANS[plan], open=open)
    assert [one["kind"] for one in made] == ["ResourceQuota", "LimitRange"]
    for one in made:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
        assert one["metadata"]["namespace"] == "org-acme"


def test_given_a_suspended_organization_when_made_manifests_then_no_pod_and_volumes_stay() -> None:
    (quota, _) = manifests(organization="acme", limits=PLANS["m"], open=False)
    hard = quota["spec"]["hard"]
    assert hard["pods"] == "0"
    assert hard["requests.storage"] == "55Gi"


def test_given_no_plan_when_made_manifests_then_no_pod_and_nothing_to_be_had_outside() -> None:
    (quota,) = manifests(organization="acme", limits=None, open=True)
    kubernetes_validate.validate(quota, KUBERNETES, strict=True)
    assert set(quota["spec"]["hard"].values()) == {"0"}


def test_w16_given_flexi_when_made_manifests_then_there_is_a_ceiling_and_it_says_metered() -> None:
    (quota, _) = manifests(organization="acme", limits=Limits.by_use(), open=True)
    assert quota["spec"]["hard"]["requests.cpu"] == f"{CEILING_VCPU * 1000 + RESERVE_MILLI}m"
    assert quota["metadata"]["labels"]["openova.io/plan-billing"] == "metered"


@pytest.mark.parametrize("size", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_given_a_plan_of_nothing_when_read_then_refused(size: tuple[int, int, int]) -> None:
    with pytest.raises(Invalid):
        Limits(*size)


@settings(max_examples=60, deadline=None)
@given(limits=SIZES)
def test_given_any_plan_when_kept_and_read_then_the_same_and_never_less_than_bought(
    limits: Limits,
) -> None:
    assert Limits.read(limits.kept()) == limits
    quota, ranges = manifests(organization="acme", limits=limits, open=True)
    hard = {name: _number(value) for name, value in quota["spec"]["hard"].items()}
    assert hard["requests.cpu"] == hard["limits.cpu"] >= limits.vcpu * 1000
    assert hard["requests.memory"] == hard["limits.memory"] >= limits.memory_mb
    assert hard["requests.storage"] >= limits.disk_gb
    container, volume = ranges["spec"]["limits"]
    assert container["max"] == {"cpu": str(limits.vcpu), "memory": f"{limits.memory_mb}Mi"}
    assert volume["max"]["storage"] == f"{limits.disk_gb}Gi"


@settings(max_examples=60, deadline=None)
@given(limits=SIZES)
def test_given_any_plan_when_made_a_range_then_its_defaults_lie_between_least_and_most(
    limits: Limits,
) -> None:
    """The API server refuses a LimitRange of which they do not."""
    container = manifests(organization="acme", limits=limits, open=True)[1]["spec"]["limits"][0]
    for what, scale in (("cpu", _milli), ("memory", _number)):
        least, asked, given_, most = (
            scale(container[part][what]) for part in ("min", "defaultRequest", "default", "max")
        )
        assert least <= asked <= given_ <= most


def _number(quantity: str) -> int:
    return int(re.sub(r"\D", "", quantity))


def _milli(quantity: str) -> int:
    return int(quantity[:-1]) if quantity.endswith("m") else int(quantity) * 1000
