"""Serve the browser demo: ``make web``, or ``python tools/serve_web.py [BUNDLE]``.

Serves the page of web_demo/, and as ``bundles/`` the bundles of export/bundles/ and one
named on the command line. Only on this machine unless ``--host`` says otherwise, only
files that the page needs, and nothing outside of these folders.
"""

import argparse
import gzip
import io
import json
import socket
import sys
import threading
import time
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[1]
PAGE, BUNDLES = ROOT / "web_demo", ROOT / "export" / "bundles"
# Of web_demo, what belongs to the page: not its tests, tools and packages.
PARTS = ("index.html", "style.css", "icon.svg", "src", "vendor")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".tflite": "application/octet-stream",
}
PACKED = (".html", ".css", ".js", ".svg", ".wasm")  # sent as gzip
# As in index.html, for static hosts; and what workers ask for, which have but headers.
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: "
    "data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",  # ask each time: a changed file is seen at once
    # What a browser asks for before it lets a page use threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LIST = "/bundles/index.json"
CONNECTIONS = 64  # at once, a thread each; a browser opens six
IDLE = 60  # seconds until a connection has asked for something, heads and all
WHOLE = 600  # seconds that an answer may take: half a gigabyte over a phone's wifi


class Site:
    """Which file answers which path.

    Args:
        page: The folder of the page.
        bundles: The folder of the bundles.
        own: Another bundle, which is listed first; None for none.
    """

    def __init__(self, page: Path, bundles: Path, own: Path | None = None):
        self._page, self._bundles, self._own = page, bundles, own

    def listing(self) -> list[dict]:
        """``name`` and ``bytes`` of each bundle: the user's own, then by size.

        The page opens the first.
        """
        found = [] if self._own is None else [self._own]
        taken = {path.name for path in found}
        others = [
            path
            for path in sorted(self._bundles.glob("*.tflite"))
            if path.name not in taken and self.find(f"/bundles/{quote(path.name)}")
        ]
        found += sorted(others, key=lambda path: path.stat().st_size)
        return [{"name": path.name, "bytes": path.stat().st_size} for path in found]

    def find(self, target: str) -> Path | None:
        """The file that a request's target names.

        Args:
            target: As it stands in the request: encoded, perhaps with a query.

        Returns:
            A file inside of the folders, links resolved; None for anything else.
        """
        path = _path_of(target)
        if self._own is not None and path == f"/bundles/{self._own.name}":
            return self._own  # whatever its name is: it was asked for
        first, *parts = path.split("/")
        if parts == [""]:
            parts = ["index.html"]
        # Decoded once, no more: a name with "%" in it is looked for as it stands.
        bad = any(part.startswith(".") or not part.isprintable() for part in parts)
        if first or not parts or bad or "" in parts or "\\" in path:
            return None
        if parts[0] == "bundles":
            known = len(parts) == 2 and parts[1].endswith(".tflite")
            return _inside(self._bundles, parts[1:]) if known else None
        return _inside(self._page, parts) if parts[0] in PARTS else None


def _path_of(target):
    """The path of a request, decoded; "" where it makes no sense."""
    try:
        return unquote(urlsplit(target).path, errors="strict")
    except ValueError:
        return ""


def _inside(folder, parts):
    """A file of a folder by its path, unless a link leads out."""
    try:
        root = folder.resolve(strict=True)
        path = root.joinpath(*parts).resolve(strict=True)
    except (OSError, RuntimeError):  # not there; links in a circle
        return None
    known = path.suffix in TYPES and path.is_file() and path.is_relative_to(root)
    return path if known else None


BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
    b"Retry-After: 5\r\nContent-Length: 0\r\n\r\n"
)


class Handler(SimpleHTTPRequestHandler):
    """GET and HEAD of a `Site`'s files, and of the list of bundles."""

    protocol_version = "HTTP/1.1"  # one connection for the page's many small files
    timeout = IDLE  # of each read and write
    extensions_map = TYPES
    server_version, sys_version = "kseg", ""

    def handle_one_request(self):
        self.server.allow(self.connection, IDLE)
        super().handle_one_request()

    def send_head(self):
        self.server.allow(self.connection, WHOLE)
        if not self._asked_by_name():
            self.send_error(HTTPStatus.FORBIDDEN, "Another host's name")
            return None
        if _path_of(self.path) == LIST:
            content = json.dumps(self.server.site.listing()).encode()
            return self._send(content, {"Content-Type": "application/json"})
        path = self.server.site.find(self.path)
        if path is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        if path.suffix in PACKED and "gzip" in self.headers.get("Accept-Encoding", ""):
            return self._send_packed(path)
        return super().send_head()

    def translate_path(self, path):
        return str(self.server.site.find(path) or "")

    def end_headers(self):
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format, *args):
        if self.server.verbose:
            super().log_message(format, *args)

    def _send_packed(self, path):
        changed = path.stat().st_mtime_ns
        date = self.date_time_string(changed // 10**9)
        if self.headers.get("If-Modified-Since") == date:
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.end_headers()
            return None
        headers = {
            "Content-Type": TYPES[path.suffix],
            "Content-Encoding": "gzip",
            "Vary": "Accept-Encoding",
            "Last-Modified": date,
        }
        return self._send(_packed(path, changed), headers)

    def _send(self, content, headers):
        self.send_response(HTTPStatus.OK)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)

    def _asked_by_name(self):
        """On loopback: by a loopback name, so that no other site's name leads here."""
        if not _is_loopback(self.server.server_address[0]):
            return True
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        except ValueError:  # an address that none can be
            return False
        return host == "localhost" or _is_loopback(host)


@lru_cache(maxsize=256)
def _packed(path, changed):
    return gzip.compress(path.read_bytes(), 6)


def _is_loopback(host):
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Server(ThreadingHTTPServer):
    """Of a `Site`, with bounds on connections and on the time of each.

    Args:
        address: Host and port.
        site: What it serves.
        verbose: Print a line for each request.
        connections: At once; one more is told to come again.
        idle, whole: Seconds, in place of `IDLE` and `WHOLE`.
    """

    def __init__(
        self, address, site, verbose, connections=CONNECTIONS, idle=IDLE, whole=WHOLE
    ):
        super().__init__(address, Handler)
        self.site, self.verbose = site, verbose
        self._free = threading.Semaphore(connections)
        self._seconds = {IDLE: idle, WHOLE: whole}
        self._until = {}

    def allow(self, connection, seconds):
        """Let a connection be busy for so long, `IDLE` or `WHOLE`, from now on."""
        self._until[connection] = time.monotonic() + self._seconds[seconds]

    def process_request(self, request, client_address):
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        with suppress(OSError):
            request.settimeout(1)
            request.sendall(BUSY)
        self.shutdown_request(request)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._until.pop(request, None)
            self._free.release()

    def service_actions(self):
        """Called about twice a second: end connections whose time is over."""
        super().service_actions()
        now = time.monotonic()
        for connection, until in list(self._until.items()):
            if now > until:
                with suppress(OSError):  # closed meanwhile
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request, client_address):
        """Whoever goes away, or is too slow, is no fault of the server's."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def make_server(
    site: Site,
    host: str = "127.0.0.1",
    port: int = 0,
    verbose: bool = False,
    **bounds: float,
) -> Server:
    """A server that waits for ``serve_forever``.

    Args:
        site: What it serves.
        host: The address it listens on.
        port: 0 takes a free one.
        verbose: Print a line for each request.
        bounds: Of `Server`.

    Raises:
        OSError: The address or the port cannot be had.
    """
    return Server((host, port), site, verbose, **bounds)


def _arguments():
    parser = argparse.ArgumentParser(description="Serve kseg's browser demo.")
    parser.add_argument("bundle", nargs="?", type=Path, help="a .tflite of yours")
    parser.add_argument("--host", default="127.0.0.1", help="default: this machine")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--bundles", type=Path, default=BUNDLES, help="their folder")
    parser.add_argument("--verbose", action="store_true", help="a line per request")
    options = parser.parse_args()
    if options.bundle is not None:
        if options.bundle.suffix != ".tflite" or not options.bundle.is_file():
            parser.error(f"expected a .tflite file. Received: {options.bundle}")
        options.bundle = options.bundle.resolve()
    return options


def main() -> None:
    """Serve until interrupted."""
    options = _arguments()
    site = Site(PAGE, options.bundles, options.bundle)
    if site.find("/vendor/litert/index.js") is None:
        sys.exit("LiteRT.js is not installed: run `npm ci` in web_demo, or `make web`.")
    try:
        server = make_server(site, options.host, options.port, options.verbose)
    except (OSError, OverflowError) as error:
        place = f"{options.host}, port {options.port}"
        why = getattr(error, "strerror", None) or error
        sys.exit(f"Cannot listen on {place}: {why}. Give another --port or --host.")
    host, port = server.server_address[:2]
    print(f"http://{host}:{port}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
