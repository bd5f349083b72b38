"""A public bucket over the web that does what a test tells it to."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable

from render.store import FolderStore


class Server:
    """A public bucket over the web that does what a test tells it to. `wrong` may answer instead of the store."""

    def __init__(self, store: FolderStore) -> None:
        self.asked: list[tuple[str, str]] = []
        self.wrong: Callable[[int, str, bytes], tuple[int, bytes, int] | None] = lambda *_: None
        self.manner = ""  # chunked, unmeasured, closing, moved, gzip, too-long
        self.more: dict[str, str] = {}  # headers besides
        self.left = threading.Event()  # who waits for more than comes
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                key = self.path.lstrip("/")
                wanted = self.headers.get("Range", "")
                outer.asked.append((key, wanted))
                data = store.get(key) if store.head(key) else b""
                status = 200 if data else 404
                if wanted and data:
                    status, data = 206, data[int(wanted[6:-1]) :]
                length = len(data)
                told = outer.wrong(len(outer.asked), key, data)
                if told:
                    status, data, length = told
                if outer.manner == "moved" and key.startswith("old/"):
                    status, data = 301, b""
                    self.send_response(status)
                    self.send_header("Location", f"/{key[4:]}")
                else:
                    self.send_response(status)
                if outer.manner == "chunked":
                    self.send_header("Transfer-Encoding", "chunked")
                    data = b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data) if data else b"0\r\n\r\n"
                    length = len(data)
                elif outer.manner != "unmeasured":
                    self.send_header("Content-Length", str(length + 5 * (outer.manner == "too-long")))
                for name in outer.more:
                    self.send_header(name, outer.more[name])
                if outer.manner == "gzip":
                    self.send_header("Content-Encoding", "gzip")
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(data)
                if outer.manner == "too-long":
                    outer.left.wait(90)
                self.close_connection = outer.manner in ("unmeasured", "closing")
                if length != len(data):
                    self.close_connection = True

            do_HEAD = do_GET

            def log_message(self, *_: object) -> None:
                return

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
