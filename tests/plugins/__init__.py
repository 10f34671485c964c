"""Rules of this house that pytest itself enforces."""
