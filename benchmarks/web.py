"""The browser demo beside Python's runtime, on one machine in one run.

    python benchmarks/web.py [--rounds 5] [--image FILE]

Starts the demo's server and Chromium, and in each round, in turn: loads the page anew
(to the golden check, and to the first result), segments one image in the page with each
bundle of export/bundles/ (WebAssembly without and with threads), and with ``kseg.load``
on 1 and 2 threads. Needs what `make test-web` needs; run that once before.
"""

import argparse
import json
import subprocess
import tempfile
import threading
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np

import kseg
from kseg import bundle
from kseg.data import sample
from kseg.imaging import write_png
from kseg.predict.sides import from_network, open_network

ROOT = Path(__file__).resolve().parents[1]
BUNDLES = ROOT / "export" / "bundles"


def load_server():
    spec = spec_from_file_location("serve_web", ROOT / "tools" / "serve_web.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    site = module.Site(module.PAGE, BUNDLES)
    return module.make_server(site)


class Timed:
    """A network that adds up the time of its calls."""

    def __init__(self, network):
        self._network, self.milliseconds = network, 0.0

    def __getattr__(self, name):
        return getattr(self._network, name)

    def __call__(self, images):
        start = time.perf_counter()
        found = self._network(images)
        self.milliseconds += 1e3 * (time.perf_counter() - start)
        return found


class Native:
    """A bundle in Python's runtime."""

    def __init__(self, path, threads):
        content = bundle.read(path)
        self._network = Timed(open_network(content, threads))
        self._predictor = from_network(self._network, content.metadata)

    def time(self, image):
        """(network, all) in milliseconds."""
        self._network.milliseconds = 0.0
        start = time.perf_counter()
        self._predictor.predict(image)
        return self._network.milliseconds, 1e3 * (time.perf_counter() - start)


def measure(paths, image_file, rounds):
    """A dict of lists of (network, all), and the lists of the page's loading."""
    image = kseg.load(paths[0]).read(image_file)
    natives = {(p.name, n): Native(p, n) for p in paths for n in (1, 2)}
    for native in natives.values():
        native.time(image)
    server = load_server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    names = [path.name for path in paths]
    command = ["node", "tools/time_page.js", url, image_file, str(rounds), *names]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    times, loads, tiles = {}, {"checked": [], "result": []}, {}
    with subprocess.Popen(command, cwd=ROOT / "web_demo", **pipes) as page:
        for _ in range(rounds):
            if page.stdout.readline().strip() != "ready":
                raise SystemExit("The page could not be timed: run `make test-web`.")
            for (name, threads), native in natives.items():
                times.setdefault((name, f"Python, {threads}"), []).append(
                    native.time(image)
                )
            page.stdin.write("go\n")
            page.stdin.flush()
            found = json.loads(page.stdout.readline())
            for key, values in loads.items():
                values.append(found["load"][key])
            for way, label in (("plain", "wasm, 1"), ("threaded", "wasm, all")):
                for name, t in found[way].items():
                    tiles[name] = t["tiles"]
                    whole = t["prepare"] + t["network"] + t["decode"]
                    times.setdefault((name, label), []).append((t["network"], whole))
    server.shutdown()
    return times, loads, tiles


def report(times, loads, tiles):
    """Two tables in Markdown; the ratio is to Python with 2 threads, of the medians."""
    print("| bundle | tiles | runtime, threads | network ms | best | all ms | ratio |")
    print("|---|---:|---|---:|---:|---:|---:|")
    for name in tiles:
        base = np.median([network for network, _ in times[name, "Python, 2"]])
        for label in ("Python, 2", "Python, 1", "wasm, 1", "wasm, all"):
            network, whole = np.array(times[name, label]).T
            print(
                f"| {name} | {tiles[name]} | {label} | {np.median(network):.0f} | "
                f"{network.min():.0f} | {np.median(whole):.0f} | "
                f"{np.median(network) / base:.1f} |"
            )
    print("\n| from the start of loading to | ms median | best |\n|---|---:|---:|")
    for key, what in (("checked", "the golden check"), ("result", "the first result")):
        print(f"| {what} | {np.median(loads[key]):.0f} | {min(loads[key]):.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--image", help="default: one of the embedded nuclei, 256x256")
    options = parser.parse_args()
    paths = sorted(BUNDLES.glob("*-nuclei-int8.tflite"), key=lambda p: p.stat().st_size)
    with tempfile.TemporaryDirectory() as folder:
        image = options.image
        if image is None:
            image = str(Path(folder) / "nuclei.png")
            write_png(image, sample("val").image(1))
        report(*measure(paths, str(Path(image).resolve()), options.rounds))


if __name__ == "__main__":
    main()
