"""The safetensors format by hand: header length (8 bytes, little-endian), JSON header, raw little-endian data."""

import json
import struct

import numpy as np

DTYPES = {"F32": "<f4", "F16": "<f2"}


def write(path, tensors, metadata):
    """Write `tensors` (name -> array, stored as F32) and `metadata` (name -> anything; what is no string, as JSON)."""
    header = {
        "__metadata__": {
            name: value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for name, value in metadata.items()
        }
    }
    parts = []
    offset = 0
    for name, tensor in tensors.items():
        array = np.asarray(tensor)
        data = array.astype("<f4").tobytes()
        if not np.isfinite(array).all():
            raise ValueError(f"{name} is not finite")
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def read(path):
    """The tensors of a file, name -> float32 array."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        data = np.frombuffer(content[start:end], DTYPES[entry["dtype"]])
        tensors[name] = data.reshape(entry["shape"]).astype(np.float32)
    return tensors
