from __future__ import annotations

import math
from dataclasses import replace

from scratchnn.figures.health import health_table
from scratchnn.inspection.health import LayerHealth

RELU = LayerHealth("relu2", mean=0.012345, spread=1.5, zeros=0.25, units=32, makes_maps=True, silent=3)


def row(layer: LayerHealth, **gradients: float) -> dict[str, object]:
    (only,) = health_table([layer], "cnn", "After 3 steps.", gradients)["rows"]
    return only


def test_a_row_says_it_in_words_and_keeps_the_whole_numbers() -> None:
    assert row(RELU) == {
        "name": "relu2",
        "full_name": "relu2",
        "share": 0.25,
        "zeros": "25.0\u202f%",
        "silent": "3 of 32 maps silent",
        "some_silent": True,
        "mean": "0.0123",
        "spread": "1.50",
        "exactly": "mean 0.012345, standard deviation 1.5",
        "gradient": "–",
        "gradient_exactly": "",
    }


def test_a_layers_gradient_is_as_long_as_those_of_its_parts_together() -> None:
    gradients = {"block.self_attn": 3.0, "block.self_attn.out_proj": 4.0, "block.self_attn2": 7.0, "block": 9.0}
    (attention,) = health_table([replace(RELU, name="block.self_attn")], "cnn", "", gradients)["rows"]
    assert (attention["gradient"], attention["gradient_exactly"]) == ("5.00", "5.0")
    assert row(RELU, relu1=2.0)["gradient"] == "–"


def test_what_is_alive_and_what_cannot_die() -> None:
    loud = row(replace(RELU, silent=0))
    assert (loud["silent"], loud["some_silent"]) == ("none of 32 maps", False)
    assert row(replace(RELU, makes_maps=False, silent=32))["silent"] == "32 of 32 units silent"
    assert (row(replace(RELU, silent=None))["silent"], row(replace(RELU, silent=None))["some_silent"]) == ("–", False)


def test_layers_are_named_as_people_say() -> None:
    names = {
        "encoder.layers.0.self_attn": "block 0 attention",
        "encoder.layers.1.norm2": "block 1 norm2",
        "encoder.norm": "encoder norm",
        "patch_embedding": "patch embedding",
    }
    for full, short in names.items():
        assert (row(replace(RELU, name=full))["name"], row(replace(RELU, name=full))["full_name"]) == (short, full)


def test_numbers_gone_bad_are_said_too() -> None:
    bad = row(replace(RELU, mean=-math.inf, spread=math.nan))
    assert (bad["mean"], bad["spread"]) == ("−∞", "not a number")
    assert bad["exactly"] == "mean −inf, standard deviation nan"
