"""The shapes of what the API takes and gives. What is taken has bounds; what is not named is refused."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from cms.delivery.enums import HookEvent, PrintState
from render.communes import communes

_CLEAN = r"^[^\x00-\x1f\x7f-\x9f]*$"
Line = Annotated[str, StringConstraints(pattern=_CLEAN, min_length=1, max_length=160)]
MaybeLine = Annotated[str, StringConstraints(pattern=_CLEAN, max_length=160)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,98}[a-z0-9])?$")]
Lang = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$")]
# Those there are: whoever mistypes one must not be given what is nationwide as if it were all.
Province = Annotated[str, StringConstraints(pattern=f"^({'|'.join(sorted({one.province for one in communes()}))})$")]
OfficeCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}(\.[0-9]{5})?$")]
CommuneCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}\.[0-9]{5}$")]
Edition = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{12}$")]
ProductName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
Cursor = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}){1,300}$")]
RowCursor = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


def _number(value: Any) -> Any:
    """What JSON calls a number: 5 and 5.0, but neither "5" nor true."""
    if isinstance(value, bool | str):
        raise ValueError("Input should be a number")
    return value


def _text(value: Any) -> Any:
    """A date as JSON says it; a bare number is none, though it could be read as seconds."""
    if not isinstance(value, str | dt.date | None):
        raise ValueError("Input should be a text")
    return value


WHOLE = BeforeValidator(_number)
Moment = Annotated[AwareDatetime, BeforeValidator(_text)]
Day = Annotated[dt.date, BeforeValidator(_text)]
Limit = Annotated[int, Field(ge=1, le=500)]


class In(Schema):
    """What is taken."""

    model_config = ConfigDict(extra="forbid")


class Said(Schema):
    """One wrong field."""

    where: str
    what: str


class ProblemOut(Schema):
    """Any error."""

    type: str
    title: str
    title_en: str
    status: int
    detail: str
    errors: list[Said]


class FileOut(Schema):
    """A file of a product; its bytes never change under this address. With `pieces` it is these, joined."""

    role: str
    name: str
    url: str
    sha256: str
    bytes: int
    media_type: str
    pieces: list[str]


class ProductOut(Schema):
    """A product that is in force, in one language, for one office or nationwide (`office` null)."""

    slug: str
    product: str
    label: str
    medium: str
    size: str
    lang: str
    office: str | None
    edition: str
    title: str
    priority: str
    campaign: str
    in_force: str | None
    applies_from: str | None
    valid_until: str | None
    note: str
    duration_s: float | None
    changed: int
    page: str
    files: list[FileOut]


class ProductPage(Schema):
    """Products by place; `next` leads on, null at the end. `release` is what this page was read from."""

    release: int
    items: list[ProductOut]
    next: str | None


class ArticleOut(Schema):
    """An article with products that are in force."""

    slug: str
    title: str
    languages: list[str]
    campaign: str
    priority: str
    products: int
    changed: int
    page: str


class ArticlePage(Schema):
    """Articles by slug."""

    release: int
    items: list[ArticleOut]
    next: str | None


class ReleaseOut(Schema):
    """The current release. Its signed manifest lies in the store: this is only its summary."""

    number: int
    id: str
    made_at: str
    key: str
    manifest: str
    articles: int
    products: int


class ChangeOut(Schema):
    """What a release did with a product."""

    release: int
    kind: Literal["new", "changed", "gone"]
    slug: str
    product: str
    lang: str
    office: str | None
    edition: str
    title: str
    state: str
    reason: str
    replaced_by: str


class ChangePage(Schema):
    """Changes in their order; `next` always leads on, to what comes later too."""

    release: int
    items: list[ChangeOut]
    next: str


class WhatsNew(Schema):
    """What changed since `since`, which this token acknowledged last; acknowledge `release` when it is fetched."""

    since: int
    release: int
    items: list[ProductOut]
    gone: list[ChangeOut]


class AcknowledgeIn(In):
    """The release up to which everything was fetched."""

    release: Annotated[int, Field(ge=0, le=2_000_000_000), WHOLE]


class AcknowledgedOut(Schema):
    """What is remembered now; it never goes back."""

    acknowledged: int


class PublicReceiptIn(In):
    """A commune has played a bulletin. `edition` is the short code on its sheet or page."""

    client_id: ClientId
    commune: CommuneCode
    edition: Edition
    product: ProductName | None = None
    at: Moment | None = None


class ReceiptIn(In):
    """An office, or a commune of its province, has played or printed something."""

    client_id: ClientId
    kind: Literal["played", "printed"]
    office: OfficeCode
    edition: Edition
    product: ProductName | None = None
    at: Moment | None = None
    quantity: Annotated[int, Field(ge=1, le=10_000_000), WHOLE] = 1


class ReceiptOut(Schema):
    """A receipt as it was taken; `new` is false where it had come before. `clock_off`: the device's time was not."""

    id: int
    new: bool
    kind: str
    origin: str
    office: str
    slug: str
    lang: str
    edition: str
    product: str
    quantity: int
    at: dt.datetime
    clock_off: bool


class PrintOrderIn(In):
    """An order of a print run; the fields of the licence become the imprint, and are never made up."""

    client_id: ClientId
    office: OfficeCode
    edition: Edition
    product: ProductName
    quantity: Annotated[int, Field(ge=1, le=10_000_000), WHOLE]
    cost_vnd: Annotated[int, Field(ge=0, le=1_000_000_000_000), WHOLE]
    funding: Line
    printer: Line
    printer_address: Line
    licence: Line
    licensed_by: Line
    licensed_on: Day
    responsible: MaybeLine = ""
    deposited: MaybeLine = ""


class CancelIn(In):
    """Why a print run is not wanted any more."""

    reason: Annotated[str, StringConstraints(pattern=_CLEAN, min_length=1, max_length=300)]


class PrintFileOut(Schema):
    """A PDF for the print shop, in four inks or in black alone; its address wants the office's token."""

    name: str
    url: str
    sha256: str
    bytes: int
    media_type: str


class PrintOrderOut(Schema):
    """An order, with the imprint as lines and as the TOML file that `loa build --imprint` takes.

    `by-hand`: the article is not in this newsroom, so whoever published it makes the files with that command.
    """

    id: int
    new: bool
    office: str
    slug: str
    product: str
    lang: str
    edition: str
    title: str
    quantity: int
    cost_vnd: int
    funding: str
    ordered_at: dt.datetime
    imprint: list[str]
    imprint_toml: str
    state: PrintState
    reason: str
    replaced_by: str
    made_at: dt.datetime | None
    recalled_at: dt.datetime | None
    cancelled_at: dt.datetime | None
    warnings: list[str]
    files: list[PrintFileOut]


class PrintOrderPage(Schema):
    """Orders, newest first."""

    items: list[PrintOrderOut]
    next: str | None


class DecisionOut(Schema):
    """What an editor said to the last story that was handed in."""

    approved: bool
    at: dt.datetime | None
    comment: str


class LocalBlocksOut(Schema):
    """What is an office's own. A story stands in products once an editor has approved it."""

    office: str
    address: str
    hotline: str
    email: str
    story: str
    story_waiting: str | None
    story_decision: DecisionOut | None


class LocalBlocksIn(In):
    """What is to change; what is not named stays."""

    address: Annotated[str, StringConstraints(pattern=_CLEAN, max_length=300)] | None = None
    hotline: Annotated[str, StringConstraints(pattern=_CLEAN, max_length=40)] | None = None
    email: Annotated[str, StringConstraints(pattern=_CLEAN, max_length=254)] | None = None
    story: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$", max_length=4000)] | None = (
        None
    )


class WebhookIn(In):
    """An address to be told of events."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,480}$")]
    events: Annotated[list[HookEvent], Field(min_length=1, max_length=8)]


class WebhookOut(Schema):
    """A webhook; `secret` is there once, when it is made or changed."""

    id: int
    url: str
    events: list[str]
    made_at: dt.datetime
    paused_at: dt.datetime | None
    secret: str | None = None


class WebhookList(Schema):
    """All of one's office."""

    items: list[WebhookOut]
