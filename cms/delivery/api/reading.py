"""Reading: products, articles, the release, what changed, what is new, and everything chosen as one ZIP."""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Generator, Iterator, Mapping
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from cms.core.public import article_url, store_url
from cms.delivery import bulk, limits
from cms.delivery.api import schemas as s
from cms.delivery.api.guard import Bearer, holder
from cms.delivery.api.paging import from_cursor, page_of, row_cursor, since_number, unchanged
from cms.delivery.api.problems import Problem
from cms.delivery.api.since import Since
from cms.delivery.enums import ChangeKind, Scope
from cms.delivery.models import Change, Token
from cms.delivery.released import Item, Released, current_release, released, store
from render.catalogue import manifest_key
from render.communes import communes
from render.errors import LoaError, ReleaseError
from render.manifest import EntryFile, cas_key
from render.store import Missing

_log = logging.getLogger(__name__)

router = Router(auth=Bearer(Scope.READ), tags=["reading"])
MOST_NEW = 5000  # in one answer of what is new; whoever missed more reads /changes


class Choice(Schema):
    """Which products. A commune gets its own, its province's and the nationwide ones."""

    province: s.Province | None = None
    commune: s.CommuneCode | None = None
    lang: s.Lang | None = None
    product: s.ProductName | None = None
    campaign: s.ProductName | None = None
    slug: s.Slug | None = None
    changed_since: Since | None = None


class PagedChoice(Choice):
    """With where to go on."""

    cursor: s.Cursor | None = None
    limit: s.Limit = 100


class ChangeChoice(Schema):
    """Which changes."""

    since: Since | None = None
    province: s.Province | None = None
    lang: s.Lang | None = None
    cursor: s.RowCursor | None = None
    limit: s.Limit = 100


class BulkChoice(Choice):
    """With which files of each product."""

    files: Literal["main", "all"] = "main"


@router.get("/products", response={200: s.ProductPage, 304: None}, summary="Products in force")
def products(request: HttpRequest, response: HttpResponse, choice: Annotated[PagedChoice, Query()]) -> Any:
    """By place, page by page: what stands throughout comes once, even when releases happen between two pages."""
    known_only(request, PagedChoice)
    found = released()
    if same := unchanged(request, response, found.release and found.release.id):
        return same
    items, onward = page_of(_chosen(found, choice, from_cursor(choice.cursor)), choice.limit, lambda item: item.key)
    return {"release": found.number, "items": [product_out(one) for one in items], "next": onward}


@router.get("/articles", response={200: s.ArticlePage, 304: None}, summary="Articles in force")
def articles(request: HttpRequest, response: HttpResponse, choice: Annotated[PagedChoice, Query()]) -> Any:
    """By slug; those that have products of the choice."""
    known_only(request, PagedChoice)
    found = released()
    if same := unchanged(request, response, found.release and found.release.id):
        return same
    after = from_cursor(choice.cursor)
    # "0" comes right after "/": all places of one slug lie between `slug/` and `slug0`.
    chosen = _chosen(found, choice, f"{after}0" if after else "")
    groups = (list(group) for _slug, group in itertools.groupby(chosen, key=lambda item: item.slug))
    items, onward = page_of(groups, choice.limit, lambda group: group[0].slug)
    return {"release": found.number, "items": [_article_out(group) for group in items], "next": onward}


@router.get("/releases/current", response={200: s.ReleaseOut, 304: None}, summary="The current release")
def release(request: HttpRequest, response: HttpResponse) -> Any:
    """Number, id, and where its signed manifest lies; 404 while nothing was ever published."""
    found = released()
    try:
        now = current_release()
    except ReleaseError:
        raise Problem("not-found") from None
    if same := unchanged(request, response, now.id):
        return same
    return {
        "number": now.number, "id": now.id, "made_at": now.made_at, "key": now.key,
        "manifest": store_url(manifest_key(now.id)), "articles": len(now.articles), "products": len(found.items),
    }  # fmt: skip


@router.get("/changes", response={200: s.ChangePage, 304: None}, summary="What changed, release by release")
def changes(request: HttpRequest, response: HttpResponse, choice: Annotated[ChangeChoice, Query()]) -> Any:
    """New, changed, called back with reason and replacement. Keep `next`: asked later, it gives what came meanwhile."""
    known_only(request, ChangeChoice)
    since, province, lang, cursor, limit = choice.since, choice.province, choice.lang, choice.cursor, choice.limit
    found = released()
    if same := unchanged(request, response, found.release and found.release.id):
        return same
    after = int(cursor, 16) if cursor else 0
    rows = Change.objects.filter(number__lte=found.number, pk__gt=after)
    if since and not cursor:
        rows = rows.filter(number__gt=since_number(since))
    rows = _of_province(rows, province)
    rows = rows.filter(lang=lang) if lang else rows
    items = list(rows.order_by("pk")[:limit])
    last = items[-1].pk if items else after or _last_before(found.number)
    return {"release": found.number, "items": [change_out(one) for one in items], "next": row_cursor(last)}


@router.get("/whats-new", response=s.WhatsNew, summary="What is new since this token's last fetch")
def whats_new(request: HttpRequest) -> Any:
    """For the token's office. It stays new until it is acknowledged: a fetch that broke off loses nothing."""
    found, token = released(), holder(request)
    province = token.office.code[:2] if token.office else None
    since = min(token.acknowledged, found.number)
    items = [one for one in found.items if one.changed > since and _of_token(one, token)]
    gone = _of_province(
        Change.objects.filter(kind=ChangeKind.GONE, number__gt=since, number__lte=found.number), province
    )
    if len(items) > MOST_NEW:
        raise Problem("refused", detail="Có quá nhiều mục mới: hãy đọc /products và /changes theo trang")
    current = set(found.keys)
    called = [one for one in gone[:MOST_NEW] if f"{one.slug}/{one.product}/{one.lang}/{one.office}" not in current]
    return {
        "since": since, "release": found.number, "items": [product_out(one) for one in items],
        "gone": [change_out(one) for one in called],
    }  # fmt: skip


@router.post("/whats-new/acknowledge", response=s.AcknowledgedOut, summary="Everything up to a release is fetched")
def acknowledge(request: HttpRequest, body: s.AcknowledgeIn) -> Any:
    """It never goes back, and never beyond what is published."""
    token, number = holder(request), min(body.release, released().number)
    Token.objects.filter(pk=token.pk, acknowledged__lt=number).update(
        acknowledged=number, acknowledged_at=timezone.now()
    )
    token.refresh_from_db(fields=["acknowledged"])
    return {"acknowledged": token.acknowledged}


@router.get(
    "/bulk.zip",
    response={200: None, 206: None, 304: None},
    summary="Everything chosen as one ZIP",
    openapi_extra={"x-binary": "application/zip"},
)
def bulk_zip(request: HttpRequest, choice: Annotated[BulkChoice, Query()]) -> Any:
    """Streamed, stored, with `SHA256SUMS` in it. Its length is known, and `Range` goes on where it broke off."""
    known_only(request, BulkChoice)
    files = _files(released(), choice)
    if not files:
        raise Problem("not-found", detail="Không có tệp nào theo lựa chọn này")
    size = sum(one.bytes for one in files)
    if len(files) > bulk.MOST_FILES or size > bulk.MOST_BYTES:
        raise Problem("refused", detail=f"{len(files)} tệp, {size // 1_000_000} MB: hãy chọn hẹp hơn")
    plan = bulk.plan([bulk.Member(one.name, one.sha256, one.bytes) for one in files])
    return _sent(request, plan, {one.sha256: one.objects for one in files})


def _sent(
    request: HttpRequest, plan: bulk.Plan, objects: Mapping[str, tuple[tuple[str, int], ...]]
) -> HttpResponse | StreamingHttpResponse:
    etag = f'"{plan.etag}"'
    if etag in [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]:
        answer = HttpResponse(status=304)
        answer["ETag"] = etag
        return answer
    begin, end, status = 0, plan.bytes, 200
    if request.headers.get("If-Range", etag) == etag and "Range" in request.headers:
        try:
            asked = bulk.ranged(request.headers["Range"], plan.bytes)
        except ValueError:
            refused = Problem("range").response()
            refused["Content-Range"] = f"bytes */{plan.bytes}"
            return refused
        if asked:
            (begin, end), status = asked, 206
    opened = store()

    def whole(sha256: str) -> bytes:
        return b"".join(opened.get(cas_key(one)) for one, _ in objects[sha256])

    def pieces() -> Generator[bytes, None, None]:
        try:
            yield from bulk.stream(plan, whole, begin, end)
        except (bulk.BrokenObject, Missing, LoaError) as error:  # it ends shorter than it promised, and that is seen
            _log.error("a ZIP broke off, an object of the store cannot be read: %s", error)
            raise

    body = limits.stream(f"token:{holder(request).pk}", pieces)
    if body is None:
        raise Problem("busy", retry_after_s=60)
    answer = StreamingHttpResponse(body, status=status, content_type="application/zip")
    answer["Content-Length"] = str(end - begin)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = etag
    answer["X-Total-Files"] = str(len(plan.members) + 1)
    answer["Content-Disposition"] = 'attachment; filename="loa.zip"'
    if status == 206:
        answer["Content-Range"] = f"bytes {begin}-{end - 1}/{plan.bytes}"
    return answer


def _files(found: Released, choice: BulkChoice) -> list[EntryFile]:
    """Each once: what two products share is not sent twice under one name."""
    files: dict[tuple[str, str], EntryFile] = {}
    for item in _chosen(found, choice, ""):
        for file in item.entry.files:
            if choice.files == "all" or file.role == "main":
                files.setdefault((file.name, file.sha256), file)
    return [files[name] for name in sorted(files)]


def known_only(request: HttpRequest, choice: type[Schema]) -> None:
    """A filter that is misspelt must not mean everything; nor one that is said twice the last of them."""
    for name in request.GET:
        if name not in choice.model_fields:
            raise Problem("invalid", errors=[{"where": f"query.{name[:60]}", "what": "unknown parameter"}])
        if len(request.GET.getlist(name)) > 1:
            raise Problem("invalid", errors=[{"where": f"query.{name}", "what": "given more than once"}])
    if "commune" in choice.model_fields and (code := request.GET.get("commune")) and code not in _communes():
        raise Problem("not-found", errors=[{"where": "query.commune", "what": f"no commune has the code {code}"}])


@functools.cache
def _communes() -> frozenset[str]:
    return frozenset(one.office for one in communes())


def _chosen(found: Released, choice: Choice, after: str) -> Iterator[Item]:
    since = since_number(choice.changed_since)
    for item in found.after(after):
        entry = item.entry
        if (
            (choice.slug is None or item.slug == choice.slug)
            and (choice.lang is None or entry.lang == choice.lang)
            and (choice.product is None or entry.product == choice.product)
            and (choice.campaign is None or item.campaign == choice.campaign)
            and (choice.province is None or item.province in ("", choice.province))
            and (choice.commune is None or (entry.office or "") in ("", choice.commune[:2], choice.commune))
            and item.changed > since
        ):
            yield item


def _of_token(item: Item, token: Token) -> bool:
    if token.office is None:
        return True
    code, office = token.office.code, item.entry.office or ""
    return office in ("", code[:2], code) or ("." not in code and office.startswith(f"{code}."))


def _of_province(rows: Any, province: str | None) -> Any:
    return rows.filter(Q(province="") | Q(province=province)) if province else rows


def _last_before(number: int) -> int:
    return Change.objects.filter(number__lte=number).order_by("-pk").values_list("pk", flat=True).first() or 0


def product_out(item: Item) -> dict[str, Any]:
    """A product as it is answered."""
    entry = item.entry
    same = (
        "product", "label", "medium", "size", "lang", "office", "edition", "title", "priority", "in_force",
        "applies_from", "valid_until", "note",
    )  # fmt: skip
    return {name: getattr(entry, name) for name in same} | {
        "slug": item.slug,
        "campaign": item.campaign,
        "duration_s": entry.details.get("duration_s"),
        "changed": item.changed,
        "page": article_url(item.slug, entry.lang),
        "files": [
            {
                "role": file.role, "name": file.name, "url": store_url(cas_key(file.objects[0][0])),
                "sha256": file.sha256, "bytes": file.bytes, "media_type": file.media_type,
                "pieces": [store_url(cas_key(sha256)) for sha256, _ in file.pieces],
            }
            for file in entry.files
        ],
    }  # fmt: skip


def _article_out(group: list[Item]) -> dict[str, Any]:
    lead = next((one for one in group if one.entry.lang == "vi"), group[0])
    return {
        "slug": lead.slug,
        "title": lead.entry.title,
        "languages": sorted({one.entry.lang for one in group}),
        "campaign": lead.campaign,
        "priority": lead.entry.priority,
        "products": len(group),
        "changed": max(one.changed for one in group),
        "page": article_url(lead.slug, lead.entry.lang),
    }


def change_out(row: Change) -> dict[str, Any]:
    """A change as it is answered."""
    same = ("kind", "slug", "product", "lang", "edition", "title", "state", "reason", "replaced_by")
    return {name: getattr(row, name) for name in same} | {"release": row.number, "office": row.office or None}
