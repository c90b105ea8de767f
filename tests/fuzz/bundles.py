"""Altered bundles through the three readers, which must come to one verdict each.

    python -m tests.fuzz.bundles --count 2000 --seed 1

Bytes, zip directories, metadata, networks and golden files are altered, most of them
with right checksums, as a stranger could write them. Fails where a reader throws what
is not its own sentence, where readers differ in verdict or in what they read, where a
file of altered bytes is read as something that was never written, and where a reader
takes over 10 s for a file or over 2 GB. The same seed gives the same files.

Reads with node (``web_demo``) and in a JVM (``make test-android`` has built it) where
they are; ``--readers`` asks for some, and then none may lack.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.fuzz.alterations import ALTERATIONS, Base

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "web_demo" / "tests" / "golden" / "bundles"
SECONDS, KILOBYTES = 10, 2 * 2**20


def kotlin() -> Path:
    """The standard library that Maven has fetched."""
    pom = (ROOT / "android_demo" / "pom.xml").read_text("utf-8")
    version = pom.split("<kotlin.version>")[1].split("<")[0]
    repository = os.environ.get("M2_REPOSITORY", Path.home() / ".m2/repository")
    folder = Path(repository) / "org/jetbrains/kotlin/kotlin-stdlib" / version
    return folder / f"kotlin-stdlib-{version}.jar"


def commands() -> dict[str, list[str]]:
    """How each reader is started; those that this machine has."""
    target = ROOT / "android_demo" / "app" / "target"
    classes = [target / "classes", target / "test-classes", kotlin()]
    main = "dev/kseg/app/core/ReadBundlesKt"
    found = {"python": [sys.executable, "-m", "tests.fuzz.read_bundles"]}
    if shutil.which("node"):
        script = ROOT / "web_demo" / "tests" / "fuzz" / "read_bundles.js"
        found["page"] = ["node", "--max-old-space-size=1500", str(script)]
    built = (classes[1] / f"{main}.class").exists() and classes[2].exists()
    if shutil.which("java") and built:
        path = os.pathsep.join(map(str, classes))
        found["app"] = ["java", "-Xmx1500m", "-cp", path, main.replace("/", ".")]
    return found


class Reader:
    """A process that answers line by line."""

    def __init__(self, command: list[str]):
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, encoding="utf-8"
        )

    def ask(self, path: Path) -> str:
        start = time.monotonic()
        with suppress(BrokenPipeError):  # it has ended, and answers nothing
            self._process.stdin.write(f"{path}\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline().rstrip("\n")
        if time.monotonic() - start > SECONDS:
            return f"ERROR over {SECONDS} s"
        return answer or "ERROR the reader has ended"

    def close(self) -> None:
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()


def bases() -> list[Base]:
    """The bundles that are altered."""
    names = ("labels", "objects", "five_channels", "no_objects")
    return [Base.read(GOLDEN / f"{name}.tflite") for name in names]


def judge(answers: dict[str, str], sound: set[str] | None) -> str | None:
    """What is wrong with the answers of all readers; None for nothing.

    Args:
        answers: By the reader's name.
        sound: What may be read, where bytes were altered; None: anything.
    """
    errors = [name for name, answer in answers.items() if answer.startswith("ERROR")]
    if errors:
        return f"not a sentence: {errors}"
    if len(set(answers.values())) > 1:
        return "readers differ"
    (answer,) = set(answers.values())
    if sound is not None and answer != "refused" and answer not in sound:
        return "read as what was never written"
    return None


def run(count: int, seed: int, readers: dict[str, Reader], keep: Path) -> int:
    """Alter, ask and compare; returns how many files were judged wrongly.

    Args:
        count: Files.
        seed: Of all alterations.
        readers: By name.
        keep: A folder for files that are judged wrongly.
    """
    known, wrong, refused = bases(), 0, 0
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "it.tflite"

        def ask(content: bytes) -> dict[str, str]:
            path.write_bytes(content)
            return {name: reader.ask(path) for name, reader in readers.items()}

        sound = set()
        for base in known:
            answers = ask(base.bytes())
            if judge(answers, None) or "refused" in answers.values():
                raise SystemExit(f"A sound bundle is not read: {answers}")
            sound |= set(answers.values())
        for n in range(count):
            name = rng.choice(list(ALTERATIONS))
            content = ALTERATIONS[name](rng, rng.choice(known), rng.choice(known))
            answers = ask(content)
            refused += "refused" in answers.values()
            fault = judge(answers, sound if name == "bytes" else None)
            if fault:
                wrong += 1
                keep.mkdir(parents=True, exist_ok=True)
                kept = keep / f"{seed}-{n}-{name}.tflite"
                kept.write_bytes(content)
                print(f"{kept}: {fault}\n{json.dumps(answers, indent=1)}", flush=True)
    print(f"{count} files, {refused} refused, by {', '.join(readers)}: {wrong} wrong")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description="Altered bundles to all readers.")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--readers", help="python,page,app; those that lack are named")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    options = parser.parse_args()
    found = commands()
    wanted = options.readers.split(",") if options.readers else list(found)
    if lacking := [name for name in wanted if name not in found]:
        sys.exit(
            f"Cannot be run here: {', '.join(lacking)}. Found: {', '.join(found)}."
        )
    readers = {name: Reader(found[name]) for name in wanted}
    wrong = run(options.count, options.seed, readers, options.keep)
    for reader in readers.values():
        reader.close()
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    if most > KILOBYTES:
        print(f"A reader took {most // 1024} MB, over {KILOBYTES // 1024}.")
    sys.exit(wrong > 0 or most > KILOBYTES)


if __name__ == "__main__":
    main()
