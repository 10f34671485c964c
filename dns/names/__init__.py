"""The only validator of names under a pool domain: form, API, CRD and tofu all ask here.

It knows rules, not rows: whether a valid name is free is a question for `dns.pools.services`, and
the reserved words are given to it.
"""

from dns.names.lookalike import skeleton
from dns.names.reserved import Words
from dns.names.rules import (
    LONGEST_BELOW,
    MAX_NAME,
    InvalidName,
    Name,
    NameReserved,
    candidates,
    normalise,
    validate,
)
from dns.names.schema import LABEL

__all__ = [
    "LABEL",
    "LONGEST_BELOW",
    "MAX_NAME",
    "InvalidName",
    "Name",
    "NameReserved",
    "Words",
    "candidates",
    "normalise",
    "skeleton",
    "validate",
]
