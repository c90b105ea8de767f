"""Check an APK: signature, alignment, contents; and print its size.

    python3 check_apk.py APK

Needs Debian's apksigner, zipalign and aapt.
"""

import os
import re
import struct
import subprocess
import sys
import zipfile

_ABIS = ("arm64-v8a", "armeabi-v7a", "x86_64")
_PAGE = 16384
# Found by name, by the system and by layouts: the shrinker must leave them.
_NAMED = ("MainActivity", "SharedFilesProvider", "OverlayView")


def check(path: str) -> None:
    """Print what the APK is.

    Raises:
        SystemExit: Something is wrong; the message says what.
    """
    verified = _run("apksigner", "verify", "-v", path)
    for scheme in ("v2", "v3"):
        if not re.search(rf"Verified using {scheme} scheme.*: true", verified):
            raise SystemExit(
                f"{path}: the signature of scheme {scheme} does not verify."
            )
    _run("zipalign", "-c", "-p", "4", path)
    sizes = _contents(path)
    badging = _run("aapt", "dump", "badging", path)
    for expected in ("package: name='dev.kseg.app'", "sdkVersion:'26'"):
        if expected not in badging:
            raise SystemExit(f"{path}: expected {expected} in its manifest.")
    print(f"{path}: {os.path.getsize(path):,} bytes; signatures v2 and v3 verify")
    for name, size in sizes.items():
        print(f"  {size:>10,}  {name}")


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def _contents(path):
    """Bytes in the APK by kind, after its members were checked."""
    sizes = dict.fromkeys(("classes", "bundles", "libraries", "the rest"), 0)
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        members = {member.filename: member for member in archive.infolist()}
        for member in members.values():
            sizes[_kind(member.filename)] += member.compress_size
            _check_stored(path, file, member)
        code = b"".join(archive.read(n) for n in members if n.endswith(".dex"))
    needed = {f"lib/{abi}/libtensorflowlite_jni.so" for abi in _ABIS}
    needed |= {"AndroidManifest.xml", "resources.arsc"}
    lacking = sorted(needed - set(members))
    lacking += [
        name for name in _NAMED if f"Ldev/kseg/app/{name};".encode() not in code
    ]
    if not sizes["bundles"]:
        lacking.append("a bundle")
    if lacking:
        raise SystemExit(f"{path}: it lacks {', '.join(lacking)}.")
    return sizes


def _check_stored(path, file, member):
    """What the app maps from the APK is neither compressed nor out of line."""
    name = member.filename
    if not name.endswith((".so", ".tflite")):
        return
    if member.compress_type != zipfile.ZIP_STORED:
        raise SystemExit(f"{path}: {name} is compressed and cannot be mapped.")
    if name.endswith(".so") and _start(file, member) % _PAGE:
        raise SystemExit(f"{path}: {name} is not aligned to {_PAGE}.")


def _kind(name):
    if name.endswith(".dex"):
        return "classes"
    if name.endswith(".tflite"):
        return "bundles"
    return "libraries" if name.endswith(".so") else "the rest"


def _start(file, member):
    file.seek(member.header_offset + 26)
    return member.header_offset + 30 + sum(struct.unpack("<HH", file.read(4)))


if __name__ == "__main__":
    check(*sys.argv[1:])
