"""Lines to a web server: an address is taken apart as the library does it, and a head is read or left to it."""

from __future__ import annotations

import email.parser
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.httplines import _head, _split

_NAME = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=1, max_size=12)
_VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f\x85\xa0"), max_size=20)


@given(
    scheme=st.sampled_from(["http", "https"]), host=st.sampled_from(["a.vn", "127.0.0.1:8333", "[::1]:80", "A.VN"]),
    rest=st.text("abc/?#%&=.:@;[]", max_size=20).filter(lambda text: text[:1] in ("", "/", "?", "#")),
)  # fmt: skip
def test_an_address_is_taken_apart_as_by_the_library(scheme: str, host: str, rest: str) -> None:
    address = f"{scheme}://{host}{rest}"
    parts = urllib.parse.urlsplit(address)
    place, target = _split(address)
    assert place == (parts.scheme, parts.netloc)
    asked = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    assert target == asked or (not parts.query and target == f"{asked}?")


@given(st.lists(st.tuples(_NAME, _VALUE), max_size=8, unique_by=lambda one: one[0].lower()))
def test_headers_are_read_as_by_the_library(named: list[tuple[str, str]]) -> None:
    lines = "\r\n".join(f"{name}: {value}" for name, value in named)
    found = _head("HTTP/1.1 200 OK" + ("\r\n" + lines if lines else ""))
    library = email.parser.HeaderParser().parsestr(lines)
    assert found == (200, {name.lower(): value.strip() for name, value in library.items()})


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.0 200 OK\r\nContent-Length: 5",
        "HTTP/1.1 100 Continue",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-length: 6",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n folded",
        "HTTP/1.1 200 OK\r\nContent-Length : 5",
        "HTTP/1.1 200 OK\r\n: 5",
        "HTTP/1.1 200 OK\r\nno colon",
        "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 5",
        "HTTP/1.1 200 OK\r\nA: b\rContent-Length: 5",
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_left_to_the_library(head: str) -> None:
    assert _head(head) is None
