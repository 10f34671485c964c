"""An Organization with credit, as for the other tests of the ledger."""

from tests.integration.franchise.ledger.conftest import give, organization

__all__ = ["give", "organization"]
