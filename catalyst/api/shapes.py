"""Base of the API's documents: snake_case here, the specification's camelCase outside."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Document(BaseModel):
    """An answer. Names are made camelCase; odd ones (`sovereignFQDN`) give an alias."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Asked(BaseModel):
    """A request's body. Names we do not know are left alone: older clients send more than that."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")
