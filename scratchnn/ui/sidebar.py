"""The Train page's sidebar: which network, from which preset, with which settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from scratchnn.config import PRESETS, ModelName, RunConfig, explain, preset
from scratchnn.ui.settings import as_shown, is_relevant, label, widget, words

_MODEL, _PRESET = "run.model", "run.preset"
_GROUPS = {"Network": "architecture", "Learning": "training", "Images": "data"}
_ESSENTIAL = tuple(f"training.{name}" for name in ("epochs", "batch_size", "learning_rate", "optimizer", "seed"))


@dataclass
class Choice:
    """What the sidebar says: a config, or what is wrong in words; and a place for what the config would cost."""

    config: RunConfig | None
    problem: str
    summary: DeltaGenerator


def choose_config() -> Choice:
    """Draw the sidebar's settings."""
    state = st.session_state
    if _MODEL not in state:
        adopt(preset("cnn", "course"))
    _name_preset()
    st.segmented_control(
        "Network", list(PRESETS), format_func=words, required=True, key=_MODEL, on_change=_take_preset,
        persist_state="session", width="stretch",
    )  # fmt: skip
    model: ModelName = state[_MODEL]
    names = list(PRESETS[model])
    st.segmented_control(
        "Preset", names, format_func=words, key=_PRESET, on_change=_take_preset, args=(True,),
        persist_state="session", width="stretch", help="A starting point: choosing one sets everything below.",
    )  # fmt: skip
    summary = st.container(key="train_summary")
    values = _all_widgets(model)
    try:
        return Choice(_config(model, values), "", summary)
    except ValidationError as error:
        return Choice(None, explain(error, called=label), summary)


def adopt(config: RunConfig) -> None:
    """Show this config in the sidebar: a preset, or the run that was found again after a reload."""
    state = st.session_state
    state[_MODEL] = config.model
    for path, value in _shown_values(config).items():
        state[path] = value


def _shown_values(config: RunConfig) -> dict[str, Any]:
    sections = {name: getattr(config, name) for name in ("cnn", "transformer", "data", "training")}
    return {
        f"{section}.{name}": as_shown(getattr(settings, name))
        for section, settings in sections.items()
        for name in type(settings).model_fields
    }


def _name_preset() -> None:
    """Mark the preset that the settings still equal, or none once something was changed."""
    state = st.session_state
    for name in PRESETS[state[_MODEL]]:
        if all(state.get(path) == value for path, value in _shown_values(preset(state[_MODEL], name)).items()):
            state[_PRESET] = name
            return
    state[_PRESET] = None


def _take_preset(chosen: bool = False) -> None:
    """Another network begins with its first preset; another preset sets everything."""
    state = st.session_state
    model: ModelName = state[_MODEL]
    name = state.get(_PRESET) if chosen else next(iter(PRESETS[model]))
    if name is not None:
        adopt(preset(model, name))


def _all_widgets(model: ModelName) -> dict[str, Any]:
    """Every relevant setting of this network by its path; what one uses most comes first, the rest in groups."""
    sections = {group: model if name == "architecture" else name for group, name in _GROUPS.items()}
    empty = RunConfig(model=model)
    values: dict[str, Any] = {}
    for path in _ESSENTIAL:
        section, _, name = path.partition(".")
        values[path] = widget(path, type(getattr(empty, section)).model_fields[name])
    for group, section in sections.items():
        with st.expander(group, expanded=group == "Network"):
            for name, field in type(getattr(empty, section)).model_fields.items():
                path = f"{section}.{name}"
                if path not in values and is_relevant(path, values):
                    values[path] = widget(path, field)
    return values


def _config(model: ModelName, values: dict[str, Any]) -> RunConfig:
    """Settings that are not shown keep their defaults, so that two runs that act alike have equal configs."""
    tree: dict[str, Any] = {"model": model}
    for path, value in values.items():
        section, _, name = path.partition(".")
        tree.setdefault(section, {})[name] = value
    return RunConfig.model_validate(tree)
