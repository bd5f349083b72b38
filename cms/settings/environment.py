"""Reads what Django needs from the environment, and keeps the site's own secret."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from render.errors import SettingsError
from render.objects import telling

SQLITE_FILE = "loa.sqlite3"
SQLITE_TIMEOUT_S = 20
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def database(url: str, home: Path) -> dict[str, Any]:
    """Django's description of the database: SQLite below `home`, or PostgreSQL from its address."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home / SQLITE_FILE,
            "OPTIONS": {
                # A deferred transaction that turns to writing fails when another writes; an immediate one waits.
                "transaction_mode": "IMMEDIATE",
                "timeout": SQLITE_TIMEOUT_S,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
            # A test database in memory would be one connection's own; workers and servers need a file.
            "TEST": {"NAME": home / "test.sqlite3"},
        }
    parts = urlsplit(url) if _readable(url) else None
    if parts is None or parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise SettingsError(
            "this is no address of a PostgreSQL database",
            where="LOA_DATABASE_URL",
            mend="Say one like postgresql://user:password@host:5432/loa",
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def _readable(url: str) -> bool:
    """Whether host and port can be told apart in an address."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def log_level(env: Mapping[str, str], default: str) -> str:
    """LOA_LOG_LEVEL, or what holds without it."""
    level = env.get("LOA_LOG_LEVEL", "").upper() or default
    if level not in _LEVELS:
        raise SettingsError(
            f"{env['LOA_LOG_LEVEL']!r} is no level", where="LOA_LOG_LEVEL", mend=f"Say one of {', '.join(_LEVELS)}"
        )
    return level


def day(env: Mapping[str, str], name: str) -> str:
    """A date that a setting may name, "" for none."""
    text = env.get(name, "")
    try:
        return dt.date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise SettingsError(f"{text!r} is no date", where=name, mend="Say one like 2025-09-01") from None


def closed_to_others(home: Path, *, with_database: bool) -> None:
    """Make home, and in it a database file that only its owner reads: drafts and password hashes lie there."""
    with telling("the home folder cannot be used", str(home)):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if with_database:
            os.close(os.open(home / SQLITE_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        for file in home.glob(f"{SQLITE_FILE}*"):  # its journals, which SQLite makes with the same mode
            with contextlib.suppress(FileNotFoundError):
                found = file.stat()
                if found.st_mode & 0o077 and found.st_uid == os.geteuid():
                    file.chmod(0o600)


def kept_secret(file: Path, length_bytes: int = 48) -> str:
    """The secret in `file`, made by the first who asks; nobody but its owner can read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        # Written aside and linked: whoever loses the race reads the winner's, and nobody ever reads half of one.
        draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(length_bytes))
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()


def listed(env: Mapping[str, str], name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated setting."""
    return [one.strip() for one in env.get(name, "").split(",") if one.strip()] or list(default)


def origin(url: str) -> str:
    """Scheme and host of an address: what a Content-Security-Policy names."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
