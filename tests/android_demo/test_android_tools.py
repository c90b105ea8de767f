"""The tools that build the Android app: alignment and check of an APK, the library."""

import os
import runpy
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "android_demo"
align = runpy.run_path(str(ROOT / "tools" / "align_apk.py"))["align"]
debionic = runpy.run_path(str(ROOT / "host" / "debionic.py"))["debionic"]
wrap = runpy.run_path(str(ROOT / "gradle_check" / "wrap.py"))["wrap"]


def data_start(path, member):
    """Where a member's bytes begin in the file."""
    with open(path, "rb") as file:
        file.seek(member.header_offset + 26)
        return member.header_offset + 30 + sum(struct.unpack("<HH", file.read(4)))


def test_members_are_aligned_and_otherwise_as_they_were(tmp_path):
    before, after = tmp_path / "before.apk", tmp_path / "after.apk"
    contents = {
        "classes.dex": b"code" * 1000,
        "odd": b"x",
        "assets/net.tflite": os.urandom(999),
        "lib/a/one.so": os.urandom(20_001),
        "lib/b/two.so": os.urandom(5),
    }
    with zipfile.ZipFile(before, "w") as archive:
        for name, content in contents.items():
            deflated = name == "classes.dex"
            kind = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
            archive.writestr(name, content, kind)
    align(str(before), str(after))
    with zipfile.ZipFile(after) as archive:
        assert archive.testzip() is None
        assert {n: archive.read(n) for n in archive.namelist()} == contents
        for member in archive.infolist():
            step = 16384 if member.filename.endswith(".so") else 4
            stored = member.compress_type == zipfile.ZIP_STORED
            assert stored == (member.filename != "classes.dex")
            assert not stored or data_start(after, member) % step == 0


LIBRARY = b"libm.so\0libc.so\0"


def elf(entries):
    """A 64-bit ELF file with a segment, a dynamic section and its strings."""
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    start = 64 + 2 * 56
    strings = start + len(dynamic)
    dynamic = dynamic.replace(struct.pack("<qQ", 5, 0), struct.pack("<qQ", 5, strings))
    end = strings + len(LIBRARY)
    header = bytearray(64)
    header[:5] = b"\x7fELF\x02"
    struct.pack_into("<Q", header, 32, 64)
    struct.pack_into("<HH", header, 54, 56, 2)
    load = struct.pack("<IIQQQQQQ", 1, 0, 0, 0, 0, end, end, 1)
    section = struct.pack("<IIQQQQQQ", 2, 0, start, start, 0, len(dynamic), 0, 8)
    return bytes(header) + load + section + dynamic + LIBRARY


def entries_of(library, count):
    return [struct.unpack_from("<qQ", library, 176 + 16 * i) for i in range(count)]


def test_versions_and_libraries_other_than_libc_go():
    needed = [(1, 0), (1, 8), (0x6FFFFFF0, 7), (0x6FFFFFFE, 7), (5, 0), (0, 0)]
    before = elf(needed)
    after = debionic(before)
    assert [tag for tag, _ in entries_of(after, 6)] == [21, 1, 21, 21, 5, 0]
    assert entries_of(after, 6)[1] == (1, 8)
    assert after[:176] == before[:176]
    assert after[176 + 96 :] == before[176 + 96 :]


def test_what_is_no_library_is_refused():
    with pytest.raises(ValueError, match="64-bit ELF"):
        debionic(b"MZ" * 100)


def test_gradle_scripts_become_functions(tmp_path):
    wrap(tmp_path)
    texts = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert sorted(texts) == [
        "app_build_gradle_kts.kt",
        "build_gradle_kts.kt",
        "settings_gradle_kts.kt",
    ]
    assert "fun Settings.settings_gradle_kts() {" in texts["settings_gradle_kts.kt"]
    app = texts["app_build_gradle_kts.kt"]
    assert app.index("import org.jetbrains") < app.index("fun Project.")


def test_what_lacks_is_named_and_optional_tests_are_skipped(tmp_path):
    (tmp_path / "bash").symlink_to("/bin/bash")
    for name in ("dirname", "uname"):
        found = (
            "/usr/bin/" + name if os.path.exists("/usr/bin/" + name) else "/bin/" + name
        )
        (tmp_path / name).symlink_to(found)
    environment = {"PATH": str(tmp_path)}
    said = {}
    for options in ([], ["--if-possible"]):
        done = subprocess.run(
            ["/bin/bash", str(ROOT / "test.sh"), *options],
            env=environment,
            capture_output=True,
            text=True,
        )
        said[bool(options)] = done.returncode, done.stdout
    assert said[False][0] == 1 and said[True][0] == 0
    assert "cannot run" in said[False][1] and "SKIPPED" in said[True][1]
    for _, text in said.values():
        assert "a JDK (javac)" in text and "Maven (mvn)" in text
