"""`loa`: one command, each subcommand a few lines here and its work elsewhere."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from render.errors import LoaError, SettingsError

if TYPE_CHECKING:
    from render.settings import Settings

Command = Callable[[argparse.Namespace, "Settings"], int]

# Every command: where it is done, below render.commands, and what it is for. The module is loaded when the command
# is given, not before. Those without a module are plugged in by the newsroom.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "build": ("making:build", "make products into a folder"),
    "plan": ("making:plan", "what would be made, what is cached, and why not"),
    "check": ("making:check", "read and resolve everything, make nothing"),
    "publish": ("publishing:publish_articles", "make products and release them"),
    "withdraw": ("publishing:withdraw_article", "call an article back"),
    "expire": ("publishing:expire_now", "call back what has run out; publishing does it too"),
    "releases": ("keeping:list_releases", "what was released: list, look into, compare"),
    "rollback": ("publishing:roll_back_to", "a new release with the content of an earlier one"),
    "collect": ("keeping:collect_rubbish", "what nothing leads to; --go takes it away"),
    "prove": ("proving:prove_store", "does the store hold all of what is current? --mend puts back what it lacks"),
    "listen-report": ("listening:listen_report", "how the bulletins of a release sound"),
    "fetch": ("fetching:fetch_from", "a copy of what is in force for an office: only what is new"),
    "verify": ("checking:verify_files", "is this file ours, unaltered, still in force?"),
    "keys": ("keeping:keys", "the publisher's key: show, make, list, rotate, retire"),
    "speak": ("speaking:speak", "print the spoken form"),
    "storyboard": ("storyboard:storyboard", "the scenes of an article's clip, as data to edit"),
    "script": ("recording:script", "the sheet that a person records from (PDF, HTML)"),
    "takes": ("recording:takes", "recordings of an article: add, check, consent, sign off, show"),
    "approve-sound": ("recording:approve_sound", "say that you heard a machine's voice"),
    "languages": ("listing:languages", "the languages served"),
    "products": ("listing:products", "the products that can be made"),
    "voices": ("listing:voices", "what can speak which language here, and why not"),
    "facts": ("listing:facts", "the facts and their values on a date"),
    "fix-text": ("listing:fix_text", "turn text of old fonts and encodings into real letters"),
    "specimen": ("specimen:specimen", "every language in its own type, on one PDF"),
    "demo": ("", "the main job on embedded defaults: make, publish, serve (--no-serve: stop before)"),
    "serve": ("", "the site and a worker on this machine"),
    "worker": ("", "one worker: takes builds and releases them"),
    "manage": ("", "the site's own commands"),
}

# Made and released, or waiting; some product failed; unusable arguments or input.
FINE, FAILED, UNUSABLE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand; every error a user can meet is one line on standard error."""
    words = list(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(format="loa: %(message)s", level=logging.WARNING)
    try:
        _refuse_no_folder()
        name = words[0] if words else ""
        if name == "fetch":  # alone, with nothing that only builders need: it is run from cron
            from render.commands import fetching

            return fetching.main(words[1:])
        if name and not name.startswith("-") and not COMMANDS.get(name, ("", ""))[0]:
            return site_command(name)(words[1:])
        args = parser().parse_args(words)
        from render.settings import read_settings

        return command_of(name)(args, read_settings())
    except LoaError as error:
        print(f"loa: {error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("loa: stopped; nothing half-made was left", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return FINE


def _refuse_no_folder() -> None:
    """Somebody may have taken away the folder of this shell; libraries ask for it while they are loaded."""
    try:
        os.getcwd()  # noqa: PTH109 (only whether it is there)
    except FileNotFoundError:
        mend = "Change into a folder that exists (cd), then run again"
        raise SettingsError("the folder that this was started in is gone", where="loa", mend=mend) from None


def command_of(name: str) -> Command:
    """What does the command, loaded now."""
    module, _, function = COMMANDS[name][0].partition(":")
    found: Command = getattr(importlib.import_module(f"render.commands.{module}"), function)
    return found


def site_command(name: str) -> Callable[[Sequence[str]], int]:
    """The commands of the newsroom are plugged in, since the pipeline does not know the site."""
    import importlib.metadata  # here, and the search of all that is installed: no other command need wait for it

    for entry in importlib.metadata.entry_points(group="loa.commands", name=name):
        command: Callable[[Sequence[str]], int] = entry.load()
        return command
    if name in COMMANDS:
        raise SettingsError("the newsroom is not installed here", where=f"loa {name}", mend="Run make setup")
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    raise SettingsError(f"there is no command {name!r}", mend=f"{meant}loa --help names all")


def parser() -> argparse.ArgumentParser:
    """Every subcommand with its arguments."""
    from render.commands import arguments  # here: `loa fetch` has its own
    from render.demofiles import DEMO_FACTS

    top = argparse.ArgumentParser(prog="loa", description="One policy article becomes everything a village needs.")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    build = _add(commands, "build")
    arguments.add_making(build)
    build.add_argument("--out", type=arguments.folder, default=Path("out"), metavar="DIR", help="the folder (out)")

    plan = _add(commands, "plan")
    arguments.add_making(plan)

    check = _add(commands, "check")
    arguments.add_making(check)

    publish = _add(commands, "publish")
    arguments.add_making(publish)
    publish.add_argument(
        "--valid-until", type=arguments.date, metavar="DATE", help="the last day of use; then it expires"
    )
    _add_store(publish)

    withdraw = _add(commands, "withdraw")
    withdraw.add_argument("slug")
    withdraw.add_argument("--reason", required=True, metavar="TEXT", help="in words that readers will see")
    withdraw.add_argument("--replaced-by", metavar="SLUG")
    withdraw.add_argument("--lang", action="append", default=[], metavar="TAG", help="only this language (repeatable)")
    _add_store(withdraw)

    expire = _add(commands, "expire")
    _add_store(expire)

    releases = _add(commands, "releases")
    releases.add_argument("--show", type=int, metavar="NUMBER", help="one release")
    releases.add_argument("--diff", type=int, nargs=2, metavar=("OLD", "NEW"), help="what differs between two")
    releases.add_argument("--bundle", type=Path, metavar="DIR", help="copy what loa verify needs offline")
    releases.add_argument("--json", action="store_true", help="print JSON")
    _add_store(releases)

    rollback = _add(commands, "rollback")
    rollback.add_argument("number", type=int, metavar="NUMBER")
    rollback.add_argument("--reason", required=True, metavar="TEXT", help="in words that readers will see")
    rollback.add_argument(
        "--even-withdrawn",
        action="store_true",
        help="bring back what was withdrawn since, too: nothing in it was wrong",
    )
    _add_store(rollback)

    collect = _add(commands, "collect")
    collect.add_argument("--go", action="store_true", help="do it; without this nothing is changed")
    collect.add_argument("--grace-days", type=int, default=30, metavar="DAYS", help="leave what is younger (30)")
    collect.add_argument("--keep", type=int, default=50, metavar="COUNT", help="releases that stay whole (50)")
    collect.add_argument("--cache", action="store_true", help="the private cache instead, longest unused first")
    collect.add_argument("--most-gb", type=int, default=50, metavar="GB", help="with --cache: what may stay (50)")
    collect.add_argument("--unused-days", type=int, default=90, metavar="DAYS", help="with --cache (90)")
    collect.add_argument("--json", action="store_true", help="print one JSON object")
    _add_store(collect)

    prove = _add(commands, "prove")
    prove.add_argument("--mend", action="store_true", help="put it back; without this nothing is changed")
    prove.add_argument("--quick", action="store_true", help="only what a listing tells: missing, or cut short")
    prove.add_argument("--json", action="store_true", help="print one JSON object")
    _add_store(prove)

    heard = _add(commands, "listen-report")
    arguments.add_listening(heard)
    _add_store(heard)

    _add_apart(commands, "fetch")

    verify = _add(commands, "verify")
    verify.add_argument("files", nargs="+", type=Path, metavar="FILE")
    verify.add_argument("--json", action="store_true", help="print one JSON object")
    verify.add_argument("--key", metavar="FINGERPRINT", help="the publisher's; LOA_TRUSTED_KEYS otherwise")
    _add_store(verify)

    keys = _add(commands, "keys")
    keys.add_argument("action", nargs="?", default="show", choices=("show", "make", "list", "rotate", "retire"))
    keys.add_argument("fingerprint", nargs="?", default="", metavar="FINGERPRINT", help="of the key to retire")
    keys.add_argument("--reason", default="", metavar="TEXT", help="why the old key ends, in words readers will see")
    keys.add_argument("--compromised", action="store_true", help="somebody else has the old key")
    _add_store(keys)

    speak = _add(commands, "speak")
    speak.add_argument("article", nargs="?", type=Path, metavar="ARTICLE")
    speak.add_argument("--lang", default="vi", metavar="TAG")
    speak.add_argument("--text", metavar="TEXT")
    speak.add_argument("--region", choices=("north", "south"), default="north", help="nghìn, linh or ngàn, lẻ")
    speak.add_argument("--facts", type=Path, default=DEMO_FACTS, metavar="FILE")
    speak.add_argument("--on", type=arguments.date, metavar="DATE")

    board = _add(commands, "storyboard")
    arguments.add_storyboard(board)

    script = _add(commands, "script")
    arguments.add_script(script)
    takes = _add(commands, "takes")
    arguments.add_takes(takes)
    approve = _add(commands, "approve-sound")
    arguments.add_approval(approve)

    _add(commands, "languages")
    _add(commands, "products")
    _add(commands, "voices")
    facts = _add(commands, "facts")
    facts.add_argument("--facts", type=Path, default=DEMO_FACTS, metavar="FILE")
    facts.add_argument("--on", type=arguments.date, metavar="DATE")
    fix = _add(commands, "fix-text")
    fix.add_argument("files", nargs="+", type=Path, metavar="FILE")
    fix.add_argument("--lang", metavar="TAG", help="the language, where neither front matter nor file name says it")
    fix.add_argument("--write", action="store_true", help="write the files; the old ones stay beside them as .bak")

    shown = _add(commands, "specimen")
    shown.add_argument("--out", type=Path, default=Path("mau-chu.pdf"), metavar="FILE", help="the file (mau-chu.pdf)")

    for name in ("demo", "serve", "worker", "manage"):
        _add_apart(commands, name)
    return top


def _add(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str) -> argparse.ArgumentParser:
    help_text = COMMANDS[name][1]
    return commands.add_parser(name, help=help_text, description=help_text)


def _add_apart(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str) -> None:
    """One that reads its arguments itself, and has never come here: only named."""
    commands.add_parser(name, help=COMMANDS[name][1], add_help=False)


def _add_store(one: argparse.ArgumentParser) -> None:
    one.add_argument("--store", metavar="URL", help="a folder or s3://bucket?endpoint=…; LOA_STORE otherwise")


if __name__ == "__main__":
    sys.exit(main())
