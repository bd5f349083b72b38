"""A changed fact builds what says it and nothing else: at once, or by itself on its day."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cms.articles.models import PolicyArticlePage
from cms.facts.actions import ApproveChangeAction
from cms.facts.books import book, store_book
from cms.facts.effects import take_effect
from cms.facts.enums import ChangeKind, ChangeStatus
from cms.facts.impact import impact_of
from cms.facts.models import Fact, FactChange, FactDay
from cms.facts.says import articles_saying
from cms.production import worker
from cms.production.enums import ProductStatus
from cms.production.models import Build, ProductState
from render.facts import read_facts
from render.keys import load_or_make_signer
from render.release import read_catalogue
from render.store import open_store
from tests.cms.conftest import DEMO
from tests.cms.test_facts import LATER, TODAY, browser, person, propose, value_change

KEY = "thai_san_tu_nguyen"
SLUG = "tro-cap-thai-san-bhxh-tu-nguyen"


@pytest.fixture
def approve(any_site: str) -> Callable[[FactChange], FactChange]:
    """Proposed by one and approved by another."""
    editor, reviewer = person("lan", "add_factchange"), person("minh", "approve_factchange")
    return lambda change: ApproveChangeAction(propose(change, editor), user=reviewer).execute()


def correction(key: str, value: str) -> FactChange:
    piece = book().facts[key].values[-1]
    return value_change(key, value, piece.since, kind=ChangeKind.CORRECTION, effective_on=None, reason="Ghi nhầm")


def on(monkeypatch: pytest.MonkeyPatch, day: dt.date) -> None:
    monkeypatch.setattr(settings, "BUILD_DATE", day.isoformat())


def test_a_correction_builds_exactly_the_published_articles_that_say_it(
    approve: Callable[..., Any], publish: Callable[..., Any]
) -> None:
    publish(SLUG, "luong-huu-tu-15-nam")
    publish("bhyt-ho-gia-dinh", publish=False)
    Build.objects.all().delete()
    approve(correction(KEY, "2500000"))
    builds = list(Build.objects.all())
    assert {build.slug for build in builds} == {page.slug for page in articles_saying(KEY)} == {SLUG}
    assert {build.cause for build in builds} == {"fact"}
    assert "đính chính từ 2.000.000\u00a0đồng thành 2.500.000\u00a0đồng" in builds[0].reason


def test_a_fact_deep_in_formulas_builds_what_says_its_results(
    approve: Callable[..., Any], publish: Callable[..., Any]
) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    Build.objects.all().delete()
    assert "luong_co_so" not in (DEMO / "articles" / "bhyt-ho-gia-dinh.md").read_text()
    approve(correction("luong_co_so", "2500000"))
    assert [build.slug for build in Build.objects.all()] == ["bhyt-ho-gia-dinh"]
    assert "Lương cơ sở đính chính từ 2.340.000" in Build.objects.get().reason


def test_a_new_label_builds_nothing(approve: Callable[..., Any], publish: Callable[..., Any]) -> None:
    publish("luong-huu-tu-15-nam")
    Build.objects.all().delete()
    row = Fact.objects.get(key="nam_dong_toi_thieu")
    change = FactChange(
        fact=row, key=row.key, kind=ChangeKind.PARTICULARS, proposed={"label": "Nhãn khác"}, effective_on=TODAY
    )
    assert approve(change).status == ChangeStatus.IN_EFFECT
    assert Fact.objects.get(key=row.key).label == "Nhãn khác"
    assert not Build.objects.exists()


def test_an_approved_change_does_nothing_before_its_day_and_takes_effect_by_itself_on_it(
    approve: Callable[..., Any], publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(SLUG, "luong-huu-tu-15-nam")
    Build.objects.all().delete()
    change = approve(value_change(KEY, "2500000"))
    assert change.status == ChangeStatus.APPROVED
    assert not Build.objects.exists()
    assert take_effect() == 0
    on(monkeypatch, LATER - dt.timedelta(days=1))
    assert take_effect() == 0
    assert not Build.objects.exists()
    on(monkeypatch, LATER)
    assert take_effect() == 1
    build = Build.objects.get()
    assert build.slug == SLUG
    assert "đổi từ 2.000.000\u00a0đồng thành 2.500.000\u00a0đồng từ 01/01/2026 (theo NĐ thử)" in build.reason
    change.refresh_from_db()
    assert change.status == ChangeStatus.IN_EFFECT
    Build.objects.all().delete()
    assert take_effect() == 0  # once
    assert not Build.objects.exists()


def test_days_on_which_no_worker_ran_are_caught_up_with(
    approve: Callable[..., Any], publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(SLUG)
    approve(value_change(KEY, "2500000"))
    Build.objects.all().delete()
    on(monkeypatch, LATER + dt.timedelta(days=40))
    assert take_effect() == 1


def test_a_worker_that_dies_in_between_has_done_nothing_and_the_next_one_does_it(
    approve: Callable[..., Any], publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(SLUG)
    change = approve(value_change(KEY, "2500000"))
    Build.objects.all().delete()
    on(monkeypatch, LATER)

    def die(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("cms.facts.effects.remember_day", die)
        with pytest.raises(KeyboardInterrupt):
            take_effect()
    change.refresh_from_db()
    assert change.status == ChangeStatus.APPROVED
    assert not Build.objects.exists()
    assert take_effect() == 1


def test_values_that_a_file_brought_for_a_later_day_take_effect_too(
    any_site: str, publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    Build.objects.all().delete()
    on(monkeypatch, dt.date(2026, 7, 1))  # the value of luong_co_so ends on the day before
    take_effect()
    assert "bhyt-ho-gia-dinh" in {build.slug for build in Build.objects.all()}


def test_a_formula_changes_on_its_day(
    approve: Callable[..., Any], publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("bhyt-ho-gia-dinh")
    row = Fact.objects.get(key="bhyt_ho_2")
    approve(
        FactChange(
            fact=row, key=row.key, kind=ChangeKind.FORMULA, proposed={"formula": "bhyt_ho_1 * 80%"}, effective_on=LATER
        )
    )
    Build.objects.all().delete()
    on(monkeypatch, LATER)
    assert take_effect() == 1
    assert book().facts["bhyt_ho_2"].formula == "bhyt_ho_1 * 80%"
    assert "người thứ 2" in Build.objects.get().reason


def test_a_build_that_waits_tells_of_the_fact_too(approve: Callable[..., Any], publish: Callable[..., Any]) -> None:
    publish(SLUG)
    waiting = Build.objects.get()
    approve(correction(KEY, "2500000"))
    again = Build.objects.get()
    assert again.pk == waiting.pk
    assert "đính chính" in again.reason


def test_importing_the_same_file_again_builds_nothing(any_site: str, publish: Callable[..., Any]) -> None:
    publish(SLUG)
    Build.objects.all().delete()
    assert store_book(read_facts(DEMO / "facts.toml")) == []
    assert not Build.objects.exists()
    assert FactDay.objects.get().on == TODAY


# Impact


def test_impact_names_every_article_with_old_and_new_figures_through_formulas(
    any_site: str, publish: Callable[..., Any]
) -> None:
    publish("bhyt-ho-gia-dinh", "luong-huu-tu-15-nam")
    impact = impact_of(value_change("luong_co_so", "2500000"))
    assert [one.slug for one in impact.articles] == ["bhyt-ho-gia-dinh"]
    figures = {one.key: (one.old, one.new) for one in impact.articles[0].figures}
    assert figures["bhyt_ho_1"] == ("1.263.600\u00a0đồng", "1.350.000\u00a0đồng")
    assert impact.articles[0].rows
    assert any("1.263.600" in old and "1.350.000" in new for _lang, old, new in impact.sentences(impact.articles[0]))
    assert {page.lang for page in impact.articles[0].pages} >= {"vi"}


def test_impact_sees_drafts_and_leaves_alone_what_asks_for_another_day(
    any_site: str, publish: Callable[..., Any]
) -> None:
    page = publish("luong-huu-tu-15-nam", publish=False)
    page.topic = "{{ thai_san_tu_nguyen }}"
    page.save_revision()
    assert [one.live for one in impact_of(value_change(KEY, "2500000")).articles] == [False]
    page.topic = "{{ thai_san_tu_nguyen @2025-08-01 }}"
    page.save_revision()
    assert impact_of(value_change(KEY, "2500000")).articles == ()


def test_impact_on_two_thousand_products_is_told_within_two_seconds(any_site: str, publish: Callable[..., Any]) -> None:
    page = publish("bhyt-ho-gia-dinh")
    source = PolicyArticlePage.objects.get(pk=page.pk)
    states = []
    for number in range(20):
        copy = source.copy(update_attrs={"slug": f"bai-{number}"}, keep_live=False, copy_revisions=False)
        states += [
            ProductState(
                slug=copy.slug, lang="vi", office=office, product=product, status=ProductStatus.MADE, released=1
            )
            for office in ("", *(f"66.{code}" for code in range(10001, 10036)))
            for product in ("leaflet-a4", "leaflet-a5", "notice-a4")
        ]
    ProductState.objects.bulk_create(states)
    PolicyArticlePage.objects.filter(slug__startswith="bai-").update(live=True)  # only to be counted
    assert len(states) >= 2000
    editor = person("lan", "add_factchange")
    change = propose(value_change("luong_co_so", "2500000"), editor)
    url = reverse("facts_change", args=[change.pk])
    client = browser(editor)
    client.get(url)  # templates and products are read once
    begun = time.process_time()  # of the whole screen; the clock on the wall tells of the machine's other work
    answer = client.get(url)
    took_s = time.process_time() - begun
    counts = answer.context["counts"]
    assert counts["articles"] == 21
    assert counts["products"] >= 2000
    assert counts["released"] == len(states)
    assert took_s < 2, f"{took_s:.2f} s on {connection.vendor}"
    narrowed = client.get(url + "?office=66.10001&product=leaflet-a5")
    assert all(row["count"] == 1 for one in narrowed.context["shown"] for row in one["languages"])
    # The same before it is stored, the filters sent with the form.
    stored = FactChange.objects.count()
    form = {"since": LATER.strftime("%d/%m/%Y"), "value": "2.600.000", "source": "Nghị định MẪU", "reason": "Thử"}
    asked = {"preview": "1", "lang": "vi", "product": "leaflet-a5", "province": "66", "article": "bai-7"}
    begun = time.process_time()
    answer = client.post(reverse("facts_propose", args=["luong_co_so", "value"]), form | asked)
    took_s = time.process_time() - begun
    assert answer.context["form"].errors == {}
    assert took_s < 2, f"{took_s:.2f} s on {connection.vendor}"
    assert (answer.context["counts"]["articles"], answer.context["filtered"]) == (21, 35)
    [shown] = answer.context["shown"]
    assert [row["count"] for row in shown["languages"]] == [35]
    assert "35 trong" in answer.content.decode()
    assert 'value="2.600.000"' in answer.content.decode()
    elsewhere = client.post(reverse("facts_propose", args=["luong_co_so", "value"]), form | {"province": "01"})
    assert (elsewhere.context["filtered"], elsewhere.context["shown"]) == (0, [])
    assert FactChange.objects.count() == stored
    table = client.get(reverse("facts_impact_table", args=[change.pk, "csv"])).content.decode()
    assert table.count("\r\n") > 2000


def test_on_the_day_the_old_sheets_are_superseded_with_the_reason_and_the_day_before_can_be_looked_up(
    approve: Callable[..., Any], publish: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, small_products: None
) -> None:
    page = publish(SLUG)
    worker.run(once=True)
    approve(value_change(KEY, "2500000"))
    on(monkeypatch, LATER)
    worker.run(once=True)  # it finds the day by itself
    signer = load_or_make_signer(settings.LOA.signing_key)
    release = read_catalogue(open_store(settings.LOA.store), [signer.fingerprint])
    assert release is not None
    event = release.withdrawn[-1]
    assert event.state == "superseded"
    assert "đổi từ 2.000.000\u00a0đồng thành 2.500.000\u00a0đồng" in event.reason
    boss = get_user_model().objects.create_superuser("quantri", password="x")
    today = timezone.localdate().strftime("%d/%m/%Y")
    shown = browser(boss).get(reverse("facts_article_day", args=[page.pk]) + f"?day={today}")
    assert shown.context["live"]["release"].number == release.number
    assert shown.context["live"]["entries"]
