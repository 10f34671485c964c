"""The one door of this room. A code comes in as a `Secret` and goes out as one.

`issuing` makes campaigns and codes, `changing` changes them, `showing` shows codes again,
`listing` is for sellers, `preview` and `using` are for those who redeem.
"""

from franchise.vouchers.changing import (
    ChangedMeanwhile,
    InUse,
    edit_campaign,
    edit_code,
    extend,
    pause,
    pause_campaign,
    resume,
    resume_campaign,
    revoke,
    revoke_campaign,
)
from franchise.vouchers.issuing import (
    CodeTaken,
    Issued,
    add_batch,
    add_code,
    create_campaign,
    find,
    issue,
)
from franchise.vouchers.listing import Page, Row, credit_of, page
from franchise.vouchers.preview import Preview, State, preview
from franchise.vouchers.rules import MOST_REDEMPTIONS, Rules
from franchise.vouchers.showing import code_of, reprint
from franchise.vouchers.using import (
    Customer,
    Refused,
    earlier,
    is_of,
    look,
    must_be_usable,
    use,
)

__all__ = [
    "MOST_REDEMPTIONS",
    "ChangedMeanwhile",
    "CodeTaken",
    "Customer",
    "InUse",
    "Issued",
    "Page",
    "Preview",
    "Refused",
    "Row",
    "Rules",
    "State",
    "add_batch",
    "add_code",
    "code_of",
    "create_campaign",
    "credit_of",
    "earlier",
    "edit_campaign",
    "edit_code",
    "extend",
    "find",
    "is_of",
    "issue",
    "look",
    "must_be_usable",
    "page",
    "pause",
    "pause_campaign",
    "preview",
    "reprint",
    "resume",
    "resume_campaign",
    "revoke",
    "revoke_campaign",
    "use",
]
