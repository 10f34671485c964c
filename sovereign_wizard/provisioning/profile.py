"""Who runs a Sovereign: what the first question asks beside a name and an address. All optional.

The lists are those of provisioning §1, step 1. The values are API.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import TextChoices


class Industry(TextChoices):
    FINANCE = "financial-services", "Financial services"
    BANKING = "banking", "Banking"
    INSURANCE = "insurance", "Insurance"
    HEALTH = "healthcare", "Healthcare"
    TELECOM = "telecommunications", "Telecommunications"
    ENERGY = "energy-utilities", "Energy and utilities"
    RETAIL = "retail", "Retail"
    MANUFACTURING = "manufacturing", "Manufacturing"
    GOVERNMENT = "government", "Government"
    TECHNOLOGY = "technology", "Technology"
    OTHER = "other", "Other"


class Headcount(TextChoices):
    """How many people work there."""

    UNDER_100 = "under-100", "Under 100"
    TO_500 = "100-500", "100 to 500"
    TO_2000 = "500-2000", "500 to 2,000"
    TO_10000 = "2000-10000", "2,000 to 10,000"
    OVER_10000 = "over-10000", "More than 10,000"


class Compliance(TextChoices):
    """Rules it has to keep. Written down, not enforced: a platform alone makes nobody compliant."""

    PCI_DSS = "pci-dss", "PCI DSS"
    ISO_27001 = "iso-27001", "ISO 27001"
    SOC_2 = "soc-2", "SOC 2"
    GDPR = "gdpr", "GDPR"
    HIPAA = "hipaa", "HIPAA"
    DORA = "dora", "DORA"
    NIS2 = "nis2", "NIS2"
    FEDRAMP = "fedramp", "FedRAMP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Empty where nobody said; `industry`, `headcount` and `compliance` are values from above."""

    headquarters: str = ""
    industry: str = ""
    headcount: str = ""
    compliance: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "compliance": list(self.compliance)}


NOBODY_SAID = Profile()
