"""What a page hands to one of our components: under AppTest its JavaScript does not run, but its data is there."""

from __future__ import annotations

import json
import struct
from typing import Any

from streamlit.testing.v1 import AppTest


def payloads(app: AppTest, component: str) -> list[Any]:
    """The data of every element of that component: a dict, or the header of what was packed."""
    elements = [found.proto for found in app.get("bidi_component")]
    return [_data(proto) for proto in elements if proto.component_name.endswith(f"scratchnn_{component}")]


def _data(proto: Any) -> Any:
    if proto.WhichOneof("data") == "json":
        return json.loads(proto.json)
    (length,) = struct.unpack("<I", proto.bytes[:4])
    return json.loads(proto.bytes[4 : 4 + length])
