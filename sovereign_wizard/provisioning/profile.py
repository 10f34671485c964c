"""Who runs a Sovereign: what the first question asks beside a name and an address. All optional.

The lists are those of provisioning §1, step 1. The values are API.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import TextChoices

from catalyst.language.words import lazy


class Industry(TextChoices):
    FINANCE = "financial-services", lazy("Financial services")
    BANKING = "banking", lazy("Banking")
    INSURANCE = "insurance", lazy("Insurance")
    HEALTH = "healthcare", lazy("Healthcare")
    TELECOM = "telecommunications", lazy("Telecommunications")
    ENERGY = "energy-utilities", lazy("Energy and utilities")
    RETAIL = "retail", lazy("Retail")
    MANUFACTURING = "manufacturing", lazy("Manufacturing")
    GOVERNMENT = "government", lazy("Government")
    TECHNOLOGY = "technology", lazy("Technology")
    OTHER = "other", lazy("Other")


class Headcount(TextChoices):
    """How many people work there."""

    UNDER_100 = "under-100", lazy("Under 100")
    TO_500 = "100-500", lazy("100 to 500")
    TO_2000 = "500-2000", lazy("500 to 2,000")
    TO_10000 = "2000-10000", lazy("2,000 to 10,000")
    OVER_10000 = "over-10000", lazy("More than 10,000")


class Compliance(TextChoices):
    """Rules it has to keep. Written down, not enforced: a platform alone makes nobody compliant."""

    PCI_DSS = "pci-dss", lazy("PCI DSS")
    ISO_27001 = "iso-27001", lazy("ISO 27001")
    SOC_2 = "soc-2", lazy("SOC 2")
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
