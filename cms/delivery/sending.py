"""Posts to an address that somebody else chose: never into our own network, no redirects, bounded in time and size."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from render.httplines import no_longer_than

CONNECT_S = 5.0
WHOLE_S = 10.0
LONGEST_ANSWER = 4096  # bytes that are read; nothing of them is kept
_LONGEST_URL = 500
_INSIDE = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet")


class Refused(Exception):  # noqa: N818 (it reads as what it is)
    """It was not sent, or no answer came; the words are for whoever owns the webhook."""


def check_address(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of an address that may be posted to; `Refused` for its form alone."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(_("This is no address.")) from None
    if (
        len(url) > _LONGEST_URL
        or not url.isascii()
        or not host
        or "@" in parts.netloc
        or set(url) & set(' \t\r\n\\"<>')
    ):
        raise Refused(_("This is no address."))
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.DEBUG and _is_loopback(host)):
        raise Refused(_("Only addresses with https:// are told."))
    port = port if port is not None else (443 if parts.scheme == "https" else 80)
    if port != 443 and port < 1024:
        raise Refused(_("Port %(port)d is not a web server's.") % {"port": port})
    _refuse_inside(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port, path


def _refuse_inside(host: str) -> None:
    """What leads inside by its form alone is told at once; what a name leads to is seen when it is connected to."""
    if settings.DEBUG and _is_loopback(host):
        return
    address = _as_address(host)
    name = host.rstrip(".").lower()
    if (not open_to_us(address)) if address else ("." not in name or name.endswith(_INSIDE)):
        raise Refused(_("%(host)s lies in a private network: nothing is sent there.") % {"host": host})


def _as_address(host: str) -> str:
    """An IP address, also one written as resolvers read it ("127.1", "0x7f000001"); "" for a name."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_to_us(address: str) -> bool:
    """Whether an IP address is one of the public Internet; none of this machine, this network or a cloud's own."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return open_to_us(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96") or found in ipaddress.ip_network("64:ff9b:1::/48"):
            return False  # NAT64: it would lead to an IPv4 address past this look
        if found.is_site_local:
            return False  # private networks as they were written before RFC 4193
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def resolve(host: str, port: int) -> str:
    """The one address that is connected to. A name with any address that is not public is refused as a whole."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(_("The name %(host)s is not known.") % {"host": host}) from None
    addresses = [str(one[4][0]) for one in found]
    inside = settings.DEBUG and _is_loopback(host)
    if not addresses or not (inside or all(open_to_us(one) for one in addresses)):
        raise Refused(_("%(host)s lies in a private network: nothing is sent there.") % {"host": host})
    return addresses[0]


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post, and tell the status of the answer. The name is looked up once, and that very address connected to."""
    scheme, host, port, path = check_address(url)
    address = resolve(host, port)
    began = time.monotonic()
    connection = http.client.HTTPConnection(host, port, timeout=CONNECT_S)
    try:
        with socket.create_connection((address, port), timeout=CONNECT_S) as plain, _cut_off(plain):
            plain.settimeout(WHOLE_S)  # who thinks for a while before answering is no more than slow
            connection.sock = (
                ssl.create_default_context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
            )
            connection.request("POST", path, body=body, headers={"Host": _host(host, port, scheme), **headers})
            answer = connection.getresponse()
            if 300 <= answer.status < 400:
                raise Refused(_("It answered %(status)d: redirects are not followed.") % {"status": answer.status})
            answer.read(LONGEST_ANSWER)  # so that its sender sees no broken pipe; never as much as it likes
            return answer.status
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, TimeoutError) or time.monotonic() - began >= WHOLE_S:
            raise Refused(_("No answer within %(seconds)d seconds.") % {"seconds": int(WHOLE_S)}) from None
        raise Refused(_failure(error, f"{host}:{port}")) from None
    finally:
        connection.close()


def _failure(error: Exception, where: str) -> str:
    """Why no answer came, for whoever keeps that server."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The certificate of %(where)s is not accepted: %(error)s") % {
            "where": where, "error": error.verify_message[:160],
        }  # fmt: skip
    if isinstance(error, ConnectionRefusedError):
        return _("Nothing listens at %(where)s.") % {"where": where}
    if isinstance(error, ConnectionError):
        return _("%(where)s hung up without an answer.") % {"where": where}
    return _("The connection failed: %(error)s") % {"error": f"{type(error).__name__}: {error}"[:160]}


@contextlib.contextmanager
def _cut_off(plain: socket.socket) -> Iterator[None]:
    """A sender of one byte every few seconds meets no timeout of a socket: after a while the line is cut."""
    with plain.dup() as same, no_longer_than(WHOLE_S, same):  # the other is given up to TLS
        yield


def _host(host: str, port: int, scheme: str) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port == (443 if scheme == "https" else 80) else f"{name}:{port}"
