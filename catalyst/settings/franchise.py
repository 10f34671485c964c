"""Settings of the franchise, in both roles; a part of `Environment`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

HttpsUrl = Annotated[str, Field(pattern="^https://")]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]


class FranchiseEnvironment(BaseSettings):
    organization_grace: timedelta = Field(
        timedelta(days=14), ge=timedelta(0), description="a deletion can be undone for so long"
    )
    organization_name_rest: timedelta = Field(
        timedelta(days=90), ge=timedelta(0), description="a deleted one's short name rests so long"
    )

    franchisor_share: Percent | None = Field(
        None,
        description="the franchisor's share of what is sold, in percent; if empty settlements show "
        "the base only",
    )

    stripe_url: HttpsUrl | Literal[""] = Field(
        "", description="base URL of Stripe's API where that is not Stripe's own (laptop only)"
    )

    @field_validator("franchisor_share", mode="before")
    @classmethod
    def _none_agreed(cls, value: object) -> object:
        return None if value == "" else value
