"""What a run made becomes what is published."""

from __future__ import annotations

import dataclasses
import datetime as dt

from render.article import Priority
from render.edition import Edition, Office, Run, with_edition_id
from render.errors import GateError
from render.products import Waiting
from render.publication import publications_from
from render.run import Job, MadeFile, Outcome

DAK_LAK = Office("66", "Bảo hiểm xã hội tỉnh Đắk Lắk", "Tỉnh Đắk Lắk", "tinh")


def edition(lang: str = "vi", office: Office | None = None) -> Edition:
    return with_edition_id(
        Edition(
            id="",
            slug="tro-cap",
            lang=lang,
            title=(Run("Từ "), Run("75 tuổi", fact="tuoi")),
            summary=(Run("Tóm tắt."),),
            topic="",
            blocks=(),
            facts=(),
            audiences=(5,),
            legal=(),
            priority=Priority.URGENT,
            applies_from=dt.date(2025, 7, 1),
            hotline="1900 9068",
            office=office,
            note="",
        )
    )


def outcome(product: str, of: Edition | None, state: str, *, lang: str = "vi") -> Outcome:
    job = Job(product, "tro-cap", lang, of.office.code if of and of.office else None, of, Waiting("approval", ""))
    files = (MadeFile("pdf", "main", "application/pdf", "a" * 64, 12, "leaflet.pdf"),)
    return Outcome(job, state, files if state == "made" else (), {"pages": 2, "cues": [1, 2]}, reason="chờ bản dịch")  # type: ignore[arg-type]


def test_made_products_become_entries_under_the_name_of_their_file() -> None:
    national, own = edition(), edition(office=DAK_LAK)
    (one,) = publications_from([outcome("leaflet-a4", own, "made"), outcome("leaflet-a4", national, "made")])
    assert [entry.files[0].name for entry in one.entries] == [
        "tro-cap.vi.66.leaflet-a4.pdf",
        "tro-cap.vi.leaflet-a4.pdf",
    ]
    assert one.editions == {"vi": national.as_data()}  # the page shows the nation's, whatever came first
    first = one.entries[0]
    assert (first.edition, first.office, first.title, first.priority) == (own.id, "66", "Từ 75 tuổi", "urgent")
    assert (first.label, first.medium) == ("Tờ rơi A4", "print")
    assert (first.applies_from, first.in_force) == ("2025-07-01", None)
    assert dict(first.details) == {"pages": 2}


def test_what_waits_is_named_and_what_failed_keeps_its_place() -> None:
    national = edition()
    failed = dataclasses.replace(outcome("bulletin-3min", national, "failed"), reason=str(GateError("too loud")))
    (one,) = publications_from(
        [outcome("leaflet-a4", national, "made"), outcome("leaflet-a4", None, "waiting", lang="rad"), failed]
    )
    assert [(wait.lang, wait.words) for wait in one.waiting] == [("rad", "chờ bản dịch")]
    assert one.kept == {("bulletin-3min", "vi", "", national.id)}


def test_an_article_of_which_nothing_was_made_says_only_which_editions_failed() -> None:
    failed = edition()
    (one,) = publications_from([outcome("leaflet-a4", failed, "failed"), outcome("clip-vertical", None, "waiting")])
    assert one.entries == ()
    assert one.kept == {("leaflet-a4", "vi", "", failed.id)}


def test_an_article_without_an_edition_is_not_published() -> None:
    assert publications_from([outcome("leaflet-a4", None, "failed"), outcome("clip-vertical", None, "waiting")]) == []
