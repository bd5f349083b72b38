"""What is planned for which article, language, office and product, and what is told when it cannot be."""

import datetime as dt
from pathlib import Path

import pytest

from render.errors import EditionError, FactError, LanguageError, LoaError, SettingsError
from render.facts import read_facts
from render.offices import read_offices
from render.paths import ASSETS
from render.plan import Source, plan_articles, read_sources
from render.products import Context, Planned, Waiting, products

ON = dt.date(2025, 9, 1)
CONTEXT = Context(public_url="https://loa.example.vn")
ARTICLE = """---
slug: {slug}
lang: vi
title: "Mức trợ cấp {{{{ tro_cap_huu_tri_xa_hoi }}}}"
summary: "Một câu."
in_force: 2025-07-01
{more}---

## Con số {{#con-so .figures}}

- {{{{ tro_cap_huu_tri_xa_hoi }}}} mỗi tháng : mức trợ cấp
"""


def write(folder: Path, slug: str, more: str = "", name: str = "") -> Path:
    path = folder / (name or f"{slug}.md")
    path.write_text(ARTICLE.format(slug=slug, more=more), encoding="utf-8")
    return path


def jobs_of(paths, **wishes):
    sources, errors = read_sources(paths)
    assert errors == []
    facts = read_facts(ASSETS / "demo" / "facts.toml")
    return plan_articles(sources, facts=facts, on=ON, context=CONTEXT, **wishes)


def test_every_product_is_planned_in_the_articles_own_language(tmp_path):
    jobs = jobs_of([write(tmp_path, "mot")])
    assert [job.product for job in jobs] == [name for name, one in products().items() if one.languages == "every"]
    assert "leaflet-bilingual" not in {job.product for job in jobs}
    assert {job.lang for job in jobs} == {"vi"}
    assert all(isinstance(job.plan, Planned) for job in jobs)


def test_a_wanted_language_without_a_translation_waits_for_one(tmp_path):
    jobs = jobs_of([write(tmp_path, "mot", "languages: [km]\n")], product_names=["leaflet-a4"])
    assert [(job.lang, type(job.plan).__name__) for job in jobs] == [("vi", "Planned"), ("km", "Waiting")]
    assert isinstance(jobs[1].plan, Waiting)
    assert jobs[1].plan.reason == "translation"


def test_an_articles_own_wish_for_products_holds_until_others_are_asked_for(tmp_path):
    path = write(tmp_path, "mot", "products: [bulletin-3min]\n")
    assert [job.product for job in jobs_of([path])] == ["bulletin-3min"]
    assert [job.product for job in jobs_of([path], product_names=["leaflet-a4"])] == ["leaflet-a4"]


def test_each_office_has_editions_of_its_own(tmp_path):
    known = read_offices(ASSETS / "demo" / "offices.toml")
    jobs = jobs_of([write(tmp_path, "mot")], offices=[None, known["66"], known["46"]], product_names=["leaflet-a4"])
    assert [job.office for job in jobs] == [None, "66", "46"]
    assert len({job.edition.id for job in jobs}) == 3


def test_a_fact_nobody_knows_fails_the_article_with_its_line(tmp_path):
    path = write(tmp_path, "mot")
    path.write_text(path.read_text().replace("tro_cap_huu_tri_xa_hoi }} mỗi", "tro_cap_huu_tri }} mỗi"))
    job = jobs_of([path], product_names=["leaflet-a4"])[0]
    assert isinstance(job.plan, LoaError)
    assert "mot.md:11" in str(job.plan)
    assert "tro_cap_huu_tri_xa_hoi" in job.plan.mend


def test_one_faulty_article_does_not_hold_up_another(tmp_path):
    good, bad = write(tmp_path, "tot"), tmp_path / "hong.md"
    bad.write_text("no front matter\n")
    sources, errors = read_sources([bad, good])
    assert [source.article.slug for source in sources] == ["tot"]
    assert len(errors) == 1
    assert "hong.md" in str(errors[0])


def test_a_translation_that_cannot_be_read_fails_its_language_alone(tmp_path):
    path = write(tmp_path, "mot")
    (tmp_path / "mot.km.md").write_text("---\nslug: mot\n---\n")
    jobs = jobs_of([path], product_names=["leaflet-a4"])
    assert [isinstance(job.plan, LoaError) for job in jobs] == [False, True]
    assert "mot.km.md" in str(jobs[1].plan)


def test_a_translation_without_a_section_fails_and_says_which(tmp_path):
    path = write(tmp_path, "mot")
    (tmp_path / "mot.km.md").write_text(
        ARTICLE.format(slug="mot", more="").replace("lang: vi", "lang: km").split("##")[0]
    )
    job = jobs_of([path], product_names=["leaflet-a4"])[1]
    assert isinstance(job.plan, EditionError)
    assert "con-so" in str(job.plan)


def test_naming_a_translation_says_to_name_its_article(tmp_path):
    write(tmp_path, "mot")
    translation = write(tmp_path, "mot", name="mot.km.md")
    sources, errors = read_sources([translation])
    assert sources == []
    assert "translation" in str(errors[0])


def test_two_articles_of_one_slug_are_told(tmp_path):
    first, second = write(tmp_path, "mot"), write(tmp_path, "mot", name="hai.md")
    sources, errors = read_sources([first, second])
    assert len(sources) == 1
    assert "taken" in str(errors[0])


def test_a_folder_is_its_articles_without_readme_and_translations(tmp_path):
    write(tmp_path, "mot")
    write(tmp_path, "mot", name="mot.km.md")
    (tmp_path / "README.md").write_text("# Read me\n")
    sources, _errors = read_sources([tmp_path])
    assert [source.article.slug for source in sources] == ["mot"]
    assert set(sources[0].translations) == {"km"}


@pytest.mark.parametrize(
    ("wish", "error"),
    [({"languages": ["xx"]}, LanguageError), ({"product_names": ["poster-b9"]}, SettingsError)],
)
def test_what_does_not_exist_is_refused_before_anything_is_made(tmp_path, wish, error):
    with pytest.raises(error):
        jobs_of([write(tmp_path, "mot")], **wish)


def test_a_date_without_a_value_names_the_fact(tmp_path):
    path = write(tmp_path, "mot")
    sources, _ = read_sources([path])
    facts = read_facts(ASSETS / "demo" / "facts.toml")
    jobs = plan_articles(sources, facts=facts, on=dt.date(2024, 1, 1), context=CONTEXT, product_names=["leaflet-a4"])
    assert isinstance(jobs[0].plan, FactError | EditionError)
    assert "tro_cap_huu_tri_xa_hoi" in str(jobs[0].plan)


def test_languages_are_the_own_the_wanted_and_those_there_are(tmp_path):
    sources, _ = read_sources([write(tmp_path, "mot", "languages: [rad]\n")])
    source = Source(sources[0].article, {"km": sources[0].article})
    assert source.languages == ("vi", "rad", "km")


def test_an_article_that_wishes_for_an_unknown_product_fails_in_that_one_alone(tmp_path):
    jobs = jobs_of([write(tmp_path, "mot", "products: [poster-a0, leaflet-a4]\n"), write(tmp_path, "hai")])
    assert [job.product for job in jobs if isinstance(job.plan, LoaError)] == ["poster-a0"]
    assert str(jobs[0].plan).startswith(f"{tmp_path / 'mot.md'}:7: no product is called 'poster-a0'")
    every = sum(one.languages == "every" for one in products().values())
    assert sum(isinstance(job.plan, Planned) for job in jobs) == 1 + every


def test_a_product_asked_for_by_a_wrong_name_is_refused_at_once(tmp_path):
    with pytest.raises(SettingsError, match="no product is called 'poster'"):
        jobs_of([write(tmp_path, "mot")], product_names=["poster"])


def test_a_file_beside_an_article_that_names_no_language_is_told(tmp_path):
    write(tmp_path, "mot")
    write(tmp_path, "mot", name="mot.th.md")
    for asked in (tmp_path, tmp_path / "mot.th.md"):
        _, errors = read_sources([asked])
        assert len(errors) == 1
        assert "'th', which there is not" in str(errors[0])


def test_an_article_without_a_section_is_refused_at_its_title(tmp_path):
    path = write(tmp_path, "mot")
    path.write_text(path.read_text(encoding="utf-8").split("##")[0], encoding="utf-8")
    jobs = jobs_of([path])
    assert {str(job.plan) for job in jobs} == {
        f"{path}:4: the article has no text under its title. "
        "Write at least one section: ## Tiêu đề, and its text beneath"
    }
