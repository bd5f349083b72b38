"""A store in an S3 bucket, through boto3."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import random
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore import exceptions as boto
from botocore.config import Config

from render.errors import SettingsError, StoreError
from render.objects import (
    UNKNOWN_MEDIA_TYPE,
    Conflict,
    Missing,
    Stored,
    check_key,
    content_disposition,
    without_secrets,
)

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client
    from types_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

T = TypeVar("T")

# Three attempts of six seconds, with a second or two between: a dead store is told of within twenty seconds.
_ATTEMPTS = 3
_CONNECT_S = 3.0
_READ_S = 6.0

# A store that answers, yet fails: so many attempts, since an answer costs little to wait for; more when it answered
# others meanwhile. The first pause is short: most failures are over at once, and boto3, whose pauses are half a second
# long, soon repeats none of 7,000 writes of which every third fails. Who asks us to slow down is asked slowly.
_PATIENCE = 9
_PATIENCE_WITH_WEAK = 36
_PAUSE_S = 0.05
_PAUSE_SLOWLY_S = 0.25
_LONGEST_PAUSE_S = 2.4

_SILENT = (
    boto.HTTPClientError,
    boto.ConnectionError,
    boto.ResponseStreamingError,
    boto.IncompleteReadError,
    boto.ReadTimeoutError,
    boto.FlexibleChecksumError,
)

_WRONG_CREDENTIALS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidToken",
    "ExpiredToken",
    "AccessDenied",
    "403",
}


_PASSING = {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling"}


class _FailingError(StoreError):
    """The store answered that it could not: it may the next time."""

    pause_s = 0.0  # the least that it wants to be left alone for


class _SilentError(StoreError):
    """The store did not answer, or its answer broke off."""


class S3Store:
    """A bucket, or what lies under a prefix of it. It travels between processes by its address alone."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        options = urllib.parse.parse_qs(parts.query, keep_blank_values=True)
        unknown = set(options) - {"endpoint", "region", "profile"}
        if (
            parts.scheme != "s3"
            or not parts.netloc
            or "@" in parts.netloc
            or ":" in parts.netloc
            or unknown
            or parts.fragment
        ):
            raise SettingsError(
                f"{without_secrets(url)} is not the address of a bucket",
                mend="Write s3://bucket?endpoint=http://127.0.0.1:8333 (keys come from AWS_ACCESS_KEY_ID and its like)",
            )
        self._endpoint = options.get("endpoint", [""])[0].rstrip("/")
        if "@" in self._endpoint:  # every message, log and record names the store by its address
            raise SettingsError(
                f"the endpoint of the bucket {parts.netloc} holds a name or a password",
                mend="Write it without them: keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            )
        self._answers = 0
        self.url = url
        self.bucket = parts.netloc
        self._prefix = parts.path.strip("/") + "/" if parts.path.strip("/") else ""
        self._region = options.get("region", [""])[0]
        self._profile = options.get("profile", [""])[0]
        if self._prefix:
            check_key(self._prefix.rstrip("/"))
        if self._endpoint and not self._endpoint.startswith(("http://", "https://")):
            raise SettingsError(
                f"{self._endpoint} is not the address of an S3 server", mend="It begins with http:// or https://"
            )

    def __repr__(self) -> str:
        return f"S3Store({self.url!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return S3Store, (self.url,)

    @property
    def client(self) -> S3Client:
        """boto3's client: one for all threads of a process, and never one inherited by a fork."""
        with self._telling("the store cannot be opened"):
            return _client(self._endpoint, self._region, self._profile, os.getpid())

    def get(self, key: str) -> bytes:
        return self.read(key)[0]

    def read(self, key: str) -> tuple[bytes, Stored]:
        return self._patiently(lambda: self._read(key))

    def _read(self, key: str) -> tuple[bytes, Stored]:
        name = self._name(key)
        with self._telling(f"{key} cannot be read"):
            answer = self.client.get_object(Bucket=self.bucket, Key=name)
            data = answer["Body"].read()
            return data, _stored(key, len(data), answer)

    def head(self, key: str) -> Stored | None:
        return self._patiently(lambda: self._head(key))

    def _head(self, key: str) -> Stored | None:
        name = self._name(key)
        try:
            with self._telling(f"{key} cannot be read"):
                answer = self.client.head_object(Bucket=self.bucket, Key=name)
        except Missing:
            return None
        return _stored(key, answer["ContentLength"], answer)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        media_type: str,
        cache_control: str = "",
        download_name: str = "",
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        name = self._name(key)
        said: dict[str, Any] = {"ContentType": media_type}
        if cache_control:
            said["CacheControl"] = cache_control
        if download_name:
            said["ContentDisposition"] = content_disposition(download_name)
        if if_match is not None:
            said["IfMatch"] = if_match
        if if_absent:
            said["IfNoneMatch"] = "*"
        failed: list[StoreError] = []

        def write() -> str:
            with self._telling(f"{key} cannot be written"):
                return self.client.put_object(Bucket=self.bucket, Key=name, Body=data, **said)["ETag"]

        try:
            return self._patiently(write, failed)
        except Missing:
            # If-Match on an object that is gone; a missing bucket is a plain StoreError.
            raise Conflict(f"{key} was removed by somebody else meanwhile", where=self.url) from None
        except Conflict:
            # The answer to our first attempt may have been lost, and the second met what the first had written.
            if failed and (ours := self._ours(key, data)):
                return ours
            raise

    def list(self, prefix: str = "") -> Iterator[str]:
        for found in self.scan(prefix):
            yield found.key

    def scan(self, prefix: str = "") -> Iterator[Stored]:
        if prefix:
            check_key(prefix.rstrip("/"))
        token = ""
        while True:
            page = self._patiently(functools.partial(self._page, prefix, token))
            for found in page.get("Contents", []):
                key = found["Key"].removeprefix(self._prefix)
                yield Stored(key, found["Size"], found["ETag"], "", found["LastModified"].timestamp())
            token = page.get("NextContinuationToken", "")
            if not token:
                return

    def _page(self, prefix: str, token: str) -> ListObjectsV2OutputTypeDef:
        """Up to a thousand keys, from where the page before ended."""
        more: Any = {"ContinuationToken": token} if token else {}
        with self._telling("the keys cannot be listed"):
            return self.client.list_objects_v2(Bucket=self.bucket, Prefix=self._prefix + prefix, **more)

    def delete(self, key: str) -> None:
        name = self._name(key)

        def remove() -> None:
            with contextlib.suppress(Missing), self._telling(f"{key} cannot be removed"):
                self.client.delete_object(Bucket=self.bucket, Key=name)

        self._patiently(remove)

    def address(self, key: str) -> str:
        endpoint = self._endpoint or self.client.meta.endpoint_url
        return f"{endpoint}/{self.bucket}/{urllib.parse.quote(self._name(key))}"

    def _name(self, key: str) -> str:
        return self._prefix + check_key(key)

    def _ours(self, key: str, data: bytes) -> str:
        with contextlib.suppress(StoreError):
            there, stored = self.read(key)
            return stored.etag if there == data else ""
        return ""

    def _patiently(self, ask: Callable[[], T], failed: MutableSequence[StoreError] | None = None) -> T:
        """Ask again, after a pause, while the store answers that it could not; what it answered goes into `failed`."""
        before, silent = self._answers, 0
        for attempt in itertools.count():
            try:
                found = ask()
            except (_FailingError, _SilentError) as error:
                if failed is not None:
                    failed.append(error)
                silent += isinstance(error, _SilentError)
                most = _PATIENCE if self._answers == before else _PATIENCE_WITH_WEAK
                if attempt + 1 >= most or silent >= _ATTEMPTS:
                    raise
                least_s = error.pause_s if isinstance(error, _FailingError) else _PAUSE_SLOWLY_S
                pause_s = min(max(_PAUSE_S, least_s) * 2**attempt, _LONGEST_PAUSE_S)
                time.sleep(pause_s * (1 + random.random()) / 2)  # noqa: S311 (so that not all come back at once)
            else:
                self._answers += 1  # by however many threads: only whether it grew counts
                return found
        raise AssertionError("the loop returns or raises")

    @contextlib.contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except boto.ClientError as error:
            raise self._refusal(what, error) from error
        except (
            boto.NoCredentialsError,
            boto.PartialCredentialsError,
            boto.ProfileNotFound,
            boto.CredentialRetrievalError,
        ) as error:
            raise StoreError(
                f"{what}: there are no credentials for it", where=self.url, mend=_SET_CREDENTIALS
            ) from error
        except (boto.HTTPClientError, boto.BotoCoreError, ValueError, OSError) as error:
            kind = _SilentError if isinstance(error, _SILENT) else StoreError
            raise kind(
                f"{what}: the store does not answer ({type(error).__name__})",
                where=self.url,
                mend="See that it is running and that its endpoint is right, then run again: what is finished is kept",
            ) from error

    def _refusal(self, what: str, error: boto.ClientError) -> StoreError:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status in {409, 412} and code not in {"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}:
            return Conflict(f"{what}: somebody else has written meanwhile", where=self.url)
        if code == "NoSuchBucket":
            return StoreError(
                f"the bucket {self.bucket} does not exist",
                where=self.url,
                mend=f"Make it (aws s3 mb s3://{self.bucket}), or set the store to one that exists",
            )
        if status == 404:
            return Missing(f"{what}: it is not there", where=self.url)
        if code == "RequestTimeTooSkewed":
            return StoreError(f"{what}: this machine's clock is wrong", where=self.url, mend="Set the clock (NTP)")
        if status in {401, 403} or code in _WRONG_CREDENTIALS:
            return StoreError(
                f"{what}: the store refuses these credentials ({code})", where=self.url, mend=_SET_CREDENTIALS
            )
        if status == 507 or "Full" in code or "Quota" in code:
            return StoreError(
                f"{what}: the store is full", where=self.url, mend="Free some space there, then run again"
            )
        if status >= 500 or status == 429 or code in _PASSING:
            failing = _FailingError(
                f"{what}: the store answered {status or code}",
                where=self.url,
                mend="Look at the store's log and run again: what is finished is kept",
            )
            failing.pause_s = _PAUSE_SLOWLY_S if code == "SlowDown" or status == 429 else 0.0
            return failing
        return StoreError(
            f"{what}: the store answered {status} {code}", where=self.url, mend="Look at the store's settings"
        )


_SET_CREDENTIALS = (
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or a profile) to a user who may read and write this bucket"
)


def _stored(key: str, size: int, answer: Mapping[str, Any]) -> Stored:
    modified = answer.get("LastModified")
    return Stored(
        key,
        size,
        answer["ETag"],
        answer.get("ContentType") or UNKNOWN_MEDIA_TYPE,
        modified.timestamp() if modified is not None else 0.0,
        answer.get("CacheControl") or "",
        answer.get("ContentDisposition") or "",
    )


@functools.lru_cache(maxsize=16)
def _client(endpoint: str, region: str, profile: str, process: int) -> S3Client:  # noqa: ARG001 (a client does not survive a fork)
    # addressing_style path: an S3 server of one's own has no name for each bucket.
    config = Config(
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
        retries={"total_max_attempts": 1},  # `_patiently` asks again
        max_pool_connections=32,
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        user_agent_extra="loa",
    )
    session = boto3.Session(profile_name=profile or None)
    return session.client(
        "s3", endpoint_url=endpoint or None, region_name=region or session.region_name or "us-east-1", config=config
    )


def readable_by_anyone(store: S3Store) -> bool:
    """Whether a stranger can read or list the store; an object is put there to ask for."""
    import secrets

    key = f"probe/{secrets.token_hex(12)}"
    store.put(key, b"private", media_type="text/plain")
    try:
        base = store.address("x").rpartition("/")[0]
        listing = f"{base.removesuffix('/' + store._prefix.rstrip('/')) if store._prefix else base}?list-type=2"
        return any(_answers(address, store) for address in (store.address(key), listing))
    finally:
        with contextlib.suppress(StoreError):
            store.delete(key)


def _answers(address: str, store: S3Store) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=_READ_S) as answer:  # noqa: S310 (the store's own endpoint, http or https)
            return bool(200 <= answer.status < 300)
    except urllib.error.HTTPError as error:
        if error.code in {400, 401, 403, 404, 405}:
            return False
        raise StoreError(
            f"the store answered {error.code} to a stranger", where=store.url, mend="Look at the store's log"
        ) from error
    except OSError as error:
        raise StoreError(
            f"the store does not answer ({type(error).__name__})", where=store.url, mend="See that the store is running"
        ) from error
