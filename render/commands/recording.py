"""`loa script`, `loa takes`, `loa approve-sound`: a sheet to read, the recordings that come back, who listened."""

from __future__ import annotations

import argparse
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from render.build import OFFICES, make_context, today
from render.edition import Edition
from render.errors import LoaError, SettingsError, VoiceError
from render.facts import read_facts
from render.offices import office, read_offices
from render.plan import edition_of, plan_articles, read_source, sound_context
from render.products import Context, Planned, Waiting
from render.reading import Sheet, make_sheet, sheet_html, sheet_pdf, sounding
from render.settings import Settings
from render.speech.approval import Approval, approvals_file, read_approvals, write_approvals
from render.speech.decoding import read_recording
from render.speech.recordings import Numbered, Signed, Takes, agreed, signed_off, standing, with_takes
from render.speech.takefiles import takes_folder, write_takes
from render.speech.taking import Sitting, Taken, take_all, take_one

# --- loa script ------------------------------------------------------------------------------------------------


def script(args: argparse.Namespace, settings: Settings) -> int:
    """`loa script`: the sheet as PDF and HTML."""
    sheet, _ = _sheet(args, settings)
    edition = sheet.edition
    code = f".{args.office}" if args.office else ""
    path = args.out / edition.slug / f"{edition.slug}.{edition.lang}{code}.recording-sheet"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pdf, html = path.with_name(f"{path.name}.pdf"), path.with_name(f"{path.name}.html")
        pdf.write_bytes(sheet_pdf(sheet))
        html.write_text(sheet_html(sheet), encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot write: {error.strerror}", where=str(path), mend="Choose another --out") from None
    print(f"made    {pdf}\nmade    {html}")
    print(f"phiếu {sheet.code}: {len(sheet.lines)} đoạn, còn {len(sheet.missing())} đoạn cần thu")
    return 0


# --- loa takes -------------------------------------------------------------------------------------------------


def takes(args: argparse.Namespace, settings: Settings) -> int:
    """`loa takes`: adds recordings, records consent and sign-off, shows how it stands. 1 while something is missing."""
    _refuse_odd(args)
    sheet, where = _sheet(args, settings)
    have = sheet.takes or Takes(sheet.edition.lang)
    if args.sheet and args.sheet.upper() != sheet.code:
        raise VoiceError(
            f"the text has changed since sheet {args.sheet} was printed: it is {sheet.code} now",
            where=str(args.article),
            mend="Print it anew with loa script; unchanged segments keep their numbers",
        )
    sounds: dict[str, bytes] = {}
    if args.add:
        taken = _recorded(args, sheet)
        if args.dry_run:
            print("không lưu gì (--dry-run)")
            return 0
        sounds = {one.take.sha256: one.sound for one in taken}
        have = with_takes(have, (one.take for one in taken), sheet.lines)
    elif args.consent:
        have = agreed(have, args.speaker, args.consent_by or args.speaker, args.consent)
    if args.sign_off:
        have = signed_off(
            have, args.sign_off.strip(), args.on or today(), _numbers(args.segment) if not args.add else ()
        )
    if args.add or args.consent or args.sign_off:
        have = write_takes(where, have, sounds)
    return _show(sheet, have, where)


def _refuse_odd(args: argparse.Namespace) -> None:
    if args.add and not (args.speaker or "").strip():
        raise SettingsError("who speaks in the recording?", where="loa takes --add", mend="Say --speaker NAME")
    if args.consent and not (args.speaker or "").strip():
        raise SettingsError("whose consent is it?", where="loa takes --consent", mend="Say --speaker NAME")
    if args.cuts and len(args.add) != 1:
        raise SettingsError("--cuts goes with one file", where="loa takes --cuts", mend="Say --add FILE with it")
    if args.dry_run and not args.add:
        raise SettingsError("there is nothing to try", where="loa takes --dry-run", mend="Say --add FILE with it")
    if args.consent and args.consent > today():
        raise SettingsError("a consent lies in the future", where="loa takes --consent", mend="Say when it was given")


def _recorded(args: argparse.Namespace, sheet: Sheet) -> tuple[Taken, ...]:
    who = args.speaker.strip()
    consent = Signed((args.consent_by or who).strip(), args.consent) if args.consent else None
    sitting = Sitting(who, consent)
    wanted = _wanted(args, sheet)
    if len(args.add) > 1:
        taken: list[Taken] = []
        for path, line in zip(args.add, _matched(args.add, wanted, sheet, by_order=bool(args.segment)), strict=True):
            taken.append(take_one(read_recording(path), line, sitting, where=str(path)))
            _print_taken(taken[-1], path.name)
        return tuple(taken)
    (path,) = args.add
    recording = read_recording(path)
    if len(wanted) == 1 and not args.cuts:
        one = take_one(recording, wanted[0], sitting, where=str(path))
        _print_taken(one, path.name)
        return (one,)
    found, cut = take_all(recording, wanted, sitting, where=str(path), cuts_s=_seconds(args.cuts))
    print(f"{path.name}: {len(found)} đoạn, nghe thấy {cut.pauses} chỗ nghỉ, chỗ chắc ít nhất {cut.sure:.0%}")
    for one in found:
        _print_taken(one, "")
    print(f"chỗ cắt: --cuts {','.join(f'{second:.1f}' for second in cut.cuts_s)}")
    doubtful = [one.take.number for one in found if one.doubtful]
    if doubtful:
        print(f"nên nghe lại chỗ cắt của đoạn {', '.join(map(str, doubtful))}; sửa bằng --cuts")
    return found


def _wanted(args: argparse.Namespace, sheet: Sheet) -> tuple[Numbered, ...]:
    """The lines that the files hold."""
    if args.segment:
        by_number = {one.number: one for one in sheet.lines}
        numbers = _numbers(args.segment)
        for number in numbers:
            if number not in by_number:
                raise SettingsError(
                    f"there is no segment {number}", where="loa takes --segment", mend="loa takes ARTICLE lists them"
                )
        return tuple(by_number[number] for number in numbers)
    missing = sheet.missing()
    return sheet.lines if args.all or not missing else missing


def _matched(
    files: Sequence[Path], wanted: Sequence[Numbered], sheet: Sheet, *, by_order: bool
) -> tuple[Numbered, ...]:
    """A line for each file: by the order of --segment, by the number in the name, else in order."""
    named = [_number_in(path.stem) for path in files]
    by_number = {one.number: one for one in sheet.lines}
    if not by_order and None not in named and len(set(named)) == len(named) and all(one in by_number for one in named):
        return tuple(by_number[number] for number in named if number is not None)
    if len(files) != len(wanted):
        raise VoiceError(
            f"{len(files)} files were given for {len(wanted)} segments",
            where="loa takes --add",
            mend="Name each file by its number (12.m4a), or say which segments they hold with --segment",
        )
    return tuple(wanted)


def _number_in(stem: str) -> int | None:
    found = re.findall(r"(?<!\d)\d{1,3}(?!\d)", stem)
    return int(found[-1]) if found else None


def _numbers(text: str | None) -> tuple[int, ...]:
    try:
        return tuple(dict.fromkeys(int(part) for part in (text or "").replace(" ", "").split(",") if part))
    except ValueError:
        raise SettingsError(
            f"{text!r} are no numbers", where="loa takes --segment", mend="Write them like 3,7"
        ) from None


def _seconds(text: str | None) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in (text or "").replace(" ", "").split(",") if part)
    except ValueError:
        mend = "Write them like 3.2,7.9"
        raise SettingsError(f"{text!r} are no seconds", where="loa takes --cuts", mend=mend) from None


def _print_taken(one: Taken, name: str) -> None:
    take = one.take
    place = f"{one.piece.start_s:7.1f}–{one.piece.end_s:<7.1f} chắc {one.piece.sure:4.0%}" if one.piece else name
    print(f"{take.number:4}  {place}  {take.duration_s:5.1f} s  {_short(take.text)}")
    for warning in take.warnings:
        print(f"      lưu ý: {warning}")


def _show(sheet: Sheet, have: Takes, where: Path) -> int:
    stands = standing((one.line for one in sheet.lines), have)
    unsure = {one.number for one in stands.unsure}
    for one in sheet.lines:
        take = have.of(one.line.text)
        if take is None:
            state = "thu lại" if one.before else "chưa có"
        else:
            state = "chờ duyệt" if one.number in unsure else "xong"
        by = f"{take.speaker}, {take.duration_s:.1f} s" if take else ""
        print(f"{one.number:4}  {state:10} {by:28} {_short(one.line.text)}")
        if one.before:
            print(f"      lời cũ: {_short(one.before)}")
    print(f"phiếu {sheet.code}; bản thu ở {where}")
    print("đủ bản thu, đã nghiệm thu" if stands.complete else stands.words(have))
    return 0 if stands.complete else 1


def _short(text: str) -> str:
    return text if len(text) <= 70 else text[:69] + "…"


# --- loa approve-sound -----------------------------------------------------------------------------------------


def approve_sound(args: argparse.Namespace, settings: Settings) -> int:
    """`loa approve-sound`: who has listened to what a machine says. 1 while somebody must still listen."""
    source = read_source(args.article)
    tag = args.lang or source.article.lang
    facts = read_facts(args.facts)
    path = approvals_file(args.article)
    approvals = list(read_approvals(path).approvals)
    context = replace(make_context(settings, draft=not args.published), allow_unheard=False)
    names = args.product or sounding(source.article.products)
    jobs = plan_articles(
        [source],
        facts=facts,
        on=args.on or facts.demonstration_on or today(),
        context=context,
        languages=[tag],
        offices=[office(read_offices(OFFICES), args.office) if args.office else None],
        product_names=names,
    )
    waiting = 0
    for job in jobs:
        if isinstance(job.plan, LoaError):
            raise job.plan
        if isinstance(job.plan, Waiting):
            print(f"{job.product:20} {job.plan.words}")
            continue
        assert isinstance(job.plan, Planned)
        if args.by and job.plan.to_hear:
            approvals.append(_approval(args.by.strip(), job.plan, job.product, tag))
            print(f"{job.product:20} {args.by} đã nghe duyệt {len(job.plan.to_hear)} câu")
        else:
            waiting += job.plan.details.get("listening") == "waiting"
            print(f"{job.product:20} {_state(job.plan)}")
    if args.by:
        write_approvals(path, approvals)
    return 1 if waiting else 0


def _approval(who: str, plan: Planned, name: str, tag: str) -> Approval:
    if not who:
        raise SettingsError("who has listened?", where="loa approve-sound --by", mend="Say a name")
    keys = frozenset(key for key, _ in plan.to_hear)
    return Approval(name, tag, str(plan.details.get("voice", "")), who, today(), keys)


def _state(plan: Planned) -> str:
    match plan.details.get("listening"):
        case "approved":
            return f"đã nghe duyệt: {plan.details['approved_by']}"
        case "signed-off":
            return f"giọng người, đã nghiệm thu: {plan.details['signed_off']}"
        case "waiting":
            return str(plan.details["listening_words"])
        case _:
            return "không cần nghe duyệt"


# --- shared ----------------------------------------------------------------------------------------------------


def _sheet(args: argparse.Namespace, settings: Settings) -> tuple[Sheet, Path]:
    source = read_source(args.article)
    tag = args.lang or source.article.lang
    facts = read_facts(args.facts)
    here = office(read_offices(OFFICES), args.office) if args.office else None
    edition = edition_of(source, tag, here, facts=facts, on=_day(args, facts.demonstration_on))
    if isinstance(edition, LoaError):
        raise edition
    if not isinstance(edition, Edition):
        raise SettingsError(
            f"there is no translation into {tag}", where=str(args.article), mend="Put one beside the article"
        )
    context = sound_context(source, tag, Context(settings.public_url))
    if isinstance(context, LoaError):
        raise context
    names = tuple(dict.fromkeys(args.product))
    sheet = make_sheet(edition, context, names, wished=source.article.products)
    if not sheet.lines:
        raise VoiceError("there is nothing to read", where=str(args.article), mend="Write something to say")
    return sheet, takes_folder(args.article, tag, source.article.lang)


def _day(args: argparse.Namespace, demonstration: dt.date | None) -> dt.date:
    found: dt.date = args.on or demonstration or today()
    return found
