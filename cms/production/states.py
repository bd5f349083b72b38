"""Where an article's products stand, as data for the editor's screen."""

from __future__ import annotations

from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cms.core.public import article_url
from cms.offices.models import Office
from cms.production.enums import AVAILABLE, BuildStatus, ProductStatus
from cms.production.files import file_url
from cms.production.models import Build, ProductState
from render.errors import SettingsError
from render.language import languages
from render.products import product

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


def article_states(page: Any, *, may_retry: bool) -> dict[str, Any]:
    """Rows by language and office, with the article's builds above them; all words ready to show."""
    from cms.articles.models import source_page

    source = source_page(page)
    slug = source.slug
    rows = list(ProductState.objects.of(slug).select_related("build"))
    builds = list(Build.objects.filter(slug=slug)[:5])
    working = any(build.status in (BuildStatus.READY, BuildStatus.RUNNING) for build in builds)
    units = dict(Office.objects.filter(code__in={row.office for row in rows if row.office}).values_list("code", "unit"))
    order = _order()
    rows.sort(key=lambda row: (row.lang != source.locale.language_code, row.lang, row.office, order(row.product)))
    return {
        "published": source.live,
        "working": working,
        "headline": _headline(source.live, builds),
        "page_url": article_url(slug, page.locale.language_code) if source.live else "",
        "may_retry": may_retry and source.live and not working,
        "groups": _groups(rows, units, may_retry=may_retry and source.live),
        "languages": sorted({row.lang for row in rows}),
    }


def _groups(rows: list[ProductState], units: dict[str, str], *, may_retry: bool) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    names = languages()
    for row in rows:
        group = groups.setdefault(
            (row.lang, row.office),
            {
                "lang": row.lang,
                "language": names[row.lang].name_vi if row.lang in names else row.lang,
                "office": units.get(row.office, row.office) if row.office else _("Nationwide"),
                "rows": [],
            },
        )
        group["rows"].append(_row(row, may_retry=may_retry))
    return list(groups.values())


def _row(row: ProductState, *, may_retry: bool) -> dict[str, Any]:
    status = ProductStatus(row.status)
    words = str(status.label)
    if status in (ProductStatus.WAITING, ProductStatus.FAILED) and row.reason:
        words = f"{words}: {row.reason}"
    return {
        "id": row.pk,
        "product": row.product,
        "label": _label(row.product),
        "status": row.status,
        "tone": _TONE[status],
        "words": words,
        "warnings": row.warnings,
        "files": [
            {
                "label": _file_label(file),
                "url": file_url(row, file),
                "size": _size(file["bytes"]),
            }
            for file in row.files
            if status in AVAILABLE and row.released
        ],
        "changed": date_format(localtime(row.changed_at), "H:i d/m/Y"),
        "may_retry": may_retry and status not in (ProductStatus.QUEUED, ProductStatus.BUILDING),
    }


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


def _label(name: str) -> str:
    try:
        return product(name).label
    except SettingsError:  # a product of an earlier version
        return name


def _file_label(file: dict[str, Any]) -> str:
    roles = {
        "main": "",
        "preview": _("preview"),
        "script": _("script"),
        "captions": _("captions"),
        "record": _("record"),
        "poster": _("poster"),
    }
    role = roles.get(file["role"], file["role"])
    kind = file["suffix"].rsplit(".", 1)[-1].upper()
    return f"{kind} ({role})" if role else kind


def _size(size_bytes: int) -> str:
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB".replace(".", ",")
    return f"{max(1, round(size_bytes / 1000))} KB"
