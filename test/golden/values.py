"""Numbers that Python and TypeScript can both make, so that golden files need not hold inputs or parameters.

The twin is values.ts: keep the two alike.
"""

import math

import numpy as np


def values(count, seed):
    """`count` float32 numbers in [-1, 1): a hash of the index and the seed, in 32-bit arithmetic."""
    mask = np.uint64(0xFFFFFFFF)
    index = np.arange(count, dtype=np.uint64)
    x = (index * np.uint64(2654435761) + np.uint64(seed * 40503 + 1)) & mask
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(2246822519)) & mask
    x ^= x >> np.uint64(13)
    x = (x * np.uint64(3266489917)) & mask
    x ^= x >> np.uint64(16)
    return (x.astype(np.float64) / 2**31 - 1).astype(np.float32)


def pixels(shape, seed):
    """A noise image, 127.5 + 100 * values, as float32."""
    noise = values(math.prod(shape), seed).astype(np.float64)
    return (127.5 + 100 * noise).astype(np.float32).reshape(shape)


def parameter(name, shape, seed, transposed=False):
    """The golden value of one parameter, by the last part of its name. `transposed`: a [Cin, Cout, kh, kw] weight."""
    v = values(math.prod(shape), seed).astype(np.float64)
    kind = name.split(".")[-1]
    if kind == "weight":
        fan_in = math.prod(shape[1:]) if not transposed else shape[0] * shape[2] * shape[3]
        v = math.sqrt(3 / fan_in) * v
    elif kind == "scale":
        v = 1 + 0.2 * v
    elif kind == "shift":
        v = 0.2 * v
    elif kind == "bias":
        v = 0.5 * v  # small enough not to saturate the tanh of `paper`
    elif kind == "mean":
        v = 0.1 * v
    elif kind == "var":
        v = 1 + 0.5 * v
    else:
        raise ValueError(f"no golden value for a parameter named {name}")
    return v.astype(np.float32).reshape(shape)


def state(shapes, transposed=()):
    """All golden values of a network: `shapes` maps names to shapes; the k-th name in sorted order has seed 100 + k."""
    return {
        name: parameter(name, shapes[name], 100 + k, name in transposed) for k, name in enumerate(sorted(shapes))
    }
