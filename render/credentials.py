"""Content credentials (C2PA): who made a file and with what, in the file or beside it, signed at release."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import functools
import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from render.errors import ReleaseError, SettingsError
from render.keys import read_private

# Inside the file where the format has a place for it, and a player or browser does not mind.
EMBEDDED = frozenset({"image/png", "image/webp", "video/mp4", "audio/mp4"})
# Beside it: PDF/A forbids the attachment, and embedding would rewrite the tags that old horn players read.
DETACHED = frozenset({"application/pdf", "audio/mpeg"})
MEDIA_TYPE = "application/c2pa"

_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_LIFE = dt.timedelta(days=365 * 10)
# Signing beside a file needs its digest alone; the library wants something of that format to walk through.
_SHELLS = {
    "application/pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    "audio/mpeg": b"\xff\xfb\x90\x00" + bytes(413),
}

Voice = Literal["", "person", "robot", "trained"]


@dataclass(frozen=True)
class Credentials:
    """The chain that files are signed under, and what signs. `root` is the fingerprint that readers can hold."""

    root: str  # SHA-256 of the root certificate, 64 hex digits
    root_pem: bytes
    leaf: str  # SHA-256 of the certificate that signs
    _context: c2pa.Context = field(repr=False, compare=False)


@dataclass(frozen=True)
class Credited:
    """A file with its credential: `data` to publish, and what lies beside it (b"" when it is within)."""

    data: bytes
    beside: bytes


@dataclass(frozen=True)
class Claim:
    """What a credential says, as far as it could be validated."""

    state: Literal["trusted", "valid", "invalid", "unreadable"]  # valid: unaltered, yet signed by somebody else
    source: str  # the IPTC digital source type, the last part of its address
    problems: tuple[str, ...]


def signable(media_type: str) -> bool:
    """Whether files of this type get a credential."""
    return media_type in EMBEDDED | DETACHED


def source_type(media_type: str, voice: Voice, *, photograph: bool = False) -> str:
    """The IPTC digital source type of a file: artificial intelligence is said only of what has a machine's voice.

    A photograph that was only scaled is still what a camera captured.
    """
    spoken = media_type.startswith(("audio/", "video/"))
    film = media_type.startswith("video/")
    if spoken and voice == "trained":
        return "compositeWithTrainedAlgorithmicMedia" if film else "trainedAlgorithmicMedia"
    if spoken and voice == "robot":
        return "compositeSynthetic" if film else "algorithmicMedia"
    if photograph or (voice == "person" and media_type.startswith("audio/")):
        return "digitalCapture"
    return "digitalCreation"


def voice_of(details: Any) -> Voice:
    """Whose voice a product has, from its details."""
    if details.get("synthetic"):
        return "trained" if details.get("quality") in ("neural", "online") else "robot"
    return "person" if details.get("synthetic") is False else ""


def attach(credentials: Credentials, data: bytes, media_type: str, source: str) -> Credited:
    """Sign a file. Two signings of the same file differ, so whoever published it first is followed."""
    if media_type in DETACHED:
        return Credited(data, sign_beside(credentials, hashlib.sha256(data).hexdigest(), media_type, source))
    return Credited(_sign(credentials, data, media_type, source, []), b"")


def sign_beside(credentials: Credentials, sha256: str, media_type: str, source: str) -> bytes:
    """The credential of a file that must not be touched: its digest is all that is needed of it."""
    # Left to itself the library would hash its own rewriting of the file, not what is published.
    digest = list(bytes.fromhex(sha256))
    binding = {"exclusions": [], "alg": "sha256", "hash": digest, "name": "jumbf manifest", "pad": []}
    bound = [{"label": "c2pa.hash.data", "data": binding}]
    return _sign(credentials, _SHELLS[media_type], media_type, source, bound)


def _sign(credentials: Credentials, data: bytes, media_type: str, source: str, bound: list[dict[str, Any]]) -> bytes:
    """The file with its credential within; with what it is bound to given, the credential alone."""
    assertions: list[dict[str, Any]] = [
        {
            "label": "c2pa.actions.v2",
            "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": _SOURCES + source}]},
        },
        *bound,
    ]
    manifest = {
        "claim_generator_info": [{"name": "Loa", "version": "1"}],
        "format": media_type,
        "assertions": assertions,
    }
    signed = io.BytesIO()
    try:
        builder = c2pa.Builder(manifest, credentials._context)
        if bound:
            builder.set_no_embed()
        store = builder.sign(media_type, io.BytesIO(data), signed)
    except c2pa.C2paError as error:
        mend = "Look whether the file opens; it may be broken, or LOA_C2PA_CERTS does not suit LOA_C2PA_KEY"
        raise ReleaseError(f"it cannot be given a content credential: {error}", mend=mend) from None
    return store if bound else signed.getvalue()


def examine(data: bytes, media_type: str, beside: bytes = b"", root_pem: bytes = b"") -> Claim | None:
    """What the credential of a file says; None when it has none. `root_pem` is the chain's end that is trusted."""
    try:
        with contextlib.closing(_reader(data, media_type, beside, root_pem)) as reader:
            state = reader.get_validation_state() or "Invalid"
            manifest = reader.get_active_manifest() or {}
            results = (reader.get_validation_results() or {}).get("activeManifest", {})
    except c2pa.C2paError as error:
        if "ManifestNotFound" in type(error).__name__ or "no JUMBF data found" in str(error):
            return None
        return Claim("unreadable", "", (str(error),))
    actions = [
        action
        for assertion in manifest.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion["data"].get("actions", [])
    ]
    source = next((str(one.get("digitalSourceType", "")) for one in actions), "").rpartition("/")[2]
    problems = tuple(str(one["code"]) for one in results.get("failure", []))
    states: dict[str, Literal["trusted", "valid", "invalid"]] = {"Trusted": "trusted", "Valid": "valid"}
    return Claim(states.get(state, "invalid"), source, problems)


def _reader(data: bytes, media_type: str, beside: bytes, root_pem: bytes) -> c2pa.Reader:
    return c2pa.Reader(media_type, io.BytesIO(data), beside or None, context=_reading(root_pem))


@functools.lru_cache(maxsize=8)
def _reading(root_pem: bytes) -> c2pa.Context:
    settings: dict[str, Any] = {"version": 1, "verify": {"remote_manifest_fetch": False, "verify_trust": True}}
    if root_pem:
        settings["trust"] = {"trust_anchors": root_pem.decode()}
    return c2pa.Context(c2pa.Settings.from_dict(settings))


# ----- key and certificates


def load_or_make_credentials(key: Path, certificates: Path, *, now: dt.datetime) -> Credentials:
    """The key and chain of two files; both are made, for one publisher alone, when neither is there."""
    if not key.exists():
        with _alone(key):
            if not key.exists() and not certificates.exists():
                _make(key, certificates, now)
    if not certificates.exists():
        mend = "Put the chain there (leaf first, PEM), or move the key away to have both made"
        raise SettingsError("the certificates of LOA_C2PA_KEY are missing", where=str(certificates), mend=mend)
    _refuse_ended(certificates, now)
    return load_credentials(key, certificates)


def _refuse_ended(certificates: Path, now: dt.datetime) -> None:
    """Before anything is made: no credential can be signed with a certificate of another time."""
    chain: list[x509.Certificate] = []
    with contextlib.suppress(OSError, ValueError):  # `load_credentials` says what is wrong
        chain = x509.load_pem_x509_certificates(certificates.read_bytes())
    for one in chain:
        first, last = one.not_valid_before_utc, one.not_valid_after_utc
        if not first <= now <= last:
            what = f"the certificate counts from {first.date()} to {last.date()}, and today is {now.date()}"
            mend = "Set the clock if it is wrong; else put a new chain there, or move it and its key away"
            raise SettingsError(what, where=str(certificates), mend=mend)


def load_credentials(key: Path, certificates: Path) -> Credentials:
    """A `SettingsError` when key and chain are not there, open to others, or do not belong together."""
    private = read_private(key)
    mend = "It must be a P-256 key in PEM and its chain, leaf first, root last"
    try:
        chain = x509.load_pem_x509_certificates(certificates.read_bytes())
        found = serialization.load_pem_private_key(private, password=None)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"key or certificates cannot be read ({error})", where=str(key), mend=mend) from None
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where=str(certificates), mend=mend) from None
    if not isinstance(found, ec.EllipticCurvePrivateKey) or found.public_key() != chain[0].public_key():
        raise SettingsError("the key is not the one of the first certificate", where=str(key), mend=mend)
    pems = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)
    settings = {
        "version": 1,
        "builder": {"thumbnail": {"enabled": False}},
        "verify": {"verify_after_sign": False, "remote_manifest_fetch": False},
    }
    try:
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", pems, private, None))
        context = c2pa.Context(c2pa.Settings.from_dict(settings), signer)
    except c2pa.C2paError as error:
        raise SettingsError(f"they cannot sign content credentials ({error})", where=str(key), mend=mend) from None
    return Credentials(
        root=chain[-1].fingerprint(hashes.SHA256()).hex(),
        root_pem=chain[-1].public_bytes(serialization.Encoding.PEM),
        leaf=chain[0].fingerprint(hashes.SHA256()).hex(),
        _context=context,
    )


def root_key(root: str) -> str:
    """Where the root certificate of a fingerprint lies in a store."""
    return f"keys/{root}.cert.pem"


@contextlib.contextmanager
def _alone(key: Path) -> Iterator[None]:
    """One process makes key and chain; the others wait and find them."""
    lock = key.with_name(f".{key.name}.lock")
    try:
        key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = lock.open("w")
    except OSError as error:
        mend = "Name files that this user can write in LOA_C2PA_KEY and LOA_C2PA_CERTS"
        raise SettingsError(f"cannot be written: {error.strerror}", where=str(key), mend=mend) from None
    with opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def _make(key: Path, certificates: Path, now: dt.datetime) -> None:
    """A root of one's own that signs one leaf and is forgotten: nobody can sign another leaf under it."""
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_certificate = _certificate("Loa – gốc của cơ quan phát hành", root, None, root, now)
    leaf_certificate = _certificate("Loa – ký nội dung", leaf, root_certificate, root, now)
    pem = serialization.Encoding.PEM
    private = leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = leaf_certificate.public_bytes(pem) + root_certificate.public_bytes(pem)
    # The chain goes first: a key that is there always has its chain, whoever is killed in between.
    for path, data, mode in ((certificates, chain, 0o644), (key, private, 0o600)):
        _write(path, data, mode)


def _write(path: Path, data: bytes, mode: int) -> None:
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with open(opened, "wb") as file:  # noqa: PTH123 (a descriptor)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(scratch, path)
    except OSError as error:
        mend = "Name files that this user can write in LOA_C2PA_KEY and LOA_C2PA_CERTS"
        raise SettingsError(f"cannot be written: {error.strerror}", where=str(path), mend=mend) from None
    finally:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    signing: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Loa"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=issuer is not None, key_cert_sign=issuer is None, crl_sign=issuer is None,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=400))  # a reader's clock may be a year off
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if issuer is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(signing, hashes.SHA256())
