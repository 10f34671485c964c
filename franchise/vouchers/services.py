"""The one door of this room. A code comes in as a `Secret` and goes out as one.

`issuing` makes campaigns and codes, `changing` changes them, `showing` shows codes again,
`listing` is for sellers, `preview` and `using` are for those who redeem.
"""

from franchise.vouchers.bulk import turn_many
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
from franchise.vouchers.elsewhere import Worth, read_by
from franchise.vouchers.exporting import Export, export
from franchise.vouchers.issuing import (
    CodeTaken,
    Issued,
    add_batch,
    add_code,
    create_campaign,
    issue,
)
from franchise.vouchers.listing import (
    CampaignRow,
    Page,
    Row,
    Wanted,
    batches,
    campaign,
    campaigns,
    credit_of,
    every,
    one,
    page,
    redemptions,
)
from franchise.vouchers.mailing import issue_by_mail
from franchise.vouchers.models import last_day
from franchise.vouchers.preview import Preview, State, find, preview
from franchise.vouchers.reissuing import reissue
from franchise.vouchers.rules import MOST_REDEMPTIONS, Rules
from franchise.vouchers.showing import code_of, codes_of, reprint, single
from franchise.vouchers.signed import take_in
from franchise.vouchers.using import (
    Customer,
    Refused,
    earlier,
    is_of,
    look,
    must_be_usable,
    release,
    use,
)

__all__ = [
    "MOST_REDEMPTIONS",
    "CampaignRow",
    "ChangedMeanwhile",
    "CodeTaken",
    "Customer",
    "Export",
    "InUse",
    "Issued",
    "Page",
    "Preview",
    "Refused",
    "Row",
    "Rules",
    "State",
    "Wanted",
    "Worth",
    "add_batch",
    "add_code",
    "batches",
    "campaign",
    "campaigns",
    "code_of",
    "codes_of",
    "create_campaign",
    "credit_of",
    "earlier",
    "edit_campaign",
    "edit_code",
    "every",
    "export",
    "extend",
    "find",
    "is_of",
    "issue",
    "issue_by_mail",
    "last_day",
    "look",
    "must_be_usable",
    "one",
    "page",
    "pause",
    "pause_campaign",
    "preview",
    "read_by",
    "redemptions",
    "reissue",
    "release",
    "reprint",
    "resume",
    "resume_campaign",
    "revoke",
    "revoke_campaign",
    "single",
    "take_in",
    "turn_many",
    "use",
]
