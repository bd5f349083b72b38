"""What to make: articles × languages × offices × products, each with its edition or the reason it has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from render.article import Article
from render.edition import Edition, Office, beside, make_edition
from render.errors import ArticleError, LoaError, SettingsError
from render.facts import FactBook
from render.language import language, languages
from render.markdown import find_translations, read_article
from render.places import place
from render.products import Context, Planned, Product, Waiting, page_product, product, products
from render.products.page import has_photos
from render.run import Job
from render.speech.approval import Approvals, approvals_file, read_approvals
from render.speech.recordings import Takes
from render.speech.takefiles import read_takes, takes_folder
from render.video.clipfile import ClipFile, clip_wishes
from render.video.edits import resolved

SHARED_PICTURE = "infographic-wide"  # what networks show of a link
WAITING_FOR_TRANSLATION = Waiting("translation", "chờ bản dịch")


@dataclass(frozen=True)
class Source:
    """An article with its translations by language tag; one that could not be read stands there as its error."""

    article: Article
    translations: Mapping[str, Article | LoaError] = field(default_factory=dict)
    takes: Mapping[str, Takes | LoaError] = field(default_factory=dict)  # what people have recorded, by language
    approvals: Approvals | LoaError = field(default_factory=Approvals)  # what people have listened to
    clips: Mapping[str, ClipFile | LoaError] = field(default_factory=dict)  # what is wished of its clips, by language

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is to appear in: its own, those it asks for, those it has."""
        return tuple(dict.fromkeys((self.article.lang, *self.article.languages, *self.translations)))


def read_sources(paths: Iterable[Path]) -> tuple[list[Source], list[LoaError]]:
    """Articles from files and folders, and the errors of those that could not be read.

    A translation lies beside its article (`<stem>.<tag>.md`) and is read with it; naming only the
    translation is an error, since it says nothing by itself.
    """
    sources: list[Source] = []
    errors: list[LoaError] = []
    for path in article_files(paths, errors):
        try:
            sources.append(read_source(path))
        except LoaError as error:
            errors.append(error)
    errors += _doubles(sources)
    return sources, errors


def read_source(path: Path) -> Source:
    """One article with the translations that lie beside it."""
    article = read_article(path)
    translations: dict[str, Article | LoaError] = {}
    for tag, file in sorted(find_translations(path).items()):
        try:
            translation = read_article(file)
            if translation.lang != tag:
                raise ArticleError(
                    f"the file name says {tag}, its front matter lang: {translation.lang}",
                    where=str(file),
                    mend="Make both the same",
                )
            if translation.slug != article.slug:
                raise ArticleError(
                    f"a translation keeps the slug of its article: {article.slug}, not {translation.slug}",
                    where=str(file),
                    mend=f"Write slug: {article.slug}",
                )
            translations[tag] = translation
        except LoaError as error:
            translations[tag] = error
    clips = {tag: one for tag in (article.lang, *translations) if (one := _clip_wishes(path, tag, article.lang))}
    return Source(article, translations, _takes(path, article.lang), _approvals(path), clips)


def _takes(path: Path, lang: str) -> dict[str, Takes | LoaError]:
    found: dict[str, Takes | LoaError] = {}
    for tag in languages():
        folder = takes_folder(path, tag, lang)
        try:
            takes = read_takes(folder, tag) if folder.is_dir() else None
            found |= {tag: takes} if takes is not None else {}
        except LoaError as error:
            found[tag] = error
    return found


def _clip_wishes(path: Path, tag: str, lang: str) -> ClipFile | LoaError | None:
    try:
        return clip_wishes(path, tag, lang)
    except LoaError as error:
        return error


def _approvals(path: Path) -> Approvals | LoaError:
    try:
        return read_approvals(approvals_file(path))
    except LoaError as error:
        return error


def plan_articles(
    sources: Sequence[Source],
    *,
    facts: FactBook,
    on: dt.date,
    context: Context,
    languages: Sequence[str] = (),
    offices: Sequence[Office | None] = (None,),
    product_names: Sequence[str] = (),
    paged: bool = False,
) -> list[Job]:
    """Every product that is asked for, in the order article, language, office, product.

    Without `languages` each article's own wishes hold, without `product_names` likewise; an office of
    None is the national edition. `paged` says that they are to be published whole: what the article's public page
    needs is made too, its photographs and the picture that networks show of a link. Where there is no national
    edition, the page is that of the first office by its code.
    """
    for tag in languages:
        language(tag)  # an unknown one is told before anything is made
    for name in product_names:
        product(name)
    jobs: list[Job] = []
    page_of = None if None in offices else min(office.code for office in offices if office)
    for source in sources:
        wanted = {
            name: _product(name, source.article) for name in product_names or source.article.products or products()
        }
        for tag in languages or source.languages:
            for office in offices:
                shown = paged and (office.code if office else None) == page_of
                asked = _with_page(wanted, source.article) if shown else wanted
                jobs += _plan_edition(source, tag, office, asked, facts=facts, on=on, context=context)
    return jobs


def _with_page(wanted: Mapping[str, Product | LoaError], article: Article) -> dict[str, Product | LoaError]:
    """What is wished for, and what the page shows besides: never alone, where all that is wished for is sound that may
    still wait for somebody's ear."""
    if not any(isinstance(one, Product) and one.medium in ("print", "picture") for one in wanted.values()):
        return dict(wanted)
    names = [*(name for name in (SHARED_PICTURE,) if name in products()), page_product().name]
    return {**wanted, **{name: _product(name, article) for name in names if name not in wanted}}


def _plan_edition(
    source: Source,
    tag: str,
    office: Office | None,
    wanted: Mapping[str, Product | LoaError],
    *,
    facts: FactBook,
    on: dt.date,
    context: Context,
) -> list[Job]:
    code = office.code if office else None
    edition = edition_of(source, tag, office, facts=facts, on=on)
    sound = sound_context(source, tag, context)
    clips = clip_context(source, tag, sound, facts=facts, on=on)
    jobs: list[Job] = []
    own = tag == source.article.lang
    if not own and isinstance(sound, Context) and any(getattr(one, "medium", "") == "video" for one in wanted.values()):
        original = edition_of(source, source.article.lang, office, facts=facts, on=on)
        sound = replace(sound, original=original if isinstance(original, Edition) else None)
    both: Edition | Waiting | LoaError | None = None  # the translation with its source, where a product prints both
    for name, one in wanted.items():
        if isinstance(one, Product) and one.medium == "page" and not has_photos(edition):
            continue
        if isinstance(one, Product) and one.languages == "translations":
            if not own:
                both = both or _with_source(edition, source, office, facts=facts, on=on)
                plan = _plan_product(one, both, context) if isinstance(both, Edition) else both
                at = both if isinstance(both, Edition) else None
                jobs.append(Job(name, source.article.slug, tag, code, at, plan))
            continue
        if isinstance(one, LoaError):
            jobs.append(Job(name, source.article.slug, tag, code, None, one))
        elif not isinstance(edition, Edition):
            jobs.append(Job(name, source.article.slug, tag, code, None, edition))
        elif one.medium in ("audio", "video"):
            asked = clips if one.medium == "video" else sound
            plan = _plan_product(one, edition, asked) if isinstance(asked, Context) else asked
            jobs.append(Job(name, edition.slug, tag, code, edition, plan))
        else:
            jobs.append(Job(name, edition.slug, tag, code, edition, _plan_product(one, edition, context)))
    return jobs


def sound_context(source: Source, tag: str, context: Context) -> Context | LoaError:
    """What products that sound may ask besides: the takes and the approvals of this article."""
    takes = source.takes.get(tag)
    for one in (takes, source.approvals):
        if isinstance(one, LoaError):
            return one
    return replace(context, takes=takes, approvals=source.approvals)  # type: ignore[arg-type]  # no errors any more


def clip_context(
    source: Source, tag: str, sound: Context | LoaError, *, facts: FactBook, on: dt.date
) -> Context | LoaError:
    """What clips may ask besides: what an editor wishes of their scenes."""
    wishes = source.clips.get(tag)
    if wishes is None or isinstance(sound, LoaError):
        return sound
    article = source.article if tag == source.article.lang else source.translations.get(tag)
    if isinstance(wishes, LoaError) or not isinstance(article, Article):
        return wishes if isinstance(wishes, LoaError) else sound
    try:
        return replace(sound, storyboard=resolved(wishes, article, owner=source.article, facts=facts, on=on))
    except LoaError as error:
        return error


def _product(name: str, article: Article) -> Product | LoaError:
    """A product that an article may wish for by a name that there is not: its other products are still made."""
    try:
        return product(name)
    except SettingsError as error:
        return ArticleError(error.what, where=place(article, "products"), mend=error.mend)


def edition_of(
    source: Source, tag: str, office: Office | None, *, facts: FactBook, on: dt.date
) -> Edition | Waiting | LoaError:
    """The edition of an article in one of its languages; waiting where there is no translation yet."""
    try:
        language(tag)
        if tag == source.article.lang:
            return make_edition(source.article, facts=facts, on=on, office=office)
        translation = source.translations.get(tag)
        if translation is None:
            return WAITING_FOR_TRANSLATION
        if isinstance(translation, LoaError):
            return translation
        return make_edition(translation, source=source.article, facts=facts, on=on, office=office)
    except LoaError as error:
        return error


def _with_source(
    edition: Edition | Waiting | LoaError, source: Source, office: Office | None, *, facts: FactBook, on: dt.date
) -> Edition | Waiting | LoaError:
    if not isinstance(edition, Edition):
        return edition
    original = edition_of(source, source.article.lang, office, facts=facts, on=on)
    return beside(edition, original) if isinstance(original, Edition) else original


def _plan_product(one: Product, edition: Edition, context: Context) -> Planned | Waiting | LoaError:
    try:
        return one.plan(edition, context)
    except LoaError as error:
        return error


def article_files(paths: Iterable[Path], errors: list[LoaError]) -> list[Path]:
    """The articles among files and folders, without their translations; what is none goes to `errors`."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = [file for file in sorted(path.glob("*.md")) if _is_article(file)]
            if not inside:
                errors.append(SettingsError("no article lies in this folder", where=str(path), mend="Name a .md file"))
            files += [file for file in inside if not _is_translation(file)]
            errors += [_no_language(file) for file in inside if _is_translation(file) and not _names_language(file)]
        elif not path.exists():
            errors.append(SettingsError("there is no such file", where=str(path), mend="Check the name"))
        elif _is_translation(path) and not _names_language(path):
            errors.append(_no_language(path))
        elif _is_translation(path):
            errors.append(
                SettingsError(
                    "this is a translation", where=str(path), mend="Name its article; translations are read with it"
                )
            )
        else:
            files.append(path)
    return list(dict.fromkeys(files))


def _is_translation(path: Path) -> bool:
    """Whether an article stands beside `<stem>.<tag>.md`."""
    stem, dot, _tag = path.stem.rpartition(".")
    return bool(dot) and path.with_name(f"{stem}.md").exists()


def _names_language(path: Path) -> bool:
    """Whether the tag in a translation's name is one of the registry's: any other would be passed over in silence."""
    return path.stem.rpartition(".")[2] in languages()


def _no_language(path: Path) -> LoaError:
    tag = path.stem.rpartition(".")[2]
    return SettingsError(
        f"the file name says the language {tag!r}, which there is not",
        where=str(path),
        mend="loa languages lists the tags; a draft beside an article needs a name without a second dot",
    )


def _is_article(path: Path) -> bool:
    """In a folder, what has front matter; a README beside the articles is passed over."""
    with path.open("rb") as file:
        return file.read(8).lstrip(b"\xef\xbb\xbf").startswith(b"---")


def _doubles(sources: list[Source]) -> list[LoaError]:
    """Errors for articles that would write over each other; the first of a slug stays in `sources`."""
    first: dict[str, Source] = {}
    errors: list[LoaError] = []
    for source in list(sources):
        earlier = first.setdefault(source.article.slug, source)
        if earlier is not source:
            sources.remove(source)
            errors.append(
                ArticleError(
                    f"slug {source.article.slug} is taken by {earlier.article.source}",
                    where=str(source.article.source),
                    mend="Give it a slug of its own",
                )
            )
    return errors
