"""The settings: what is possible, what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, strategies as st
from pydantic import ValidationError

from scratchnn.config import (
    PRESETS,
    CNNConfig,
    DataConfig,
    RunConfig,
    Settings,
    TrainingConfig,
    TransformerConfig,
    explain,
    preset,
)
from scratchnn.models import CustomCNN, build_model


def refusal(config: type[Settings], **settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        config(**settings)
    return explain(caught.value)


@pytest.mark.parametrize("config", [CNNConfig, TransformerConfig, DataConfig, TrainingConfig, RunConfig])
def test_every_setting_has_a_line_of_help_and_a_default_that_is_allowed(config: type[Settings]) -> None:
    assert config() == config(**config().model_dump())
    for name, field in config.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize(("model", "name"), [(model, name) for model in PRESETS for name in PRESETS[model]])
def test_every_preset_can_be_built_and_survives_the_way_through_json(model: Any, name: str) -> None:
    config = preset(model, name)
    assert config.model == model
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
    build_model(config)


def test_an_unknown_preset_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"cnn has no preset called 'live'; it has course or accurate"):
        preset("cnn", "live")


def test_the_accurate_presets_spend_their_effort_where_it_counts() -> None:
    for model in PRESETS:
        config = preset(model, "accurate")
        assert config.data.augment
        assert config.training.schedule == "one_cycle"


def test_settings_do_not_change_but_a_checked_copy_may_differ() -> None:
    config = RunConfig()
    with pytest.raises(ValidationError):
        config.training.epochs = 5  # type: ignore[misc]
    changed = config.changed("training", epochs=5, seed=3)
    assert (changed.training.epochs, changed.training.seed, changed.cnn) == (5, 3, config.cnn)
    assert config.training.epochs == RunConfig().training.epochs
    with pytest.raises(ValidationError):
        config.changed("training", epochs=0)


def test_architecture_is_the_chosen_models() -> None:
    assert RunConfig(model="cnn").architecture == CNNConfig()
    assert RunConfig(model="transformer").architecture == TransformerConfig()


@pytest.mark.parametrize(
    ("config", "settings", "words"),
    [
        (CNNConfig, {"kernel_size": 0}, "kernel_size must be greater than or equal to 1, not 0"),
        (CNNConfig, {"pooling": "median"}, "pooling must be 'max' or 'average', not 'median'"),
        (CNNConfig, {"channels": (8,) * 4, "image_size": 8}, "block 4 would pool a 1×1 map down to nothing"),
        (
            TransformerConfig,
            {"patch_size": 5},
            "patches of 5×5 do not tile an image of 28×28; use a patch size of 2, 4",
        ),
        (
            TransformerConfig,
            {"width": 100, "heads": 8},
            "a width of 100 does not split into 8 heads of equal size; use 1",
        ),
        (TransformerConfig, {"width": 97}, "use 1 head or another width"),
        (TransformerConfig, {"width": 9, "heads": 3, "position": "sinusoidal"}, "the width must be even, not 9"),
        (
            TrainingConfig,
            {"optimizer": "sgd", "nesterov": True, "momentum": 0},
            "Nesterov looks ahead along",
        ),
        (TrainingConfig, {"learning_rate": -1}, "learning_rate must be greater than 0, not -1"),
        (TrainingConfig, {"lr": 1}, "lr"),
        (RunConfig, {"training": {"epochs": 0}}, "training.epochs must be greater than or equal to 1, not 0"),
    ],
)
def test_what_is_impossible_is_refused_in_words(config: type[Settings], settings: dict[str, Any], words: str) -> None:
    sentence = refusal(config, **settings)
    assert words in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("channels", [("a", "b"), ("16 32 64",), (0,), ("1.5",), (100_000,), ("16", "", "x")])
def test_numbers_that_are_wrong_are_not_missing_as_well(channels: tuple[object, ...]) -> None:
    sentence = refusal(CNNConfig, channels=channels)
    assert sentence.startswith("channels, number ")
    assert "needs" not in sentence


def test_numbers_that_are_missing_or_too_many_are() -> None:
    assert refusal(CNNConfig, channels=()) == "channels needs at least 1 number"
    assert refusal(CNNConfig, channels=(1,) * 5) == "channels needs at most 4 numbers"


@pytest.mark.parametrize(
    ("number", "written"), [(1e9, "1000000000"), (-1.0, "-1"), (-0.25, "-0.25"), (2e22, "2e22"), (-1e-7, "-1e-7")]
)
def test_a_number_is_written_as_people_do(number: float, written: str) -> None:
    assert refusal(TrainingConfig, learning_rate=number).endswith(f", not {written}")


@given(
    image_size=st.integers(8, 40),
    kernel_size=st.integers(1, 11),
    channels=st.lists(st.integers(1, 2), min_size=1, max_size=4),
)
def test_map_sizes_are_those_of_the_network_and_what_cannot_be_built_is_refused_before(
    image_size: int, kernel_size: int, channels: list[int]
) -> None:
    try:
        config = CNNConfig(image_size=image_size, kernel_size=kernel_size, channels=tuple(channels))
    except ValidationError:
        return
    model = CustomCNN(**dict(config))
    trace = model.trace()
    model(torch.zeros(1, 1, image_size, image_size), trace=trace)
    sizes = [trace[f"pool{block}"].output.shape[2] for block in range(1, len(channels) + 1)]
    assert sizes == config.map_sizes()[1:]
