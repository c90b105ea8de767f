"""The browser demo's server: what it serves, as what, and that nothing else is had."""

import gzip
import http.client
import json
import os
import runpy
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
serve_web = runpy.run_path(str(ROOT / "tools" / "serve_web.py"))
Site, make_server = serve_web["Site"], serve_web["make_server"]


@pytest.fixture
def folders(tmp_path):
    """A page, bundles, and a secret beside them."""
    page, bundles = tmp_path / "web_demo", tmp_path / "bundles"
    files = {
        page / "index.html": "<p>page</p>",
        page / "src" / "page" / "main.js": "code",
        page / "src" / ".hidden.js": "hidden",
        page / "src" / "notes.txt": "notes",
        page / "src" / "a b%41.js": "odd name",
        page / "vendor" / "x.wasm": "wasm",
        page / "tests" / "test.js": "test",
        page / "package.json": "{}",
        bundles / "one.tflite": "1",
        bundles / "two.tflite": "22",
        bundles / "readme.js": "not a bundle",
        tmp_path / "secret.js": "secret",
        tmp_path / "bundles-of-others" / "secret.tflite": "secret",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return page, bundles


@contextmanager
def serving(site, **options):
    server = make_server(site, **options)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(port, target, method="GET", **headers):
    """Status, headers and body; the target is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    skip = {"skip_host": "Host" in headers, "skip_accept_encoding": True}
    connection.putrequest(method, target, **skip)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    found = response.status, response.headers, response.read()
    connection.close()
    return found


def test_serves_page_and_bundles_with_their_types(folders):
    expected = {
        "/": ("text/html; charset=utf-8", b"<p>page</p>"),
        "/index.html?query": ("text/html; charset=utf-8", b"<p>page</p>"),
        "/src/page/main.js": ("text/javascript; charset=utf-8", b"code"),
        "/src/a%20b%2541.js": ("text/javascript; charset=utf-8", b"odd name"),
        "/vendor/x.wasm": ("application/wasm", b"wasm"),
        "/bundles/one.tflite": ("application/octet-stream", b"1"),
    }
    with serving(Site(*folders)) as port:
        for target, (kind, body) in expected.items():
            status, headers, content = ask(port, target)
            assert (status, headers["Content-Type"], content) == (200, kind, body)
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"


@pytest.mark.parametrize(
    "target",
    [
        "/../secret.js",
        "/src/../../secret.js",
        "/src/%2e%2e/%2e%2e/secret.js",
        "/src/..%2f..%2fsecret.js",
        "/src/%252e%252e/%252e%252e/secret.js",
        "/src/..\\..\\secret.js",
        "/src/..%5c..%5csecret.js",
        "/bundles/../secret.js",
        "/bundles/..%2fbundles-of-others%2fsecret.tflite",
        "/bundles/../bundles-of-others/secret.tflite",
        "/src//page/main.js",
        "/src/page/main.js%00.js",
        "/src/page/main.js/",
        "/src/page",
        "/src/%ff.js",
        "/src/.hidden.js",
        "/src/notes.txt",
        "/tests/test.js",
        "/package.json",
        "/bundles/",
        "/bundles",
        "/bundles/readme.js",
        "/src/leads-out.js",
        "/src/folder-out/secret.js",
        "/src/circle.js",
        "/bundles/leads-out.tflite",
        "/etc/passwd",
        "//etc/passwd",
        "http://127.0.0.1/../secret.js",
        "*",
    ],
)
def test_nothing_else_is_had(folders, target):
    page, bundles = folders
    secret = page.parent / "secret.js"
    (page / "src" / "leads-out.js").symlink_to(secret)
    (page / "src" / "folder-out").symlink_to(page.parent)
    (page / "src" / "circle.js").symlink_to("circle.js")
    (bundles / "leads-out.tflite").symlink_to(secret)
    with serving(Site(page, bundles)) as port:
        status, _, content = ask(port, target)
    assert status == 404
    assert b"secret" not in content.replace(target.encode(), b"")


def test_an_address_that_makes_no_sense_is_answered(folders):
    with serving(Site(*folders)) as port:
        assert ask(port, "http://[", Host="localhost")[0] == 404


def test_a_link_inside_of_a_folder_is_followed(folders):
    page, bundles = folders
    (bundles / "latest.tflite").symlink_to("two.tflite")
    with serving(Site(page, bundles)) as port:
        assert ask(port, "/bundles/latest.tflite")[2] == b"22"


def test_lists_the_users_own_bundle_first(folders, tmp_path):
    page, bundles = folders
    own = tmp_path / "elsewhere" / "mine.tflite"
    own.parent.mkdir()
    own.write_text("mine")
    (bundles / "leads-out.tflite").symlink_to(tmp_path / "secret.js")
    with serving(Site(page, bundles, own)) as port:
        status, headers, content = ask(port, "/bundles/index.json")
        assert (status, headers["Content-Type"]) == (200, "application/json")
        assert json.loads(content) == [
            {"name": "mine.tflite", "bytes": 4},
            {"name": "one.tflite", "bytes": 1},
            {"name": "two.tflite", "bytes": 2},
        ]
        assert ask(port, "/bundles/mine.tflite")[2] == b"mine"
        # Its folder is not served, only itself.
        (own.parent / "other.tflite").write_text("other")
        assert ask(port, "/bundles/other.tflite")[0] == 404


def test_the_users_own_bundle_replaces_one_of_its_name(folders, tmp_path):
    own = tmp_path / "one.tflite"
    own.write_text("mine")
    with serving(Site(*folders, own)) as port:
        listed = json.loads(ask(port, "/bundles/index.json")[2])
        assert [entry["name"] for entry in listed] == ["one.tflite", "two.tflite"]
        assert ask(port, "/bundles/one.tflite")[2] == b"mine"


def test_the_users_own_bundle_may_have_any_name(folders, tmp_path):
    own = tmp_path / ".a\\b.tflite"
    own.write_text("mine")
    with serving(Site(*folders, own)) as port:
        assert json.loads(ask(port, "/bundles/index.json")[2])[0]["name"] == own.name
        assert ask(port, "/bundles/.a%5Cb.tflite")[2] == b"mine"


def test_a_place_where_it_cannot_listen_gets_a_sentence(folders):
    page, bundles = folders
    (page / "vendor" / "litert").mkdir()
    (page / "vendor" / "litert" / "index.js").write_text("runtime")
    arguments = ["serve_web.py", "--bundles", str(bundles), "--port", "70000"]
    main = serve_web["main"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(main.__globals__, "PAGE", page)
        patch.setattr("sys.argv", arguments)
        with pytest.raises(SystemExit, match="port 70000: .* Give another --port"):
            main()


def test_without_a_folder_of_bundles_the_list_is_empty(folders, tmp_path):
    with serving(Site(folders[0], tmp_path / "none")) as port:
        assert json.loads(ask(port, "/bundles/index.json")[2]) == []


def test_listens_on_loopback_and_answers_to_its_names_only(folders):
    server = make_server(Site(*folders))
    assert server.server_address[0] == "127.0.0.1"
    server.server_close()
    with serving(Site(*folders)) as port:
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"):
            assert ask(port, "/", Host=host)[0] == 200
        # A name that another site made to lead to this machine.
        for host in ("example.org", f"example.org:{port}", "", "10.0.0.1", "["):
            assert ask(port, "/", Host=host)[0] == 403


def test_other_addresses_answer_to_any_name(folders):
    with serving(Site(*folders), host="0.0.0.0") as port:
        assert ask(port, "/", Host="example.org")[0] == 200


def test_only_reads(folders):
    with serving(Site(*folders)) as port:
        assert ask(port, "/", "HEAD")[::2] == (200, b"")
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert ask(port, "/index.html", method, Content_Length="0")[0] == 501


def test_an_unchanged_file_is_not_sent_again(folders):
    with serving(Site(*folders)) as port:
        _, headers, _ = ask(port, "/vendor/x.wasm")
        date = headers["Last-Modified"]
        status, _, content = ask(port, "/vendor/x.wasm", If_Modified_Since=date)
        assert (status, content) == (304, b"")


def test_text_and_wasm_are_packed_for_who_can_unpack(folders):
    with serving(Site(*folders)) as port:
        for target, body in (("/vendor/x.wasm", b"wasm"), ("/", b"<p>page</p>")):
            _, headers, content = ask(port, target, Accept_Encoding="br, gzip")
            assert headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(content) == body
            date = {"If_Modified_Since": headers["Last-Modified"]}
            status, _, content = ask(port, target, Accept_Encoding="gzip", **date)
            assert (status, content) == (304, b"")
        _, headers, _ = ask(port, "/bundles/one.tflite", Accept_Encoding="gzip")
        assert headers["Content-Encoding"] is None


def test_a_changed_file_is_packed_anew(folders):
    page, bundles = folders
    with serving(Site(page, bundles)) as port:
        ask(port, "/", Accept_Encoding="gzip")
        (page / "index.html").write_text("another")
        os.utime(page / "index.html", (1, 1))
        content = ask(port, "/", Accept_Encoding="gzip")[2]
    assert gzip.decompress(content) == b"another"


def test_the_policy_is_a_header_and_allows_no_more_than_the_page_does(folders):
    with serving(Site(*folders)) as port:
        _, headers, _ = ask(port, "/")
    policy = headers["Content-Security-Policy"]
    page = (ROOT / "web_demo" / "index.html").read_text("utf-8")
    stated = page.split('http-equiv="Content-Security-Policy" content="')[1]
    for directive in stated.split('"')[0].split("; "):
        assert directive in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy and "'unsafe-eval'" not in policy


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def test_who_goes_away_leaves_no_traceback(folders, capfd):
    page, bundles = folders
    (bundles / "large.tflite").write_bytes(bytes(2**24))
    with serving(Site(page, bundles)) as port:
        for sent in (
            b"GET /bundles/large.tflite HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"G",
        ):
            connection = connect(port)
            connection.sendall(sent)
            # Closed with a reset, not politely.
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()
        assert ask(port, "/")[0] == 200
    assert capfd.readouterr().err == ""


def test_connections_are_bounded(folders):
    with serving(Site(*folders), connections=2) as port:
        kept = [connect(port) for _ in range(2)]
        for connection in kept:  # each has its thread once it was answered
            connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        assert ask(port, "/")[0] == 503
        kept.pop().close()
        while ask(port, "/")[0] == 503:  # until the thread has seen it
            pass
        kept.pop().close()


@pytest.mark.parametrize("bounds", [{"idle": 0.1}, {"whole": 0.1}])
def test_time_is_bounded_however_slowly_bytes_come(folders, bounds):
    page, bundles = folders
    (bundles / "large.tflite").write_bytes(bytes(2**25))
    with serving(Site(page, bundles), **bounds) as port:
        connection = connect(port)
        head = b"GET /bundles/large.tflite HTTP/1.1\r\nHost: localhost\r\n"
        connection.sendall(head + (b"" if "idle" in bounds else b"\r\n"))
        received = 0
        with suppress(OSError):  # ended by the server, which way is its own business
            while True:
                if "idle" in bounds:
                    connection.sendall(b"X-Slow: 1\r\n")
                time.sleep(0.05)
                # Not byte by byte: what is on its way already still comes.
                part = connection.recv(2**18)
                received += len(part)
                if not part:
                    break
        assert received < 2**25
        assert ask(port, "/")[0] == 200


def test_faults_of_its_own_are_printed(folders, capfd):
    class Failing:
        def find(self, target):
            raise RuntimeError("a fault")

    with serving(Failing()) as port:
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(port, "/")
    assert "a fault" in capfd.readouterr().err
