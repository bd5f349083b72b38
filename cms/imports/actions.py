"""Imports, step by step: a report, then what was chosen of it; and folders from the command line the same way."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from cms.articles.actions import ImportArticleAction, foreseen, found_page
from cms.audit.log import record
from cms.core.models import HomePage
from cms.imports.enums import Result, State, Verdict
from cms.imports.models import Import, ImportedFile
from cms.imports.reading import examine, family, peek
from cms.imports.uploads import receive
from render.article import Article
from render.errors import ArticleError, LoaError
from render.plan import Source, article_files, read_source

STEP_S = 3.0  # of work in one request; the page asks for the next step
KEPT = timedelta(days=7)


class BeginImportAction:
    """Take files in; nothing is imported yet."""

    def __init__(self, uploads: list[Any], *, home: HomePage, user: Any) -> None:
        self.uploads = uploads
        self.home = home
        self.user = user

    def check(self) -> None:
        """`PermissionDenied` unless the user may add articles here."""
        if not self.home.permissions_for_user(self.user).can_add_subpage():
            raise PermissionDenied

    def execute(self) -> Import:
        """An import with a row for each file."""
        self.check()
        _forget_old()
        names = ", ".join(str(one.name) for one in self.uploads[:3]) + (" …" if len(self.uploads) > 3 else "")
        batch = Import(user=self.user, origin=names[:200], home=self.home)
        batch.make_folder()
        try:
            with transaction.atomic():
                batch.save()
                receive(batch, self.uploads)
        except BaseException:
            batch.drop_folder()
            raise
        return batch


class StepAction:
    """Go on with an import for a moment: read on, or import on. Doing it twice at once does nothing twice."""

    def __init__(self, batch: Import, *, home: HomePage, user: Any, most_s: float = STEP_S) -> None:
        self.batch = batch
        self.home = home
        self.user = user
        self.until = time.monotonic() + most_s

    def check(self) -> None:
        """`PermissionDenied` unless the user may add articles here."""
        if not self.home.permissions_for_user(self.user).can_add_subpage():
            raise PermissionDenied

    def execute(self) -> None:
        """Until the time is over or nothing is left."""
        self.check()
        if self.batch.state == State.READING:
            self._read()
        elif self.batch.state == State.APPLYING:
            self._import()

    def _read(self) -> None:
        waiting = self.batch.files.filter(verdict=Verdict.WAITING)
        while time.monotonic() < self.until:
            unread = list(waiting.filter(slug="")[:50])
            if unread:
                for file in unread:
                    peek(file)
                ImportedFile.objects.bulk_update(
                    unread, ["slug", "lang", "title", "verdict", "place", "what", "mend", "chosen"]
                )
                continue
            slug = waiting.order_by("pk").values_list("slug", flat=True).first()
            if slug is None:
                self.batch.state = State.READY
                self.batch.save(update_fields=["state"])
                return
            seen = examine(self.batch, slug, self.home)
            ImportedFile.objects.bulk_update(
                seen, ["verdict", "place", "what", "mend", "missing_pictures", "chosen", "conflicts"]
            )

    def _import(self) -> None:
        while time.monotonic() < self.until:
            slug = self.batch.files.filter(chosen=True, result="").values_list("slug", flat=True).first()
            if slug is None:
                _finish(self.batch, State.DONE, self.user)
                return
            self._import_one(slug)

    @transaction.atomic
    def _import_one(self, slug: str) -> None:
        """One article with what was chosen of it. Its rows are claimed first: who comes second finds none."""
        rows = list(
            ImportedFile.objects.select_for_update().filter(batch=self.batch, slug=slug, chosen=True, result="")
        )
        if not rows:
            return
        try:
            with transaction.atomic():
                found = family(self.batch, slug, self.home)
                over = [tag for tag, file in found.files.items() if file.over_screen]
                done = ImportArticleAction(found.source, home=self.home, user=self.user, over_screen=over).execute()
            for one in done:
                if file := found.files.get(one.page.locale.language_code):
                    ImportedFile.objects.filter(pk=file.pk).update(result=Result.IMPORTED, page=one.page)
        except PermissionDenied:
            error: LoaError = ArticleError("you may not change this article", mend="Ask who may")
        except LoaError as told:
            error = told
        else:
            return
        for file in rows:
            file.refuse(ArticleError(error.what, where=error.where or file.name, mend=error.mend), after=True)
        ImportedFile.objects.bulk_update(rows, ["place", "what", "mend", "chosen", "result"])


class ApplyAction:
    """Import what is ticked; the rest is left out."""

    def __init__(self, batch: Import, *, user: Any) -> None:
        self.batch = batch
        self.user = user

    def execute(self) -> None:
        """Begins it: `StepAction` goes on."""
        changed = Import.objects.filter(pk=self.batch.pk, state=State.READY).update(state=State.APPLYING)
        if changed:
            self.batch.files.filter(chosen=False, verdict__in=[Verdict.NEW, Verdict.CHANGED]).update(
                result=Result.LEFT_OUT
            )
        self.batch.refresh_from_db()


class DiscardAction:
    """Throw the files away; the report stays."""

    def __init__(self, batch: Import, *, user: Any) -> None:
        self.batch = batch
        self.user = user

    def execute(self) -> None:
        """Only before anything was imported."""
        if self.batch.state in {State.READING, State.READY}:
            _finish(self.batch, State.DISCARDED, self.user)


def broken_off(paths: Iterable[Path]) -> list[Import]:
    """Imports of these files from the command line that never came to their end."""
    return list(Import.objects.filter(user=None, state=State.APPLYING, origin=_origin(list(paths))).order_by("pk"))


def _origin(paths: list[Path]) -> str:
    return (", ".join(path.name for path in paths[:3]) + (" …" if len(paths) > 3 else ""))[:200]


def import_paths(
    paths: Iterable[Path],
    *,
    home: HomePage,
    publish: bool = False,
    only_report: bool = False,
    offices: dict[str, tuple[str, ...]] | None = None,
) -> Iterator[ImportedFile]:
    """Import files and folders, one article at a time: a row of the history for each file, as it is done."""
    paths = list(paths)
    for earlier in [] if only_report else broken_off(paths):
        _finish(earlier, State.DONE, None)  # the report says what it brought; this one goes on
    batch = Import.objects.create(origin=_origin(paths), home=home, state=State.APPLYING)
    errors: list[LoaError] = []
    seen: dict[str, Path] = {}
    try:
        for path in article_files(paths, errors):
            try:
                source = read_source(path)
                if (earlier := seen.setdefault(source.article.slug, path)) != path:
                    raise ArticleError(
                        f"slug {source.article.slug} is taken by {earlier}",
                        where=str(path),
                        mend="Give it a slug of its own",
                    )
            except LoaError as error:
                yield _told(batch, error)
                continue
            wanted = (offices or {}).get(source.article.slug, ())
            yield from _import_source(batch, source, home, publish, only_report, wanted)
        for error in errors:
            yield _told(batch, error)
    finally:
        _finish(batch, State.DISCARDED if only_report else State.DONE, None)


def _import_source(
    batch: Import, source: Source, home: HomePage, publish: bool, only_report: bool, offices: tuple[str, ...]
) -> Iterator[ImportedFile]:
    action = ImportArticleAction(source, home=home, publish=publish, offices=offices)
    try:
        if only_report:
            done: list[tuple[Article, str, Any]] = [(one, what, None) for one, what in _report(source, home)]
        else:
            done = [(one.page.as_article(), one.what, one.page) for one in action.execute()]
    except LoaError as error:
        yield _told(batch, error, source.article.slug, source.article.lang)
        return
    for article, what, page in done:
        yield ImportedFile.objects.create(
            batch=batch,
            name=f"{article.slug}.{article.lang}",
            slug=article.slug,
            lang=article.lang,
            title=article.title[:255],
            verdict=what,
            result="" if only_report else Result.IMPORTED,
            page=page,
        )


def _report(source: Source, home: HomePage) -> Iterator[tuple[Article, str]]:
    yield source.article, foreseen(source.article, home=home)
    page = found_page(home, source.article.slug)
    for one in source.translations.values():
        if isinstance(one, LoaError):
            raise one
        yield one, foreseen(one, home=home, original=page)


def _told(batch: Import, error: LoaError, slug: str = "", lang: str = "") -> ImportedFile:
    row = ImportedFile(batch=batch, name=(error.where or slug or "?")[-400:], slug=slug, lang=lang)
    row.refuse(error)
    row.result = Result.REFUSED
    row.save()
    return row


def _finish(batch: Import, state: State, user: Any) -> None:
    if not Import.objects.filter(pk=batch.pk).exclude(state=state).update(state=state, finished_at=timezone.now()):
        return
    batch.refresh_from_db()
    batch.drop_folder()
    if state == State.DONE:
        rows = batch.files.filter(result=Result.IMPORTED)
        record(
            "article.imported",
            actor=user,
            subject=f"import:{batch.pk}",
            details={"origin": batch.origin, "files": rows.count()},
        )


def _forget_old() -> None:
    """Files that nobody decided upon are thrown away after a week; their reports stay."""
    for batch in Import.objects.filter(state__in=[State.READING, State.READY], started_at__lt=timezone.now() - KEPT):
        _finish(batch, State.DISCARDED, None)
