"""How a correction stands in products: the claim with its verdict in one sentence, then the truth."""

from __future__ import annotations

from dataclasses import replace

from render.article import Article, Notice, Paragraph, Verdict
from render.phrases import phrase

SECTION = "tin-don"

# The claim is never said without its verdict in the same breath: who hears half a sentence must not take it for ours.
_SAID = {
    Verdict.FALSE: "Tin đồn “{claim}” là sai.",
    Verdict.MISSING_CONTEXT: "Tin đồn “{claim}” thiếu ngữ cảnh, dễ gây hiểu lầm.",
    Verdict.PARTLY_TRUE: "Tin đồn “{claim}” chỉ đúng một phần.",
    Verdict.OUTDATED: "Tin đồn “{claim}” đã lỗi thời, nay không còn đúng.",
}
_TITLES = {
    Verdict.FALSE: "Tin sai sự thật",
    Verdict.MISSING_CONTEXT: "Tin thiếu ngữ cảnh",
    Verdict.PARTLY_TRUE: "Tin chỉ đúng một phần",
    Verdict.OUTDATED: "Tin đã lỗi thời",
}


def with_correction(article: Article) -> Article:
    """The article with its correction as the notice that it opens with; one without is itself."""
    found = article.correction
    if found is None:
        return article
    tag = article.lang
    claim = found.claim.rstrip(".!… ")
    notice = Notice(
        id=SECTION,
        title=phrase(tag, _TITLES[found.verdict]).text,
        body=(
            Paragraph(phrase(tag, _SAID[found.verdict], claim=claim).text, found.line),
            Paragraph(f"**{phrase(tag, 'Sự thật:').text}** {found.truth}", found.line),
        ),
        line=found.line,
    )
    return replace(article, blocks=(notice, *article.blocks))
