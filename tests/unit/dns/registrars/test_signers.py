"""DS records of keys, against dnspython's arithmetic and RFC 6605's example."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dns.dnssec
import dns.name
import dns.rdata
from dns.registrars.signers import Signer

# RFC 6605 §6.1: example.net.
EXAMPLE_KEY = (
    "GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="
)
EXAMPLE_DIGEST = "b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17"


def test_given_the_example_of_the_rfc_when_made_then_its_digest() -> None:
    signer = Signer.of_key("example.net", flags=257, algorithm=13, public_key=EXAMPLE_KEY)

    assert (signer.tag, signer.digest) == (55648, EXAMPLE_DIGEST)


@given(
    key=st.binary(min_size=1, max_size=300),
    flags=st.sampled_from([256, 257]),
    algorithm=st.sampled_from([8, 13, 15]),
    digest=st.sampled_from([(1, "SHA1"), (2, "SHA256"), (4, "SHA384")]),
)
def test_given_any_key_when_its_ds_is_made_then_as_dnspython_makes_it(
    key: bytes, flags: int, algorithm: int, digest: tuple[int, str]
) -> None:
    public_key = base64.b64encode(key).decode()
    record = dns.rdata.from_text("IN", "DNSKEY", f"{flags} 3 {algorithm} {public_key}")
    theirs = dns.dnssec.make_ds(
        dns.name.from_text("Acme.Example."),
        record,
        digest[1],
        policy=dns.dnssec.allow_all_policy,
    )

    ours = Signer.of_key(
        "acme.example",
        flags=flags,
        algorithm=algorithm,
        public_key=public_key,
        digest_type=digest[0],
    )

    assert (ours.tag, ours.algorithm, ours.digest_type, ours.digest) == (
        theirs.key_tag,
        theirs.algorithm,
        theirs.digest_type,
        theirs.digest.hex(),
    )


def test_given_texts_when_read_then_spaces_and_capitals_make_no_difference() -> None:
    one = Signer.of_text("7 13 2 AB CD", dnskey="257 3 13 aGVs bG8=")
    other = Signer.of_text("7 13 2 abcd")

    assert one == other
    assert (one.public_key, one.text()) == ("aGVsbG8=", "7 13 2 abcd")


@pytest.mark.parametrize("text", ["", "1 2", "a 13 2 ab", "1 13 2 zz"])
def test_given_no_ds_record_when_read_then_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        Signer.of_text(text)
