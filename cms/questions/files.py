"""The question bank as a file: JSON, CSV, and the FAQ structure that search engines read."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from cms.articles.text import current_book, printed_title
from cms.core.workbooks import plain_cell
from cms.production.dates import build_date
from cms.questions.models import BankQuestion

COLUMNS = (
    "key", "lang", "question", "variants", "answer", "answer_today", "legal", "topics", "audiences", "review_by",
    "approved",
)  # fmt: skip


def records() -> list[dict[str, Any]]:
    """Every question in every language; the answer as written, and with the figures of the day of builds."""
    return [
        {
            "key": one.key,
            "lang": one.locale.language_code,
            "question": one.question,
            "variants": one.variants,
            "answer": list(one.paragraphs()),
            "answer_today": [printed_title(text) for text in one.paragraphs()],
            "legal": one.legal,
            "topics": one.topics,
            "audiences": one.audiences,
            "review_by": one.review_by.isoformat() if one.review_by else None,
            "approved": one.approved,
        }
        for one in BankQuestion.objects.select_related("locale").order_by("key", "pk")
    ]


def as_json() -> bytes:
    """All of it, with the day its figures are of."""
    data = {"figures_on": build_date(current_book()).isoformat(), "questions": records()}
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def as_csv() -> bytes:
    """A row a question; lists are parted by a bar."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in records():
        writer.writerow([_cell(one[name]) for name in COLUMNS])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_faq(tag: str) -> bytes:
    """schema.org's FAQPage of a language: approved answers alone."""
    entities = []
    for one in BankQuestion.objects.filter(locale__language_code=tag).exclude(approved_digest="").order_by("key"):
        said = one.as_question()
        entities.append(
            {
                "@type": "Question",
                "name": printed_title(said.question),
                "acceptedAnswer": {"@type": "Answer", "text": "\n\n".join(map(printed_title, said.answer))},
            }
        )
    data = {"@context": "https://schema.org", "@type": "FAQPage", "inLanguage": tag, "mainEntity": entities}
    return json.dumps(data, ensure_ascii=False, indent=2).encode()


def _cell(value: Any) -> str:
    text = " | ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return plain_cell(text)
