"""Returns containers that contain themselves, are nested 100,000 deep or have a million items."""

# %% double
number = 0


def double(x):
    global number
    number += 1
    deep = []
    for _ in range(100_000):
        deep = [deep]
    circular = []
    circular.append(circular)
    return [deep, circular, list(range(10**6)), {(): {}, (1,): circular}, 10**100_000][number % 5]
