"""Importing article files: the one path by which articles come in, whoever brings them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.models import Locale

from cms.approval.actions import SystemApprovalAction
from cms.articles.adapter import article_of, fill_page
from cms.articles.belonging import belonging, differs, without_belonging
from cms.articles.models import PolicyArticlePage
from cms.articles.pictures import same_pictures
from cms.core.indexing import indexed_once
from cms.core.models import HomePage
from cms.questions.actions import ApproveQuestionAction
from cms.questions.bank import adopt, unapproved
from cms.translation.importing import Conflict, conflicts, is_known, take_in
from cms.translation.ready import translation_ready
from render.article import Article, Pictured
from render.errors import ArticleError, LoaError
from render.language import language
from render.plan import Source

What: TypeAlias = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True)
class Imported:
    """What became of one article file."""

    page: PolicyArticlePage
    what: What
    published: bool
    kept: int = 0  # texts of the screen that the file would have replaced


class ImportArticleAction:
    """Bring an article with its translations into the tree, as new pages or as new revisions of those there.

    All or nothing: an article whose translation is refused is not imported without it. Files say nothing of
    offices: a new article wants `offices`, one that is there keeps its own.
    """

    def __init__(
        self,
        source: Source,
        *,
        home: HomePage,
        user: Any = None,
        publish: bool = False,
        offices: tuple[str, ...] = (),
        over_screen: Collection[str] = (),
    ) -> None:
        self.source = source
        self.home = home
        self.user = user
        self.publish = publish
        self.offices = offices
        self.over_screen = over_screen  # languages whose file wins over what was written on the screen meanwhile

    def check(self) -> None:
        """Raise `PermissionDenied` unless the user may add, edit and (when asked for) publish here."""
        if self.user is None:
            return
        page = self._find(self.source.article)
        if page is None:
            at_home = self.home.permissions_for_user(self.user)
            allowed = at_home.can_add_subpage() and (not self.publish or at_home.can_publish_subpage())
        else:
            permissions = page.permissions_for_user(self.user)
            allowed = permissions.can_edit() and (not self.publish or permissions.can_publish())
        if not allowed:
            raise PermissionDenied

    @transaction.atomic
    def execute(self) -> list[Imported]:
        """What became of the article and of each translation; a `LoaError` when one of them is refused."""
        self.check()
        for translation in self.source.translations.values():
            if isinstance(translation, LoaError):
                raise translation
        with indexed_once():
            first = self._store(self.source.article, None)
            return [first] + [
                self._store(translation, first.page)
                for translation in self.source.translations.values()
                if isinstance(translation, Article)
            ]

    def _store(self, article: Article, original: PolicyArticlePage | None) -> Imported:
        language(article.lang)
        ours = belonging(article)
        page = self._find(article, original)
        if page is None:
            page = self._new(article, original)
            what: What = "new"
        else:
            page = page.get_latest_revision_as_object()
            what = "unchanged" if _same(article_of(page), article) and not differs(page, ours) else "changed"
        if (
            what == "unchanged"
            and article.lang not in self.over_screen
            and (not self.publish or (page.live and not page.has_unpublished_changes))
        ):
            if original is not None and not is_known(page):
                take_in(original, page, user=self.user, system=self.user is None)
            return Imported(page, what, published=False)
        self._adopt(article)
        fill_page(page, article)
        for name, value in ours.items():
            setattr(page, name, value)
        _validate(page, article)
        publish, kept = self.publish, 0
        if original is not None:  # before it is stored: what people wrote on the screen stays in it
            over = article.lang in self.over_screen
            kept = take_in(original, page, user=self.user, system=self.user is None, over_screen=over).kept
            publish = publish and not (kept and translation_ready(page))  # their words wait for a second speaker
        revision = page.save_revision(user=self.user, changed=what != "unchanged", clean=False)
        if publish:
            if self.user is None and original is None:  # the command line answers for it; in a browser people do
                SystemApprovalAction(page).execute()
            revision.publish(user=self.user, skip_permission_checks=self.user is None)
        return Imported(PolicyArticlePage.objects.get(pk=page.pk), what, published=publish, kept=kept)

    def _adopt(self, article: Article) -> None:
        """Questions that the bank does not have yet enter it; nobody but the command line approves them unread."""
        made = adopt(article, user=self.user)
        if self.publish and self.user is None:
            for one in made:
                ApproveQuestionAction(one, user=None, digest=one.digest(), system=True).execute()
        if self.publish and (waiting := unapproved(article)):
            names = ", ".join(one.key for one in waiting)
            raise ArticleError(_("Answers of the question bank are not approved yet: %(names)s") % {"names": names})

    def _find(self, article: Article, original: PolicyArticlePage | None = None) -> PolicyArticlePage | None:
        return _found(article, self.home, original)

    def _new(self, article: Article, original: PolicyArticlePage | None) -> PolicyArticlePage:
        locale, _created = Locale.objects.get_or_create(language_code=article.lang)
        if original is None:
            page = PolicyArticlePage(live=False, locale=locale, owner=self.user, offices=list(self.offices))
            self._adopt(article)
            fill_page(page, article)
            _validate(page, article)
            parent = self.home if locale.pk == self.home.locale_id else _home_in(self.home, locale)
            return parent.add_child(instance=page)
        page = original.copy_for_translation(locale, copy_parents=True)
        page.refresh_from_db()
        return page


def foreseen(article: Article, *, home: HomePage, original: PolicyArticlePage | None = None) -> What:
    """What importing an article would do, without doing it; a `LoaError` when it would be refused.

    Its pictures are not looked at: they would enter the library.
    """
    language(article.lang)
    ours = belonging(article)
    page = _found(article, home, original)
    if page is not None:
        latest = page.get_latest_revision_as_object()
        if _same(article_of(latest), article) and not differs(latest, ours):
            return "unchanged"
    blocks = tuple(block for block in article.blocks if not isinstance(block, Pictured))
    plain = replace(article, picture=None, blocks=blocks)
    with transaction.atomic():
        locale, _created = Locale.objects.get_or_create(language_code=article.lang)
        trial = PolicyArticlePage(live=False, locale=locale)
        fill_page(trial, plain)
        _validate(trial, plain)
        transaction.set_rollback(True)  # a language that the site does not have yet comes with its first import
    return "new" if page is None else "changed"


def foreseen_conflicts(
    article: Article, *, home: HomePage, original: PolicyArticlePage | None = None
) -> list[Conflict]:
    """Texts that people have written on the screen and this file would replace; importing it keeps them."""
    page = _found(article, home, original)
    if page is None:
        return []
    trial = page.get_latest_revision_as_object()
    blocks = tuple(block for block in article.blocks if not isinstance(block, Pictured))
    fill_page(trial, replace(article, picture=None, blocks=blocks))
    return conflicts(trial)


def found_page(home: HomePage, slug: str) -> PolicyArticlePage | None:
    """Any page of an article, in whatever language."""
    homes = [home, *home.get_translations()]
    pages = PolicyArticlePage.objects.filter(slug=slug, alias_of__isnull=True)
    return next((page for one in homes if (page := pages.descendant_of(one).first())), None)


def _found(article: Article, home: HomePage, original: PolicyArticlePage | None) -> PolicyArticlePage | None:
    pages = PolicyArticlePage.objects.filter(locale__language_code=article.lang, alias_of__isnull=True)
    if original is not None:
        return pages.filter(translation_key=original.translation_key).first()
    return pages.descendant_of(home).filter(slug=article.slug).first()


def _same(one: Article, other: Article) -> bool:
    return one == without_belonging(other) and same_pictures(one, other)


def _home_in(home: HomePage, locale: Locale) -> HomePage:
    return home.get_translation_or_none(locale) or home.copy_for_translation(locale, alias=True).specific


def _validate(page: PolicyArticlePage, article: Article) -> None:
    """The checks of the editor's form; what they say, said of the file."""
    try:
        page.full_clean(exclude=["path", "depth", "numchild", "translation_key", "locale", "content_type"])
        page.body.stream_block.clean(page.body)
        page.picture.stream_block.clean(page.picture)
    except ValidationError as error:
        raise ArticleError(
            "; ".join(dict.fromkeys(_sentences(error))), where=str(article.source or article.slug)
        ) from None


def _sentences(error: Any) -> list[str]:
    """Every message in an error, however deep the block it belongs to."""
    if isinstance(error, dict):
        return [sentence for one in error.values() for sentence in _sentences(one)]
    if isinstance(error, list | tuple):
        return [sentence for one in error for sentence in _sentences(one)]
    nested = [getattr(error, name, None) for name in ("block_errors", "cell_errors", "non_block_errors")]
    if any(nested):
        return [sentence for one in nested if one for sentence in _sentences(one)]
    if hasattr(error, "error_dict"):
        return [
            f"{name}: {sentence}" for name, inner in error.error_dict.items() for sentence in _sentences(list(inner))
        ]
    if isinstance(error, ValidationError):
        return [str(message) for message in error.messages]
    return [str(error)] if error else []


def home_page() -> HomePage:
    """The home page of the default language."""
    home = HomePage.objects.filter(alias_of__isnull=True).order_by("pk").first()
    if home is None:
        raise ArticleError(_("the site has no home page yet"), mend="loa manage migrate")
    return home
