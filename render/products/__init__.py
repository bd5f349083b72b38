"""What can be made from an edition. A product is one module here and one template."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from render.edition import Edition
from render.errors import SettingsError
from render.imprint import Imprint
from render.speech.approval import Approvals
from render.speech.recordings import Line, Takes
from render.speech.voicepacks import Pack
from render.steps import Step

if TYPE_CHECKING:
    from render.video.edits import Edits

# A new family of products is added here, and nowhere else.
# What pages need of themselves (`page_product`) is no family: nobody wishes for it, no list offers it.
FAMILIES = ("leaflet", "notice", "talk", "bilingual", "picture", "bulletin", "clip", "graphic")


@dataclass(frozen=True)
class Context:
    """What a product may ask besides the edition; decided once when planning."""

    public_url: str  # where readers find the bucket; QR codes say <public_url>/q/<edition id>
    online_speech: bool = False  # gTTS may be asked
    draft: bool = True  # the text is not public yet: it never leaves the machine, whatever `online_speech` says
    packs: tuple[Pack, ...] = ()  # the voice packs installed here
    takes: Takes | None = None  # what people have recorded of this article in this language
    approvals: Approvals = field(default_factory=Approvals)  # what people have listened to of it
    allow_unheard: bool = False  # LOA_ALLOW_UNHEARD: machine voices are released though nobody listened
    storyboard: Edits | None = None  # what an editor wishes of the clips of this article in this language
    original: Edition | None = None  # what a translation translates: clips carry its words as subtitles
    imprint: Imprint | None = None  # sheets of paper add PDFs for the print shop when there is one

    def qr(self, edition: Edition) -> str:
        """What the QR code of an edition says."""
        return f"{self.public_url}/q/{edition.id}"


@dataclass(frozen=True)
class File:
    """A file of a product: the artifact `name` of `step`, written as `<stem>.<product>.<suffix>`.

    `role` says what it is to readers: `main` (exactly one), `preview`, `script`, `captions`, `record`, `poster`,
    `print`, `photo`.
    """

    step: Step
    name: str
    suffix: str
    media_type: str
    role: Literal["main", "preview", "script", "captions", "record", "poster", "print", "photo"] = "main"


@dataclass(frozen=True)
class Planned:
    """A product that can be made: its files, and the gates that all must pass before it counts as made."""

    files: tuple[File, ...]
    gates: tuple[Step, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)  # known before making: voice, quality, licence
    warnings: tuple[str, ...] = ()
    to_hear: tuple[tuple[str, str], ...] = ()  # what a person must listen to before it is released: (key, sentence)


@dataclass(frozen=True)
class Waiting:
    """A product that cannot be made yet, and what for. It is no failure."""

    reason: Literal["translation", "recording", "approval"]
    words: str  # in Vietnamese, for the editor: "chờ bản thu"
    lines: tuple[Line, ...] = field(default=(), compare=False)  # of a recording: what is to be read


@dataclass(frozen=True)
class Product:
    """A kind of thing made from an edition."""

    name: str  # "leaflet-a4"
    label: str  # "Tờ rơi A4"
    medium: Literal["print", "picture", "audio", "video", "page"]
    size: str  # "A4", "1080×1350", "3 phút"
    media_type: str  # of its main file
    plan: Callable[[Edition, Context], Planned | Waiting]
    # `translations`: it sets a translation beside its source (`Edition.source`); an article's own language has none.
    languages: Literal["every", "translations"] = "every"


@functools.cache
def products() -> dict[str, Product]:
    """Every product by name, in the order of the families."""
    found: dict[str, Product] = {}
    for family in FAMILIES:
        for product in importlib.import_module(f"render.products.{family}").PRODUCTS:
            found[product.name] = product
    return found


@functools.cache
def page_product() -> Product:
    """What a published page with photographs needs besides the products that somebody wished for."""
    found: Product = importlib.import_module("render.products.page").PRODUCT
    return found


def product(name: str) -> Product:
    """One product; a `SettingsError` that lists them all when there is none of that name."""
    try:
        return products()[name]
    except KeyError:
        if name == page_product().name:
            return page_product()
        known = ", ".join(products())
        raise SettingsError(f"no product is called {name!r}", mend=f"The products are: {known}") from None
