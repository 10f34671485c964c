"""Which addresses the proxy may connect to."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path

import pytest

from infra.localcloud.internet import config, forward_proxy
from infra.localcloud.internet.config import Config


@pytest.fixture
def configured(tmp_path: Path) -> Config:
    file = tmp_path / "internet.json"
    file.write_text(
        json.dumps(
            {
                "state_dir": "state",
                "range": "198.51.100.0/24",
                "proxy": {"host": "127.0.0.1", "port": 3128, "allow": ["127.0.0.1:8000"]},
                "registry": {"host": "127.0.0.1", "port": 8053, "key_file": "key"},
            }
        )
    )
    return config.load(file)


@pytest.mark.parametrize(
    ("host", "port"), [("198.51.100.128", 443), ("198.51.100.2", 53), ("127.0.0.1", 8000)]
)
def test_given_an_address_in_the_range_or_allowed_then_it_is_chosen(
    configured: Config, host: str, port: int
) -> None:
    assert forward_proxy.choose(host, port, configured) == host


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1", 8001),
        ("127.0.0.2", 8000),
        ("198.51.101.1", 443),
        ("[::1]", 8000),
        ("0.0.0.0", 8000),
    ],
)
def test_given_any_other_address_then_forbidden(configured: Config, host: str, port: int) -> None:
    with pytest.raises(forward_proxy.Refused) as refused:
        forward_proxy.choose(host, port, configured)

    assert refused.value.status is HTTPStatus.FORBIDDEN


def test_given_a_file_without_tlds_then_the_usual_ones_are_served(configured: Config) -> None:
    assert configured.tlds == config.DEFAULT_TLDS
    assert configured.resolver_address == "198.51.100.4"
