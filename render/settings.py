"""Settings from the environment, with embedded defaults that work on one machine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from render.errors import SettingsError
from render.objects import without_secrets
from render.paths import ROOT

OnlineSpeech = Literal["auto", "on", "off"]

# Where the embedded S3 server listens when nothing else does; `loa demo` remembers the port it got.
DEFAULT_PUBLIC_URL = "http://127.0.0.1:8333/loa"


@dataclass(frozen=True)
class Settings:
    """Where things lie and what is allowed."""

    home: Path  # LOA_HOME: everything embedded lives below it
    store: str  # LOA_STORE: public releases, a folder or s3://bucket?endpoint=…
    store_is_set: bool  # False: the embedded S3 server takes its place (render/embedded.py)
    cache: str  # LOA_CACHE: private, drafts and steps
    public_url: str  # LOA_PUBLIC_URL: what QR codes say, without a slash at its end
    public_url_is_set: bool
    database_url: str  # LOA_DATABASE_URL: "" for SQLite below home
    cluster: str  # LOA_CLUSTER: a Dask scheduler, "local", or "" for processes of our own
    signing_key: Path  # LOA_SIGNING_KEY: the publisher's Ed25519 key, PEM
    c2pa_key: Path  # LOA_C2PA_KEY: signs content credentials (P-256, PEM); made with its chain when there is none
    c2pa_certs: Path  # LOA_C2PA_CERTS: its certificates, leaf first, PEM
    trusted_keys: tuple[str, ...]  # LOA_TRUSTED_KEYS: fingerprints that readers accept
    online_speech: OnlineSpeech  # LOA_ONLINE_SPEECH
    voices: Path  # LOA_VOICES: installed voice packs, a folder each
    allow_unheard: bool  # LOA_ALLOW_UNHEARD: machine voices may be released before anybody has listened
    site_url: str = ""  # LOA_SITE_URL: the newsroom's address, whose API operators' pages call; "" for none


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in force; a `SettingsError` names the variable that cannot be used."""
    env = os.environ if environ is None else environ
    home = Path(env.get("LOA_HOME") or ROOT / ".loa").absolute()
    online = env.get("LOA_ONLINE_SPEECH") or "auto"
    if online not in ("auto", "on", "off"):
        raise SettingsError(f"{online!r} is no choice", where="LOA_ONLINE_SPEECH", mend="Say auto, on or off")
    public = web_address(env.get("LOA_PUBLIC_URL") or DEFAULT_PUBLIC_URL, "LOA_PUBLIC_URL")
    return Settings(
        home=home,
        store=env.get("LOA_STORE") or str(home / "public"),
        store_is_set=bool(env.get("LOA_STORE")),
        cache=env.get("LOA_CACHE") or str(home / "cache"),
        public_url=public,
        public_url_is_set=bool(env.get("LOA_PUBLIC_URL")),
        database_url=env.get("LOA_DATABASE_URL", ""),
        cluster=env.get("LOA_CLUSTER", ""),
        signing_key=Path(env.get("LOA_SIGNING_KEY") or home / "keys" / "publisher.pem").absolute(),
        c2pa_key=Path(env.get("LOA_C2PA_KEY") or home / "keys" / "credentials.pem").absolute(),
        c2pa_certs=Path(env.get("LOA_C2PA_CERTS") or home / "keys" / "credentials-chain.pem").absolute(),
        trusted_keys=tuple(key.strip() for key in env.get("LOA_TRUSTED_KEYS", "").split(",") if key.strip()),
        online_speech=online,  # type: ignore[arg-type]  # checked above
        voices=Path(env.get("LOA_VOICES") or home / "voices").absolute(),
        allow_unheard=_switch(env, "LOA_ALLOW_UNHEARD"),
        site_url=web_address(env["LOA_SITE_URL"], "LOA_SITE_URL") if env.get("LOA_SITE_URL") else "",
    )


def _switch(env: Mapping[str, str], variable: str) -> bool:
    value = env.get(variable) or "0"
    if value not in ("0", "1"):
        raise SettingsError(f"{value!r} is no choice", where=variable, mend="Say 1 or 0")
    return value == "1"


def web_address(url: str, variable: str) -> str:
    """The address without a slash at its end; a `SettingsError` when a browser could not open it as it stands."""
    url = url.rstrip("/")
    try:
        parts = urlsplit(url)
        good = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0  # asked for: a number out of range is a ValueError
            and "@" not in parts.netloc
            and not (parts.query or parts.fragment or set(url) & set(" \t\r\n\"'<>\\;,"))
        )
    except ValueError:
        good = False
    if good:
        return url
    raise SettingsError(
        f"{without_secrets(url)!r} is no web address", where=variable, mend="Say one like https://loa.example.gov.vn"
    )
