"""Every bundle of some folders in the app's runtime, beside Python's in the same run.

    python android_demo/tools/artefacts.py [FOLDER | BUNDLE]...

Prints a table: the oldest runtime that the metadata names, whether TensorFlow Lite
2.16.1 loads the file and what its golden check says there, and the milliseconds of
both, in turn.
Fails where a file that names 2.16.1 does not load or does not agree. Needs what
``make test-android`` built.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from kseg import bundle

_DEMO = Path(__file__).resolve().parent.parent
_HOST = _DEMO / "host" / "target" / "host"
_APP_RUNTIME = "2.16.1"
_ROUNDS, _RUNS, _THREADS = 5, 6, 2
_SLOW = 1000.0  # ms: of such a network one run is enough


class _App:
    """The app's reader and runtime in a JVM that answers line by line."""

    def __init__(self):
        classes = [_DEMO / "app/target" / name for name in ("classes", "test-classes")]
        classes += [_DEMO / "host/target/classes", _kotlin()]
        if missing := [path for path in classes if not path.exists()]:
            raise SystemExit(
                f"{missing[0]} is not there: run `make test-android` first."
            )
        command = ["java", f"-Djava.library.path={_HOST}"]
        command += [
            "-cp",
            os.pathsep.join(map(str, classes)),
            "dev.kseg.app.ArtefactsKt",
        ]
        command += [str(_HOST / "libbionicshim.so")]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)

    def ask(self, line: str) -> list[str]:
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        while answer := self._process.stdout.readline():
            if answer.startswith("> "):
                return answer[2:].rstrip("\n").split("\t")
        raise SystemExit(f"The JVM ended at: {line}")


def _kotlin() -> Path:
    repository = os.environ.get("M2_REPOSITORY", Path.home() / ".m2/repository")
    folder = Path(repository) / "org/jetbrains/kotlin/kotlin-stdlib"
    pom = (_DEMO / "pom.xml").read_text()
    version = pom.split("<kotlin.version>")[1].split("<")[0]
    return folder / version / f"kotlin-stdlib-{version}.jar"


class _Python:
    """The same file in Python's runtime."""

    def __init__(self, content: bundle.Bundle):
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(
            model_content=content.flatbuffer, num_threads=_THREADS
        )
        self._interpreter.allocate_tensors()
        index = self._interpreter.get_input_details()[0]["index"]
        self._interpreter.set_tensor(index, content.golden[0][None])

    def time(self, runs: int) -> list[float]:
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            self._interpreter.invoke()
            times.append(1000 * (time.perf_counter() - start))
        return times


def measure(app: _App, path: Path) -> tuple[str, bool]:
    """A row of the table, and whether it is as it must be."""
    content = bundle.read(path)
    oldest = content.metadata.get("oldest_runtime", "")
    expected = oldest == _APP_RUNTIME
    outcome, said = app.ask(f"open {path.resolve()}")
    if outcome != "agrees":
        row = f"| {path.stem} | {oldest} | {outcome}: {said} | | | |"
        return row, not expected
    python, times = _Python(content), {"app": [], "python": []}
    (first,) = map(float, app.ask("run 1"))
    python.time(_RUNS)
    rounds, runs = (_ROUNDS, _RUNS) if first < _SLOW else (1, 1)
    for _ in range(rounds):
        times["app"] += map(float, app.ask(f"run {runs}"))
        times["python"] += python.time(_RUNS)
    ours, theirs = (statistics.median(times[key]) for key in ("app", "python"))
    row = f"| {path.stem} | {oldest} | {said} | {ours:.1f} | {theirs:.1f} "
    return f"{row}| {ours / theirs:.2f} |", True


def main(arguments: list[str]) -> None:
    """Print the table of all bundles.

    Raises:
        SystemExit: There is none, or one is not as it must be.
    """
    places = [Path(argument) for argument in arguments]
    if not places:
        folder = _DEMO.parent / "export" / "bundles"
        places = [folder, folder / "formats"]
    paths = [p for place in places for p in _bundles(place)]
    if not paths:
        raise SystemExit(f"No bundle in {', '.join(map(str, places))}.")
    app = _App()
    print("| bundle | oldest runtime | in 2.16.1 | ms, JVM | ms, Python | ratio |")
    print("|---|---|---|---:|---:|---:|")
    wrong = []
    for path in paths:
        row, right = measure(app, path)
        print(row, flush=True)
        if not right:
            wrong.append(path.name)
    if wrong:
        raise SystemExit(f"Named 2.16.1 and does not agree there: {', '.join(wrong)}.")


def _bundles(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(place.glob("*.tflite"))
    return [place] if place.exists() else []


if __name__ == "__main__":
    main(sys.argv[1:])
