"""Where an article's products stand, as data for the editor's screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cms.core.labels import language_name, product_label
from cms.core.public import article_url
from cms.offices.models import Office
from cms.production.enums import AVAILABLE, BuildKind, BuildStatus, ProductStatus
from cms.production.files import file_url, private_url
from cms.production.models import Build, ProductState
from cms.production.permissions import may_retry
from cms.sound.approvals import approvals_of
from cms.sound.models import APPROVE

# The words of a state's colour: what a stylesheet hangs on, never the only sign.
_TONE = {
    ProductStatus.QUEUED: "working",
    ProductStatus.BUILDING: "working",
    ProductStatus.MADE: "good",
    ProductStatus.CACHED: "good",
    ProductStatus.WAITING: "waiting",
    ProductStatus.FAILED: "bad",
    ProductStatus.WITHDRAWN: "gone",
}


@dataclass(frozen=True)
class _View:
    """Who looks, from which page, and what they may do there."""

    page_id: int
    may_retry: bool
    may_approve: bool
    heard: frozenset[str]  # keys of sentences that somebody approved


def article_states(page: Any, *, user: Any) -> dict[str, Any]:
    """Rows by language and office, with the article's builds above them; all words ready to show."""
    from cms.articles.models import source_page

    source = source_page(page)
    slug = source.slug
    view = _View(
        page.pk, may_retry(user) and source.live, user.has_perm(APPROVE), approvals_of(source.translation_key).heard
    )
    rows = list(ProductState.objects.of(slug).select_related("build"))
    builds = list(Build.objects.filter(slug=slug).exclude(kind=BuildKind.PRINT)[:5])
    working = any(build.status in (BuildStatus.READY, BuildStatus.RUNNING) for build in builds)
    units = dict(Office.objects.filter(code__in={row.office for row in rows if row.office}).values_list("code", "unit"))
    order = _order()
    rows.sort(key=lambda row: (row.lang != source.locale.language_code, row.lang, row.office, order(row.product)))
    return {
        "published": source.live,
        "working": working,
        "headline": _headline(source.live, builds),
        "page_url": article_url(slug, page.locale.language_code) if source.live else "",
        "may_retry": view.may_retry and not working,
        "groups": _groups(rows, units, _tags(source), view),
        "languages": sorted({row.lang for row in rows}),
    }


def _tags(source: Any) -> set[str]:
    """The languages in which the article is written."""
    family = source.get_translations(inclusive=True).filter(alias_of__isnull=True)
    return set(family.values_list("locale__language_code", flat=True))


def _groups(rows: list[ProductState], units: dict[str, str], written: set[str], view: _View) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            (row.lang, row.office),
            {
                "lang": row.lang,
                "language": language_name(row.lang),
                "office": units.get(row.office, row.office) if row.office else _("Nationwide"),
                # What is said is nationwide; only what is written can be read aloud.
                "recordings_url": reverse("sound_desk", args=[view.page_id, row.lang])
                if not row.office and row.lang in written
                else "",
                "rows": [],
            },
        )
        group["rows"].append(_row(row, view))
    return list(groups.values())


def _row(row: ProductState, view: _View) -> dict[str, Any]:
    status = ProductStatus(row.status)
    words = str(status.label)
    if (row.held or status in (ProductStatus.WAITING, ProductStatus.FAILED)) and row.reason:
        words = f"{words}: {row.reason}"
    return {
        "id": row.pk,
        "product": row.product,
        "label": product_label(row.product),
        "status": row.status,
        "tone": "listening" if row.held else _TONE[status],
        "words": words,
        "listened": _listened(row) if status in AVAILABLE else "",
        "hear": _hear(row, view) if row.held else None,
        "warnings": row.warnings,
        "files": [
            {
                "label": _file_label(file),
                "url": file_url(row, file) if row.released else private_url(row, file, view.page_id),
                "size": _size(file["bytes"]),
            }
            for file in row.files
            if status in AVAILABLE and (row.released or row.held)
        ],
        "changed": date_format(localtime(row.changed_at), "H:i d/m/Y"),
        "may_retry": view.may_retry and status not in (ProductStatus.QUEUED, ProductStatus.BUILDING),
    }


def _hear(row: ProductState, view: _View) -> dict[str, Any]:
    """What is needed to listen: the player's file and picture, and the sentences that nobody has heard so far."""
    main, picture = row.file("main"), row.file("preview") or row.file("poster")
    sentences = list(dict.fromkeys(text for key, text in row.to_hear if key not in view.heard))
    total = len({key for key, _text in row.to_hear})
    changed = len(sentences) < total
    words = (
        _("%(count)d sentences are new or changed; the others somebody has heard:")
        if changed
        else _("Sentences to listen to: %(count)d")
    )
    return {
        "url": private_url(row, main, view.page_id) if main else "",
        "kind": "video" if main and main["media_type"].startswith("video/") else "audio",
        "picture": private_url(row, picture, view.page_id) if picture else "",
        "sha256": main["sha256"] if main else "",
        "words": words % {"count": len(sentences)},
        "sentences": sentences,
        "changed": changed,
        "may_approve": view.may_approve,
    }


def _listened(row: ProductState) -> str:
    """Who listened, where a person had to."""
    match row.details.get("listening"):
        case "approved":
            return _("Heard and approved: %(who)s") % {"who": _dated(row.details.get("approved_by", ""))}
        case "signed-off":
            return _("A person's voice, signed off: %(who)s") % {"who": _dated(row.details.get("signed_off", ""))}
        case _:
            return ""


def _dated(names: str) -> str:
    """`Lan 2025-09-01` as people write days."""
    return re.sub(r"(\d{4})-(\d{2})-(\d{2})", r"\3/\2/\1", names)


def _headline(live: bool, builds: list[Build]) -> str:
    if not live:
        return _("The article is not published: publishing it makes its products.")
    if not builds:
        return _("Nothing has been made yet.")
    last = builds[0]
    match BuildStatus(last.status):
        case BuildStatus.READY if last.failed_reason:
            return _("It will be tried again: %(reason)s") % {"reason": last.failed_reason}
        case BuildStatus.READY:
            return _("Waiting for a worker.")
        case BuildStatus.RUNNING:
            return _("Products are being made.")
        case BuildStatus.FAILED:
            return _("The last build failed: %(reason)s") % {"reason": last.failed_reason}
        case _:
            at = date_format(localtime(last.finished_at), "H:i d/m/Y") if last.finished_at else ""
            return _("Up to date since %(at)s.") % {"at": at}


def _order() -> Any:
    from render.products import products

    places = {name: place for place, name in enumerate(products())}
    return lambda name: (places.get(name, len(places)), name)


def _file_label(file: dict[str, Any]) -> str:
    roles = {
        "main": "",
        "preview": _("preview"),
        "script": _("script"),
        "captions": _("captions"),
        "record": _("record"),
        "poster": _("poster"),
        "photo": _("Picture"),
        "print": _("for the print shop"),
    }
    role = roles.get(file["role"], file["role"])
    kind = file["suffix"].rsplit(".", 1)[-1].upper()
    return f"{kind} ({role})" if role else kind


def _size(size_bytes: int) -> str:
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB".replace(".", ",")
    return f"{max(1, round(size_bytes / 1000))} KB"
