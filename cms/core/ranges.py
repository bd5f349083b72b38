"""Private files for a player: whole, or the range it asks for, so that one can listen from the middle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


def private_file(request: HttpRequest, content: Path | bytes, *, media_type: str, sha256: str) -> HttpResponseBase:
    """The answer to GET or HEAD for a file that never changes; several ranges at once get the whole."""
    size = content.stat().st_size if isinstance(content, Path) else len(content)
    tag = f'"{sha256}"'
    first, last, status = 0, size - 1, 200
    asked = _RANGE.match(request.headers.get("Range", "").strip())
    if asked and (asked[1] or asked[2]) and request.headers.get("If-Range", tag) == tag:
        if asked[1]:
            first = int(asked[1])
            last = min(int(asked[2]), size - 1) if asked[2] else size - 1
        else:  # the last so many bytes
            first = max(0, size - int(asked[2])) if int(asked[2]) else size
        if first > last or first >= size:
            return _marked(HttpResponse(status=416), f"bytes */{size}", tag)
        status = 206
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(status=status)
    else:
        response = StreamingHttpResponse(_pieces(content, first, last), status=status)
    response["Content-Type"] = media_type
    response["Content-Length"] = str(last - first + 1)
    return _marked(response, f"bytes {first}-{last}/{size}" if status == 206 else "", tag)


def _marked(response: HttpResponseBase, content_range: str, tag: str) -> HttpResponseBase:
    if content_range:
        response["Content-Range"] = content_range
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


def _pieces(content: Path | bytes, first: int, last: int) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content[first : last + 1]
        return
    with content.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
