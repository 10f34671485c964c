"""Who runs a Sovereign: what the first question asks beside a name and an address. All optional.

The lists are those of provisioning §1, step 1. The values are API.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import TextChoices

from catalyst.language.words import later


class Industry(TextChoices):
    FINANCE = "financial-services", later("Financial services")
    BANKING = "banking", later("Banking")
    INSURANCE = "insurance", later("Insurance")
    HEALTH = "healthcare", later("Healthcare")
    TELECOM = "telecommunications", later("Telecommunications")
    ENERGY = "energy-utilities", later("Energy and utilities")
    RETAIL = "retail", later("Retail")
    MANUFACTURING = "manufacturing", later("Manufacturing")
    GOVERNMENT = "government", later("Government")
    TECHNOLOGY = "technology", later("Technology")
    OTHER = "other", later("Other")


class Headcount(TextChoices):
    """How many people work there."""

    UNDER_100 = "under-100", later("Under 100")
    TO_500 = "100-500", later("100 to 500")
    TO_2000 = "500-2000", later("500 to 2,000")
    TO_10000 = "2000-10000", later("2,000 to 10,000")
    OVER_10000 = "over-10000", later("More than 10,000")


class Compliance(TextChoices):
    """Rules it has to keep. Written down, not enforced: a platform alone makes nobody compliant."""

    PCI_DSS = "pci-dss", later("PCI DSS")
    ISO_27001 = "iso-27001", later("ISO 27001")
    SOC_2 = "soc-2", later("SOC 2")
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
