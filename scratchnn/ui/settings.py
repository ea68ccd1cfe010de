"""Sidebar widgets made from config.py: each field's type, range, default and help decide its widget."""

from __future__ import annotations

import types
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

# A field that only matters while another has a certain value; hidden otherwise.
_ONLY_WITH: dict[str, tuple[str, Any]] = {
    "training.momentum": ("training.optimizer", "sgd"),
    "training.nesterov": ("training.optimizer", "sgd"),
    "training.warmup": ("training.schedule", "one_cycle"),
    "data.rotation": ("data.augment", True),
    "data.shift": ("data.augment", True),
    "data.scale": ("data.augment", True),
}
_IN_EIGHTS = ("width", "hidden", "feed_forward", "batch_size")  # one click of the plus sign adds 8
_WORDS = {
    "sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "relu": "ReLU", "gelu": "GELU", "mnist": "MNIST",
    "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST", "norm_first": "Normalise first", "data": "Data folder",
    "one_cycle": "One-cycle", "clip_norm": "Clip gradients at", "batch_norm": "Batch norm", "validation": "Held out",
    "augment": "Vary the images", "cnn": "CNN",
}  # fmt: skip


def words(name: Any) -> str:
    """A setting's or a choice's name as a person would write it."""
    text = str(name)
    return _WORDS.get(text, text.replace("_", " ").capitalize())


def label(path: str) -> str:
    """What `section.field` is called in the sidebar."""
    return words(path.rpartition(".")[2])


def is_relevant(path: str, values: dict[str, Any]) -> bool:
    """Whether `section.field` matters, given all fields' values by path."""
    condition = _ONLY_WITH.get(path)
    return condition is None or values.get(condition[0]) == condition[1]


def widget(path: str, field: FieldInfo) -> Any:
    """Draw the widget of `section.field` and return its value, as pydantic wants it.

    The value lives in session_state under the path, so a preset or a run found again can set it.
    """
    name, kind, limits = path.rpartition(".")[2], _plain(field.annotation), _limits(field)
    title = label(path)
    shared: dict[str, Any] = {"key": path, "help": field.description, "persist_state": "session"}
    if kind is bool:
        return st.toggle(title, **shared)
    if get_origin(kind) is Literal:
        options = get_args(kind)
        if sum(len(words(option)) for option in options) < 20:
            return st.segmented_control(title, options, format_func=words, required=True, **shared)
        return st.selectbox(title, options, format_func=words, **shared)
    if get_origin(kind) is tuple:
        return _numbers(st.text_input(title, **shared))
    if kind is str:
        return st.text_input(title, placeholder="built in", **shared) or None
    if kind is int and limits["max_value"] - limits["min_value"] <= 64:
        return st.slider(title, step=1, **limits, **shared)
    if kind is float and limits["max_value"] - limits["min_value"] <= 1 and name != "weight_decay":
        return st.slider(title, step=0.05, **limits, **shared)
    # without limits of its own: what is out of range is said in words, where the widget would only turn red
    if kind is float:
        return st.number_input(title, step=_step(field.get_default()), format="%g", **shared)
    return st.number_input(title, step=8 if name in _IN_EIGHTS else 1, **shared)


def as_shown(value: Any) -> Any:
    """A setting's value as its widget holds it."""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return "" if value is None else value


def _plain(annotation: Any) -> Any:
    """`str | None` is edited as `str`."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(option for option in get_args(annotation) if option is not type(None))
    return annotation


def _limits(field: FieldInfo) -> dict[str, Any]:
    """The lowest and the highest value the widget offers; pydantic has the last word on open ends."""
    found: dict[str, Any] = {}
    kind = _plain(field.annotation)
    for rule in field.metadata:
        for side, name in (("ge", "min_value"), ("gt", "min_value"), ("le", "max_value"), ("lt", "max_value")):
            if getattr(rule, side, None) is not None and kind in (int, float):
                inside = kind(getattr(rule, side))
                found[name] = inside - 1 if side == "lt" and kind is int else inside
    return found


def _step(default: float) -> float:
    """A tenth of the default, or of one percent, to one figure."""
    return float(f"{(default or 0.01) / 10:.0e}") if default < 1 else 1.0


def _numbers(text: str) -> tuple[Any, ...]:
    """From "16, 32" to (16, 32); what is no number is left for pydantic to name, a gap between commas, too."""
    parts = [part.strip() for part in text.replace(";", ",").split(",")]
    return tuple(_number(part) for part in parts) if text.strip() else ()


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text
