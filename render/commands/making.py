"""`loa build`, `loa plan`, `loa check`: make products, or say what would be made."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from render.build import Prepared, Request, file_name, lay_down, make, prepare
from render.cache import Cache
from render.commands.progress import Bar
from render.errors import ArticleError, LoaError
from render.explain import explain
from render.markup import instead_of, lines_with_html
from render.plan import Source
from render.products import Planned, Waiting
from render.run import Outcome
from render.settings import Settings
from render.store import refuse_shared

MOST_TAGS = 3  # that a warning shows of one line


def request_from(args: argparse.Namespace) -> Request:
    """The request that the arguments spell."""
    return Request(
        articles=tuple(args.articles),
        languages=tuple(dict.fromkeys(args.lang)),
        offices=tuple(dict.fromkeys(args.office)),
        communes=args.communes,
        products=tuple(dict.fromkeys(args.product)),
        facts=args.facts,
        on=args.on,
        published=args.published,
        imprint=args.imprint,
    )


def build(args: argparse.Namespace, settings: Settings) -> int:
    """`loa build`: makes products into a folder."""
    refuse_shared(settings.store, settings.cache)
    prepared = prepare(request_from(args), settings)
    refuse_nothing(prepared, as_json=args.json)
    with Bar("đang làm / making") as bar:
        outcomes = make(prepared.jobs, settings, on_progress=bar.show)
    paths = lay_down(outcomes, Cache(settings.cache), args.out)
    report = as_report(outcomes, prepared.unreadable, {key: str(path) for key, path in paths.items()})
    if not settings.public_url_is_set:
        report["warnings"].append(
            f"LOA_PUBLIC_URL is not set: the QR codes lead to {settings.public_url}, which only this machine can open"
        )
    print_report(report, as_json=args.json)
    return 1 if report["failures"] else 0


def refuse_nothing(prepared: Prepared, *, as_json: bool = False) -> None:
    """Raises the last error when no article at all could be read; the others are told on the way, JSON says all."""
    if not prepared.jobs and prepared.unreadable:
        if as_json:
            print_report(as_report([], prepared.unreadable, {}), as_json=True)
        *others, last = prepared.unreadable
        for error in others:
            print(f"loa: {error}", file=sys.stderr)
        raise last


def as_report(
    outcomes: Sequence[Outcome], unreadable: Sequence[LoaError], paths: dict[tuple[int, str], str]
) -> dict[str, Any]:
    """The object that `--json` prints: artifacts, waiting, failures, warnings."""
    artifacts: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = [
        {"product": None, "lang": None, "office": None, "error": error.slug, "reason": str(error)}
        for error in unreadable
    ]
    for number, outcome in enumerate(outcomes):
        job = outcome.job
        who = {"slug": job.slug, "product": job.product, "lang": job.lang, "office": job.office}
        if outcome.state == "waiting":
            assert isinstance(job.plan, Waiting)
            waiting.append({**who, "for": job.plan.reason, "words": job.plan.words})
        elif outcome.state == "failed":
            kind = {"gate": outcome.gate} if outcome.gate else {"error": outcome.error_slug}
            failures.append({**who, **kind, "reason": outcome.reason})
        for file in outcome.files:
            artifacts.append(
                {
                    **who,
                    "role": file.role,
                    "path": paths.get((number, file.suffix), file_name(job, file.suffix)),
                    "sha256": file.sha256,
                    "bytes": file.bytes,
                    "seconds": round(outcome.seconds, 3),
                    "cached": outcome.state == "cached",
                    "warnings": list(outcome.warnings),
                    "details": dict(outcome.details) if file.role == "main" else {},
                }
            )
    return {"artifacts": artifacts, "waiting": waiting, "failures": failures, "warnings": []}


def print_report(report: dict[str, Any], *, as_json: bool) -> None:
    """One JSON object, or the same in lines for people."""
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
        return
    for item in report["artifacts"]:
        print(f"{'cached' if item['cached'] else 'made  '}  {item['path']}  {item['bytes'] / 1000:.0f} kB")
    # One line for what waits for the same: a translation keeps every product of its language waiting.
    for waiting in _alike(report["waiting"], ("slug", "lang", "words", "for")):
        first = waiting[0]
        named = ", ".join(dict.fromkeys(item["product"] for item in waiting))
        print(f"waiting {first['slug']} {first['lang']}: {first['words']} ({first['for']}): {named}")
    for item in report["failures"]:
        label = item.get("gate") or item.get("error")
        print(f"failed  {name_of(item)} [{label}]: {item['reason']}", file=sys.stderr)
    noted = [{**item, "warning": text} for item in report["artifacts"] for text in item["warnings"]]
    for alike in _alike(noted, ("slug", "lang", "warning")):
        named = ", ".join(dict.fromkeys(item["product"] for item in alike))
        print(f"note    {alike[0]['slug']} {alike[0]['lang']} {named}: {alike[0]['warning']}", file=sys.stderr)
    for warning in dict.fromkeys(report["warnings"]):
        print(f"note    {warning}", file=sys.stderr)


def _alike(items: Iterable[dict[str, Any]], keys: Sequence[str]) -> list[list[dict[str, Any]]]:
    """Items in groups that share these keys, in the order of the first of each."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for item in items:
        groups.setdefault(tuple(item[key] for key in keys), []).append(item)
    return list(groups.values())


def name_of(item: dict[str, Any]) -> str:
    """`slug lang [office] product`, as far as they are known."""
    return " ".join(str(item[key]) for key in ("slug", "lang", "office", "product") if item.get(key))


def plan(args: argparse.Namespace, settings: Settings) -> int:
    """`loa plan`: what would be made, what is cached, what waits or cannot be made, and why."""
    prepared = prepare(request_from(args), settings)
    refuse_nothing(prepared)
    explained = explain(prepared.jobs, Cache(settings.cache))
    if args.json:
        print(json.dumps([one.as_data() for one in explained], ensure_ascii=False, indent=1))
    else:
        for one in explained:
            print("\n".join(one.as_lines()))
    for error in prepared.unreadable:
        print(f"failed  {error}", file=sys.stderr)
    failed = prepared.unreadable or any(isinstance(job.plan, LoaError) for job in prepared.jobs)
    return 1 if failed else 0


def check(args: argparse.Namespace, settings: Settings) -> int:
    """`loa check`: reads and resolves everything, plans every product, makes nothing."""
    prepared = prepare(request_from(args), settings)
    refuse_nothing(prepared)
    problems = [str(error) for error in prepared.unreadable]
    problems += [str(job.plan) for job in prepared.jobs if isinstance(job.plan, LoaError)]
    for problem in dict.fromkeys(problems):
        print(f"loa: {problem}", file=sys.stderr)
    for source in prepared.sources:
        for warning in typed_html(source):
            print(f"note    {warning}", file=sys.stderr)
    fine = sum(isinstance(job.plan, Planned) for job in prepared.jobs)
    print(f"{len(prepared.sources)} articles read, {fine} products can be made on {prepared.on.isoformat()}")
    return 1 if problems else 0


def typed_html(source: Source) -> Iterator[ArticleError]:
    """Where HTML was typed into the files of an article: no error, since it is text that readers see as it stands."""
    translations = (one for one in source.translations.values() if not isinstance(one, LoaError))
    for article in (source.article, *translations):
        if article.source is None:
            continue
        for number, tags in lines_with_html(article.source.read_text("utf-8-sig")):
            shown = " ".join(tags[:MOST_TAGS]) + (" …" if len(tags) > MOST_TAGS else "")
            what = f"[html-tag] {shown} is HTML, which stays text: readers see it as it stands"
            yield ArticleError(what, where=f"{article.source}:{number}", mend=instead_of(tags[0]))
