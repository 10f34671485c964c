"""A signed code as characters: one code for one voucher, and nothing of it can be changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalyst.vault.secret import Secret
from franchise.crossing import documents, pairs, token
from franchise.crossing.documents import NotTrue
from franchise.crossing.token import Claims, Unreadable
from franchise.vouchers.codes import ALPHABET, grouped, is_signed, normalise

PRIVATE, PUBLIC = pairs.new_pair()
SIGN = pairs.signer(PRIVATE)
NAMES = st.from_regex(r"[a-z]{1,20}(\.[a-z]{2,10}){1,3}", fullmatch=True)
EIGHT = st.binary(min_size=8, max_size=8).map(bytes.hex)
CLAIMS = st.builds(
    Claims,
    key=st.just(pairs.name_of(PUBLIC)),
    issuer=NAMES,
    audience=NAMES,
    campaign=st.integers(0, 2**63 - 1),
    serial=EIGHT,
    currency=st.sampled_from(["OMR", "AED", "EUR"]),
    amount_minor=st.integers(1, 2**63 - 1),
    ends_at=st.integers(0, 253402300799),
    uses=st.integers(1, token.MOST_USES),
)


def is_good(text: str) -> bool:
    """Readable, and signed by our key."""
    try:
        signed = token.read(text)
    except Unreadable:
        return False
    return pairs.is_signed(PUBLIC, signed.message, signed.signature)


@given(claims=CLAIMS)
def test_given_claims_when_written_then_the_same_are_read_from_what_a_person_types(claims) -> None:
    code = Secret(token.write(claims, SIGN))
    assert is_signed(code)
    typed = grouped(code).lower().replace("0", "o").replace("1", "l") + " "
    canonical = normalise(Secret(typed))
    assert canonical is not None and canonical.reveal() == code.reveal()
    assert token.read(canonical.reveal()).claims == claims
    assert is_good(canonical.reveal())


@given(claims=CLAIMS, data=st.data())
def test_given_a_code_when_any_character_is_another_then_it_is_no_good(claims, data) -> None:
    text = token.write(claims, SIGN)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([each for each in ALPHABET if each != text[place]]))
    assert not is_good(text[:place] + other + text[place + 1 :])


@given(claims=CLAIMS, data=st.data())
def test_given_a_code_when_something_is_cut_off_or_added_then_it_is_no_good(claims, data) -> None:
    text = token.write(claims, SIGN)
    cut = data.draw(st.integers(0, len(text) - 1))
    assert not is_good(text[:cut])
    assert not is_good(text[cut + 1 :])
    assert not is_good(text + data.draw(st.text(ALPHABET, min_size=1, max_size=8)))


@given(claims=CLAIMS, other=CLAIMS)
def test_given_a_signature_when_it_is_put_under_other_claims_then_it_is_no_good(
    claims, other
) -> None:
    signature = token.read(token.write(claims, SIGN)).signature
    assert is_good(token.write(other, lambda _message: signature)) == (claims == other)


@given(text=st.text(ALPHABET, max_size=700))
def test_given_any_characters_when_read_then_they_are_refused_and_nothing_else_happens(
    text,
) -> None:
    assert not is_good(text)


def test_given_a_signed_document_when_taken_as_another_kind_then_it_is_not_true() -> None:
    """What we sign for one purpose is worth nothing for another."""
    document = documents.pack("revoked", {"revoked": []}, key="k", sign=SIGN)
    assert documents.unpack("revoked", document, public={"k": PUBLIC}.get) == {"revoked": []}
    with pytest.raises(NotTrue):
        documents.unpack("settlement", document, public={"k": PUBLIC}.get)
    renamed = document.replace('"revoked",', '"settlement",', 1)
    with pytest.raises(NotTrue):
        documents.unpack("settlement", renamed, public={"k": PUBLIC}.get)


@given(data=st.data())
def test_given_a_signed_document_when_its_body_is_changed_then_it_is_not_true(data) -> None:
    document = documents.pack("revoked", {"revoked": ["ab"], "number": 7}, key="k", sign=SIGN)
    start = document.index("number")
    place = data.draw(st.integers(start, start + 9))
    other = data.draw(st.characters(codec="ascii", exclude_characters=document[place] + '"\\'))
    with pytest.raises(NotTrue):
        documents.unpack(
            "revoked", document[:place] + other + document[place + 1 :], public={"k": PUBLIC}.get
        )


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"kind": 1}', "[" * 20_000, "\ud800"])
def test_given_no_document_when_unpacked_then_it_is_not_true(text) -> None:
    with pytest.raises(NotTrue):
        documents.unpack("revoked", text, public={"k": PUBLIC}.get)
