"""Nobody but our Gitea tells us of a push."""

from __future__ import annotations

import pytest

from franchise.applications import hooks
from tests.integration.franchise.applications.pushes import promised, tell, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("signature", ["", "0" * 64, "é", "00"])
def test_given_a_wrong_signature_when_told_then_refused_and_nothing_is_promised(
    signature: str,
) -> None:
    assert tell(told("acme/radicale"), signature).status_code == 403
    assert promised() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"repository": {"full_name": "../../etc"}, "ref": "refs/heads/x"}',
        b'{"repository": {"full_name": "a/b/c"}, "ref": "refs/heads/x"}',
        b'{"repository": 3, "ref": 4}',
    ],
)
def test_given_what_gitea_never_sends_when_signed_then_refused(
    body: bytes,
) -> None:
    assert tell(body).status_code == 403
    assert promised() == 0


def test_given_a_tag_when_told_then_taken_and_nothing_done() -> None:
    assert tell(told("acme/radicale", "refs/tags/v1")).status_code == 202
    assert promised() == 0


def test_given_too_much_when_told_then_413() -> None:
    assert tell(b"x" * (hooks.LONGEST + 1)).status_code == 413
