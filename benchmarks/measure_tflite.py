"""One ``.tflite`` file in a process of its own: latency and peak memory, as JSON.

    python benchmarks/measure_tflite.py FILE [--threads 2] [--seconds 2]

Peak memory is the process's peak resident set (VmHWM) less what it held before the
interpreter was made (Linux).
"""

import argparse
import json
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter

WARM_UP, FEWEST, MOST = 2, 3, 50


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2.0, help="of timed runs")
    arguments = parser.parse_args()

    with open("/proc/self/clear_refs", "w", encoding="ascii") as stream:
        stream.write("5")  # the peak begins here, not in the imports
    before = resident("VmRSS")
    interpreter = Interpreter(arguments.file, num_threads=arguments.threads)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]
    image = np.random.default_rng(0).integers(0, 256, given["shape"])
    interpreter.set_tensor(given["index"], image.astype(given["dtype"]))
    times = []
    while len(times) < WARM_UP + FEWEST or (
        len(times) < WARM_UP + MOST and sum(times[WARM_UP:]) < arguments.seconds
    ):
        start = time.perf_counter()
        interpreter.invoke()
        times.append(time.perf_counter() - start)
    peak = resident("VmHWM") - before
    print(json.dumps({"peak": peak, "times": times[WARM_UP:]}))


def resident(key: str) -> int:
    """Bytes of this process, as Linux counts them."""
    with open("/proc/self/status", encoding="ascii") as lines:
        (line,) = (line for line in lines if line.startswith(key + ":"))
    return 1024 * int(line.split()[1])


if __name__ == "__main__":
    main()
