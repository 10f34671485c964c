"""The models of the rooms, gathered for Django."""

from dns.acme.models import Challenge
from dns.pools.models import Allocation, AllocationEvent, Pool

__all__ = ["Allocation", "AllocationEvent", "Challenge", "Pool"]
