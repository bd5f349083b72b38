"""The container files name only what exists: commands, options, settings, files; and they keep a few plain rules."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from render.paths import ROOT
from render.seaweed import SeaweedServer
from render.settings import read_settings
from render.store import open_store

DOCKER = ROOT / "docker"
COMPOSE = DOCKER / "compose.yaml"
BIN = Path(sys.executable).parent

VALUES = {
    "LOA_PUBLIC_HOST": "loa.example.vn",
    "LOA_SITE_HOST": "toasoan.loa.example.vn",
    "LOA_SECRET_KEY": "a-long-random-word-for-the-test-of-the-compose-file",
    "LOA_DATABASE_PASSWORD": "database-word",
    "LOA_S3_ACCESS_KEY": "LOATESTKEY",
    "LOA_S3_SECRET_KEY": "store-word-of-the-test",
}
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<word>[^}]*))?\}")


def filled(text: str, values: dict[str, str]) -> str:
    """What compose makes of `${NAME}`, `${NAME:?message}` and `${NAME:-default}`."""

    def value(match: re.Match[str]) -> str:
        if found := values.get(match["name"]):
            return found
        if match["kind"] == "-":
            return match["word"]
        raise AssertionError(f"{match['name']} is not in .env.example")

    return VARIABLE.sub(value, text)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(filled(COMPOSE.read_text(encoding="utf-8"), VALUES))
    return loaded


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (DOCKER / "Dockerfile").read_text(encoding="utf-8")


def commands(compose: dict[str, Any], dockerfile: str) -> list[list[str]]:
    """Every command line that a container of ours starts with, the parts of a shell's line apart."""
    found = [json.loads(line.split("CMD", 1)[1]) for line in dockerfile.splitlines() if line.strip().startswith("CMD")]
    for service in compose["services"].values():
        if not service["image"].startswith("loa-"):
            continue
        lines = [service.get("command"), (service.get("healthcheck") or {}).get("test", [])[1:]]
        found += [line for line in lines if line]
    whole = []
    for line in found:
        if line[:2] == ["sh", "-c"]:
            whole += [part.split() for part in line[2].split("&&")]
        else:
            whole.append([str(word) for word in line])
    return whole


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    named = {match["name"] for match in VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))}
    example = re.findall(r"(?m)^(\w+)=", (DOCKER / ".env.example").read_text(encoding="utf-8"))
    assert named == set(example)


def test_no_secret_has_a_value_in_the_example() -> None:
    for line in (DOCKER / ".env.example").read_text(encoding="utf-8").splitlines():
        name, sign, value = line.partition("=")
        if sign and re.search(r"KEY|PASSWORD", name):
            assert value == ""


def test_every_setting_is_read_somewhere_in_the_code(compose: dict[str, Any], dockerfile: str) -> None:
    given = set(re.findall(r"\bLOA_\w+(?==)", dockerfile))
    for service in compose["services"].values():
        if service["image"].startswith("loa-"):
            given |= {name for name in service.get("environment", {}) if name.startswith("LOA_")}
    code = "".join(
        path.read_text(encoding="utf-8") for room in ("render", "cms") for path in (ROOT / room).rglob("*.py")
    )
    assert given
    assert [name for name in sorted(given) if f'"{name}"' not in code] == []


def test_the_settings_can_be_used_as_they_stand(compose: dict[str, Any]) -> None:
    given = compose["services"]["worker"]["environment"]
    settings = read_settings(given)
    assert settings.public_url == "https://loa.example.vn"
    assert settings.cluster.endswith(":8786")
    assert open_store(settings.store).url != open_store(settings.cache).url


def test_every_program_and_subcommand_exists(compose: dict[str, Any], dockerfile: str) -> None:
    known = subprocess.run([BIN / "loa", "--help"], check=True, capture_output=True, text=True).stdout
    seen = set()
    for program, *rest in commands(compose, dockerfile):
        seen.add(program)
        assert program == "python" or (BIN / program).exists(), program
        if program == "loa":
            assert re.search(rf"(?m)^\s+{re.escape(rest[0])}\b", known), rest
        if program == "python":
            compile(rest[1], "<health check>", "exec")
    assert seen == {"loa", "granian", "dask", "weed", "python"}


def test_every_option_exists(compose: dict[str, Any], dockerfile: str) -> None:
    for program, *rest in commands(compose, dockerfile):
        if program in ("dask", "granian"):
            words = [program, rest[0]] if program == "dask" else [program]
            told = subprocess.run(
                [BIN / words[0], *words[1:], "--help"], check=True, capture_output=True, text=True
            ).stdout
        elif program == "weed":
            helps = (["help", "mini"], ["-h"])  # of the subcommand, and of the words before it
            done = [subprocess.run([BIN / "weed", *one], check=False, capture_output=True, text=True) for one in helps]
            told = "".join(one.stdout + one.stderr for one in done)
            assert "mini" in rest
        else:
            continue
        for option in (word.partition("=")[0] for word in rest if word.startswith("-")):
            assert re.search(rf"(?m)(^|[\s/]){re.escape(option)}\b", told), f"{program} has no {option}"


def test_the_site_that_the_server_starts_exists(dockerfile: str) -> None:
    module, _, name = re.findall(r'"(cms[\w.]*:\w+)"', dockerfile)[0].partition(":")
    assert re.search(rf"(?m)^{name} = ", (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    assert '"health"' in (ROOT / "cms" / "urls.py").read_text(encoding="utf-8")


def test_services_meet_each_other_at_their_names_and_ports(compose: dict[str, Any]) -> None:
    services = compose["services"]
    proxy = (DOCKER / "nginx.conf").read_text(encoding="utf-8")
    upstreams = dict(re.findall(r"server (\w+):(\d+) resolve;", proxy))
    assert upstreams == {"store": "8333", "web": "8000"}
    assert "-s3.port=8333" in services["store"]["command"]
    environment = json.dumps(services["worker"]["environment"])
    for name, port in re.findall(r"(?:@|//)([a-z]+):(\d+)", environment):
        assert name in services, name
        assert (name, port) in {("database", "5432"), ("store", "8333"), ("scheduler", "8786")}
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)


def test_every_file_and_volume_that_is_mounted_exists(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith("."):
                assert source in compose["volumes"], source
            elif source != "./docker/tls":  # brought by whoever runs it, as the guide says
                assert (ROOT / source).is_file(), source
        for config in service.get("configs", []):
            assert config["source"] in compose["configs"]
    guide = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    assert "docker/tls/fullchain.pem" in guide
    assert "docker/tls/privkey.pem" in guide


def test_only_the_proxy_is_open_to_the_world_and_only_the_worker_has_the_key(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert [name for name, service in services.items() if service.get("ports")] == ["proxy"]
    with_key = {name for name, one in services.items() if "keys:/var/lib/loa-keys" in one.get("volumes", [])}
    assert with_key == {"setup", "worker"}


def test_containers_of_ours_can_do_little(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert not service.get("privileged"), name
        if service["image"].startswith("loa-"):
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name


def test_every_image_is_pinned(compose: dict[str, Any], dockerfile: str) -> None:
    stages = re.findall(r"(?m)^FROM (\S+) AS (\w+)", dockerfile)
    assert {"web", "worker"} <= {stage for _, stage in stages}
    images = [image for image, _ in stages if image not in {stage for _, stage in stages}]
    images += [service["image"] for service in compose["services"].values()]
    for image in images:
        assert re.search(r":\d+\.\d+[\w.-]*$", image), image


def test_the_image_is_built_from_the_lock_alone_and_runs_as_nobody_in_particular(dockerfile: str) -> None:
    assert "--require-hashes" in dockerfile
    assert "--no-deps" in dockerfile
    assert not re.search(r"(?m)^ADD |curl |wget |https?://(?!127\.0\.0\.1)|apt-get", dockerfile)
    last_user: dict[str, str] = {}
    stage = ""
    for line in dockerfile.splitlines():
        if match := re.match(r"FROM (\S+) AS (\w+)", line):
            stage = match[2]
            last_user[stage] = last_user.get(match[1], "root")
        elif line.startswith("USER "):
            last_user[stage] = line.split()[1]
    assert last_user["web"] == last_user["worker"] == "10001:10001"
    for target in ("worker", "web"):
        assert "HEALTHCHECK" in dockerfile.split(f" AS {target}\n")[1].split("FROM")[0]


def test_only_tools_of_developers_are_taken_out_of_the_image(dockerfile: str) -> None:
    line = next(line for line in dockerfile.splitlines() if "pip uninstall" in line)
    removed = set(line.split("--yes", 1)[1].split())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tools = {re.split(r"[<>=\[; ]", one)[0].lower() for one in project["optional-dependencies"]["dev"]}
    assert removed
    assert removed <= tools


def test_nothing_private_enters_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", ".loa", "out", "docker/.env", "**/*.pem"} <= set(ignored)


HADOLINT = shutil.which("hadolint", path=f"{BIN}:{os.environ.get('PATH', '')}")


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed")
def test_the_linter_finds_nothing() -> None:
    done = subprocess.run([str(HADOLINT), DOCKER / "Dockerfile"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def has_compose() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "compose", "version"], check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not has_compose(), reason="docker compose is not installed")
def test_compose_itself_accepts_the_file() -> None:
    line = ["docker", "compose", "--project-directory", str(ROOT), "-f", str(COMPOSE), "config", "--quiet"]
    done = subprocess.run(line, check=False, capture_output=True, text=True, env={**os.environ, **VALUES})
    assert done.returncode == 0, done.stderr


# ----- the store, started as the compose file starts it


@contextlib.contextmanager
def store_as_composed(compose: dict[str, Any], folder: Path) -> Iterator[SeaweedServer]:
    """SeaweedFS with the options and identities of the compose file, on loopback and free ports."""
    identities = folder / "s3.json"
    identities.write_text(compose["configs"]["identities"]["content"], encoding="utf-8")
    (folder / "data").mkdir()
    replaced = {"-dir": folder / "data", "-ip": "127.0.0.1", "-ip.bind": "127.0.0.1", "-s3.config": identities}
    listeners = ("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
                 "filer.port", "filer.port.grpc")  # fmt: skip
    ports = dict(zip(listeners, free_ports(len(listeners)), strict=True))
    admin = next(port for port in range(20_000, 22_000) if free(port) and free(port + 10_000))
    options = [word for word in compose["services"]["store"]["command"][1:] if not word.startswith("-s3.port=")]
    arguments = [
        f"{name}={replaced[name]}" if (name := word.partition("=")[0]) in replaced else word for word in options
    ]
    arguments += [f"-{name}={port}" for name, port in ports.items()]
    arguments += [f"-admin.port={admin}", f"-admin.port.grpc={admin + 10_000}"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "WEED_"))}
    environment |= compose["services"]["store"]["environment"]
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen([BIN / "weed", *arguments], stdout=log, stderr=log, env=environment, cwd=folder)
    try:
        yield SeaweedServer(
            f"http://127.0.0.1:{ports['s3.port']}", VALUES["LOA_S3_ACCESS_KEY"], VALUES["LOA_S3_SECRET_KEY"], folder
        )
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def status(url: str, method: str = "GET", data: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method), timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.slow
def test_strangers_may_get_objects_of_the_public_bucket_and_nothing_else(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    with store_as_composed(compose, tmp_path) as server:
        wait_for_health(f"{server.endpoint}/healthz", tmp_path / "weed.log")
        client = boto3.client(
            "s3", endpoint_url=server.endpoint, region_name="us-east-1",
            aws_access_key_id=server.access_key, aws_secret_access_key=server.secret_key,
        )  # fmt: skip
        wait_for_buckets(client, {"loa-public", "loa-private"})
        for bucket in ("loa-public", "loa-private"):
            client.put_object(Bucket=bucket, Key="cas/one", Body=b"0123456789")
        assert status(f"{server.endpoint}/loa-public/cas/one") == 200
        assert status(f"{server.endpoint}/loa-private/cas/one") == 403
        assert status(f"{server.endpoint}/loa-public/") == 403
        assert status(f"{server.endpoint}/loa-public/cas/two", "PUT", b"mine") == 403
        assert status(f"{server.endpoint}/loa-public/cas/one", "DELETE") == 403


def wait_for_health(url: str, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if status(url) == 200:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-2000:])


def wait_for_buckets(client: Any, wanted: set[str]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if wanted <= {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
            return
        time.sleep(0.2)
    raise AssertionError("the buckets were not made")
