"""The settings of config.py as flags of the command line: `--learning-rate 0.01`, `--cnn.channels 16,32,64`."""

from __future__ import annotations

import argparse
import re
from difflib import get_close_matches
from typing import Any, Literal, NoReturn, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from scratchnn.config import PRESETS, ModelName, RunConfig, explain, preset

MODEL: ModelName = "cnn"
PRESET = "course"

# Each section of RunConfig, its heading in --help, and what its flags begin with.
SECTIONS = {
    "training": ("how it learns", ""),
    "data": ("what it learns from", ""),
    "cnn": ("architecture of the CNN", "cnn."),
    "transformer": ("architecture of the Transformer", "transformer."),
}


class FlagError(ValueError):
    """A command that cannot be understood, in one sentence."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that refuses in one sentence, without printing the usage, and guesses what was meant."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **options)

    def error(self, message: str) -> NoReturn:
        """
        Raises:
            FlagError: always.
        """
        message = re.sub(r"^argument (\S+?)(/\S+)?: ", r"\1: ", message)
        message = re.sub(r"^the following arguments are required: (.*)", r"\1 is missing; --help explains", message)
        raise FlagError(message)

    def refuse_unknown(self, unknown: list[str]) -> None:
        """
        Raises:
            FlagError: something was left over.
        """
        for word in unknown:
            near = get_close_matches(word, self._option_string_actions, n=1)
            hint = f"did you mean {near[0]}?" if near else f"{self.prog} --help lists what there is"
            raise FlagError(f"{word} is not known here; {hint}")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=36, width=110)


def add_settings(parser: Parser) -> None:
    """One flag for each setting; only those that are given end up in the result."""
    choice = parser.add_argument_group("which network")
    choice.add_argument("--model", choices=list(PRESETS), help=f"Which network to train (default {MODEL})")
    presets = "; ".join(f"{model}: {', '.join(names)}" for model, names in PRESETS.items())
    choice.add_argument(
        "--preset",
        metavar="NAME",
        help=f"Starting point, changed by the flags below; {presets} (default {PRESET})",
    )
    for section, (heading, _) in SECTIONS.items():
        group = parser.add_argument_group(heading)
        for name, field in _fields(section).items():
            form: dict[str, Any] = {"metavar": _metavar(field)}
            if field.annotation is bool:
                form = {"action": argparse.BooleanOptionalAction}
            group.add_argument(
                _flag(section, name),
                dest=f"{section}.{name}",
                default=argparse.SUPPRESS,
                help=f"{str(field.description).rstrip('.')} ({_limits(field)})".replace("%", "%%").replace(" ()", ""),
                **form,
            )


def given_flags(arguments: argparse.Namespace) -> list[str]:
    """The flags of `add_settings` that were given: `--preset`, `--learning-rate` …"""
    choice = [f"--{name}" for name in ("model", "preset") if getattr(arguments, name) is not None]
    return choice + [_flag(*setting.split(".")) for setting in _given_settings(arguments)]


def _given_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given as flags: `training.learning_rate` → "0.01"."""
    return {name: value for name, value in vars(arguments).items() if "." in name}


def build_config(arguments: argparse.Namespace) -> RunConfig:
    """The config that the flags describe.

    Raises:
        FlagError: a value is out of range, or settings do not fit together.
    """
    model = arguments.model or MODEL
    try:
        values = preset(model, arguments.preset or PRESET).model_dump()
    except ValueError as error:
        raise FlagError(f"--preset: {error}") from None
    other = "transformer" if model == "cnn" else "cnn"
    for setting, value in _given_settings(arguments).items():
        section, name = setting.split(".")
        if section == other:
            raise FlagError(f"{_flag(section, name)} is for --model {other}, but this trains the {model}")
        values[section][name] = value.split(",") if _is_list(_fields(section)[name]) else value
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        raise FlagError(explain(error, called=lambda setting: _flag(*setting.split(".")))) from None


def _flag(section: str, name: str) -> str:
    return f"--{SECTIONS[section][1]}{name}".replace("_", "-")


def _fields(section: str) -> dict[str, FieldInfo]:
    fields: dict[str, FieldInfo] = RunConfig.model_fields[section].annotation.model_fields  # type: ignore[union-attr]
    return fields


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is tuple


def _metavar(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return "{" + ",".join(get_args(field.annotation)) + "}"
    names: dict[Any, str] = {int: "N", float: "X"}
    return "N,N,…" if _is_list(field) else names.get(field.annotation, "FOLDER")


def _limits(field: FieldInfo) -> str:
    """`from 0 up to 0.9, default 0.1`."""
    words = {
        "ge": "from {}",
        "gt": "above {}",
        "le": "up to {}",
        "lt": "to below {}",
        "max_length": "up to {} of them",
    }
    limits = [
        word.format(getattr(rule, name))
        for name, word in words.items()
        for rule in field.metadata
        if hasattr(rule, name)
    ]
    default = field.default
    if isinstance(default, bool):
        default = "on" if default else "off"
    elif isinstance(default, tuple):
        default = ",".join(str(item) for item in default)
    return ", ".join([" ".join(limits)] * bool(limits) + [f"default {default}"] * (default is not None))
