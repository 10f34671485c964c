"""A batch leaves as a table or as sheets of cards. Each time wants a proof of now, and is noted."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_POST

from catalyst.identity import step_up
from catalyst.identity.permissions import requires
from catalyst.web import csv_file
from franchise.vouchers import once, printing, services
from franchise.vouchers.exporting import MOST_ON_PAPER


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def batch_csv(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """All codes of a batch in the clear."""
    export = services.export(
        batch_id=batch_id, form="csv", actor=str(request.user), request=request
    )
    rows = printing.table(export, redeem_url=once.redeem_url())
    answer = csv_file.answer(f"codes-{batch_id}-{export.mark}.csv", next(rows), rows)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@requires("voucher.manage")
@step_up.recently_proved
def batch_pdf(request: HttpRequest, batch_id: int, part: int) -> HttpResponse:
    """Cards to cut out; `part` counts from 0."""
    export = services.export(
        batch_id=batch_id, form="pdf", part=part, parts_of=MOST_ON_PAPER,
        actor=str(request.user), request=request,
    )  # fmt: skip
    name = f"codes-{batch_id}-{part + 1}-{export.mark}.pdf"
    return HttpResponse(
        printing.sheet(export, redeem_url=once.redeem_url()),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
