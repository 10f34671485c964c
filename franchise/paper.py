"""Paper of the franchise: A4, with fonts that have Latin and Arabic letters, joined and in order.

DejaVu comes from Debian (`fonts-dejavu-core`): infra/tools and the image install it.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpdf import FPDF

FONTS = Path("/usr/share/fonts/truetype/dejavu")
BODY, MONO = "body", "mono"
# It tells of every glyph it keeps, which of a code's letters is too much.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def paper() -> FPDF:
    """An empty A4 document in millimetres; text is shaped by HarfBuzz and ordered by UAX #9."""
    # Takes most of a second: not at the start of every program of ours, which never draws.
    from fpdf import FPDF

    pdf = FPDF(format="A4", unit="mm")
    pdf.set_auto_page_break(False)
    pdf.add_font(BODY, fname=FONTS / "DejaVuSans.ttf")
    pdf.add_font(BODY, style="B", fname=FONTS / "DejaVuSans-Bold.ttf")
    pdf.add_font(MONO, fname=FONTS / "DejaVuSansMono.ttf")
    pdf.set_text_shaping(True)
    return pdf
