"""Bilingual leaflets: Vietnamese beside the minority language, row by row."""

from __future__ import annotations

from render.edition import Edition, plain
from render.errors import EditionError
from render.gates import pdf_gate, print_gate
from render.products import Context, File, Planned, Product
from render.products.paper import previews
from render.typeset.bilingual import bilingual_step
from render.typeset.printing import printed

BYTES_MOST = 400_000


def plan_bilingual(edition: Edition, context: Context) -> Planned:
    """The PDF of as many sides as both texts need, previews of the first and of all, and the gates it must pass."""
    source = edition.source
    if source is None:
        raise EditionError(
            "a bilingual leaflet needs a translation and the text it translates",
            where=f"{edition.slug} ({edition.lang})",
            mend="Ask for it in a language the article is translated into",
        )
    qr = context.qr(edition)
    sheet, warnings = bilingual_step(edition, source, qr)
    said = {fact.printed for one in (edition, source) for fact in one.facts}
    prints = printed(sheet, edition, context.imprint, qr=qr) if context.imprint else ()
    return Planned(
        files=(
            File(sheet, "pdf", "pdf", "application/pdf"),
            *previews(sheet),
            *(File(one.step, "pdf", one.suffix, "application/pdf", role="print") for one in prints),
        ),
        gates=(
            pdf_gate(
                sheet,
                edition,
                pages=None,
                bytes_most=BYTES_MOST,
                says=said | ({plain(source.title), edition.hotline} - {""}),
            ),
            print_gate(sheet, qr),
            *(one.gate for one in prints),
        ),
        warnings=warnings,
    )


PRODUCTS = (
    Product(
        name="leaflet-bilingual",
        label="Tờ rơi song ngữ",
        medium="print",
        size="A4, hai cột",
        media_type="application/pdf",
        plan=plan_bilingual,
        languages="translations",
    ),
)
