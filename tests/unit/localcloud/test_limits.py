"""The rate limit gives requests back evenly, by the hour's number."""

from __future__ import annotations

import pytest

from infra.localcloud.hetzner.limits import RateLimit, RateLimited


def test_given_an_emptied_bucket_when_a_second_passes_then_one_request_is_back() -> None:
    limit = RateLimit()
    for _ in range(3600):
        headers = limit.take(1, now=1000.0)
    assert headers == {
        "RateLimit-Limit": "3600", "RateLimit-Remaining": "0", "RateLimit-Reset": "4600",
    }  # fmt: skip
    with pytest.raises(RateLimited) as refused:
        limit.take(1, now=1000.9)
    assert refused.value.headers["RateLimit-Remaining"] == "0"

    assert limit.take(1, now=1001.0)["RateLimit-Remaining"] == "0"
    with pytest.raises(RateLimited):
        limit.take(1, now=1001.5)


def test_given_one_project_at_its_limit_then_another_is_not() -> None:
    limit = RateLimit()
    limit.take(1, now=0.0, per_hour=1)

    assert limit.take(2, now=0.0, per_hour=1)["RateLimit-Limit"] == "1"
    with pytest.raises(RateLimited):
        limit.take(1, now=0.0, per_hour=1)
