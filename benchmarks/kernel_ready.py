"""How long a kernel with TensorFlow imported takes to be ready, from the request to its first answer.

The kernels fork from a server that has started before. Each is confined like that of a submission, and its first
answer is that of a cell that builds a Keras layer. Prints a JSON list of seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time

from courselib.grading.kernels.launch import SHARED_SERVERS, share_kernels, start_kernel

FIRST_CELL = "import keras; layer = keras.layers.Dense(1); layer.build((None, 3))"


def main() -> None:
    """Start kernels one after another and time them."""
    os.environ[SHARED_SERVERS] = share_kernels("keras")
    seconds = []
    for _ in range(int(sys.argv[1])):
        start = time.perf_counter()
        kernel = start_kernel("keras")
        execution = kernel.execute(FIRST_CELL, timeout=60)
        seconds.append(time.perf_counter() - start)
        kernel.stop()
        if execution.status != "ok":
            raise SystemExit(f"The first cell failed: {execution.error}")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
