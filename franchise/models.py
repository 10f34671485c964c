"""The franchise's rows, gathered from its rooms."""

from franchise.applications import models as applications
from franchise.backoffice import models as backoffice
from franchise.billing import models as billing
from franchise.catalog import models as catalog
from franchise.crossing import models as crossing
from franchise.ledger import models as ledger
from franchise.mails import models as mails
from franchise.organizations import models as organizations
from franchise.redeem import models as redeem
from franchise.site import models as site
from franchise.vouchers import models as vouchers

__all__ = [
    "applications", "backoffice", "billing", "catalog", "crossing", "ledger", "mails",
    "organizations", "redeem", "site", "vouchers",
]  # fmt: skip
