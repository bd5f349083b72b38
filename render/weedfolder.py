"""What the embedded S3 server finds in its folder: its keys, who may do what, and ports that are free."""

from __future__ import annotations

import contextlib
import json
import os
import random
import secrets
import socket
from pathlib import Path

from render.objects import telling

# Every listener of `weed mini` by its option; all others are switched off. Ports left to it would be open to the world
# or taken from whoever else runs one.
_LISTENERS = (
    "s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
    "filer.port", "filer.port.grpc", "admin.port",
)  # fmt: skip
ADMIN_GRPC = 10_000  # above the admin port: its own worker looks for it there and nowhere else


def known_keys(data_dir: Path) -> dict[str, str]:
    """The keys of the server over this folder, made up the first time."""
    path = data_dir / "keys.json"
    try:
        known = json.loads(path.read_bytes())
        return {name: str(known[name]) for name in ("access_key", "secret_key", "inner_key")}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        keys = {
            "access_key": f"LOA{secrets.token_hex(8).upper()}",
            "secret_key": secrets.token_urlsafe(30),
            "inner_key": secrets.token_urlsafe(30),
        }
        write_private(path, json.dumps(keys))
        return keys


def identities(keys: dict[str, str]) -> dict[str, object]:
    """Who may do what: the owner all, nobody else anything but what a bucket's policy says."""
    credentials = [{"accessKey": keys["access_key"], "secretKey": keys["secret_key"]}]
    return {
        "identities": [
            {"name": "loa", "credentials": credentials, "actions": ["Admin", "Read", "List", "Tagging", "Write"]}
        ]
    }


def public_policy(bucket: str) -> str:
    """Anybody may get an object by its key: not list them, nor see what is being uploaded."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def write_private(path: Path, text: str) -> None:
    """A file that its owner alone may read, whole or not at all."""
    scratch = path.with_suffix(".new")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    scratch.replace(path)


def free_ports(data_dir: Path, preferred: int, *, fresh: bool) -> dict[str, int]:
    """A free port for every listener: those of last time where they are free."""
    path = data_dir / "ports.json"
    known: dict[str, int] = {}
    if not fresh:
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            known = {name: int(number) for name, number in json.loads(path.read_bytes()).items()}
    chosen: dict[str, int] = {}
    start = random.SystemRandom().randrange(20_000, 21_500)  # below what systems hand out for outgoing connections
    for name in _LISTENERS:
        wanted = [known[name]] if name in known else []
        wanted += range(preferred, preferred + 20) if name == "s3.port" else ()
        chosen[name] = next(
            number
            for number in (*wanted, *range(start, 22_000))
            if number not in chosen.values() and _free(number, name)
        )
    with telling("the object store cannot be set up", str(data_dir)):
        write_private(path, json.dumps(chosen))
    return chosen


def sweep_sockets(data_dir: Path) -> None:
    """Remove the sockets in /tmp that the server does not remove itself; their place cannot be chosen."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        ports = {int(port) for port in json.loads((data_dir / "ports.json").read_bytes()).values()}
        for port in (*ports, *(port + ADMIN_GRPC for port in ports)):
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 (the server's own choice)
                left.unlink(missing_ok=True)


def _free(port: int, name: str) -> bool:
    return _can_bind(port) and (name != "admin.port" or _can_bind(port + ADMIN_GRPC))


def _can_bind(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port of a connection just closed is free
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
