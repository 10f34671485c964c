"""The models of the rooms, gathered for Django."""

from dns.acme.models import Challenge
from dns.byo.models import DomainMove
from dns.drift.models import DriftReport
from dns.pools.models import Allocation, AllocationEvent, Pool
from dns.reserved.models import ReservedList, ReservedWord
from dns.tokens.models import ServiceToken

__all__ = [
    "Allocation",
    "AllocationEvent",
    "Challenge",
    "DomainMove",
    "DriftReport",
    "Pool",
    "ReservedList",
    "ReservedWord",
    "ServiceToken",
]
