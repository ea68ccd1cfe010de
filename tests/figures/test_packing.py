import json
import struct

import numpy as np

from scratchnn.figures.packing import pack


def test_every_array_begins_at_a_multiple_of_four_bytes() -> None:
    data = pack({"title": "é"}, bytes=np.arange(5, dtype=np.uint8), floats=np.array([[1.5, -2.0]]))
    (length,) = struct.unpack("<I", data[:4])
    header = json.loads(data[4 : 4 + length])
    assert length % 4 == 0
    assert header["title"] == "é"
    assert header["arrays"] == [
        {"name": "bytes", "kind": "u1", "shape": [5]},
        {"name": "floats", "kind": "f4", "shape": [1, 2]},
    ]
    assert np.frombuffer(data, np.uint8, 5, 4 + length).tolist() == [0, 1, 2, 3, 4]
    assert np.frombuffer(data, np.float32, 2, 4 + length + 8).tolist() == [1.5, -2.0]
    assert len(data) == 4 + length + 8 + 8


def test_what_is_added_up_travels_in_full() -> None:
    third = np.array([1 / 3])
    data = pack({}, exact=["sums"], colours=third, sums=third)
    (length,) = struct.unpack("<I", data[:4])
    assert [array["kind"] for array in json.loads(data[4 : 4 + length])["arrays"]] == ["f4", "f8"]
    assert np.frombuffer(data, np.float64, 1, 4 + length + 4).tolist() == [1 / 3]
