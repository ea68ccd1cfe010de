"""Reads what the pages send as assets/components/common.js does: the header, with the arrays by their names."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

_KINDS = {"f4": np.float32, "f8": np.float64, "u1": np.uint8}


def unpack(data: bytes) -> Any:
    """The header; its `arrays` are the arrays by their names, in their shapes."""
    (length,) = struct.unpack("<I", data[:4])
    header, offset, arrays = json.loads(data[4 : 4 + length]), 4 + length, {}
    for listed in header["arrays"]:
        count, kind = int(np.prod(listed["shape"])), np.dtype(_KINDS[listed["kind"]])
        arrays[listed["name"]] = np.frombuffer(data, kind, count, offset).reshape(listed["shape"])
        offset += -(-count * kind.itemsize // 4) * 4
    assert offset == len(data)
    return header | {"arrays": arrays}
