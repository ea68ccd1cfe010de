"""What the network on the Train page makes of a few fixed digits, at the newest weights, and whether it is alive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from scratchnn.figures.numbers import plural, sentence
from scratchnn.ui import components, link
from scratchnn.ui.watch import Watch

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.inspection.digits import Digit
    from scratchnn.trace import Trace

_SHARED = "train.shared"

Parts = dict[str, Any]  # what each component shows, by its key


@st.fragment
def draw_layer(watch: Watch, digit: Digit, first: list[Parts]) -> None:
    """The chosen digit and what the chosen layer makes of it; the choice of another layer draws only these again.

    Args:
        first: holds what to show until the first look is over.
    """
    if not first:
        watch.read()
    parts = first.pop() if first else network_parts(watch, digit)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        components.subject(parts["subject"], "subject")
        components.tiles(parts["kernels"], "kernels")
    with right:
        _layer_choice(watch)
        components.tiles(parts["tiles"], "tiles")


def network_parts(watch: Watch, digit: Digit) -> Parts:
    """A fixed digit of each class, the chosen one large and in a line, and the chosen layer, at the newest weights."""
    import torch

    from scratchnn.figures.digits import gallery, subject_card, subject_strip
    from scratchnn.figures.tiles import wall
    from scratchnn.inspection.layers import inspect, kernels
    from scratchnn.inspection.subjects import TITLES

    split, classes, probes = watch.split, watch.dataset.classes, watch.probes
    images = torch.cat([split.images[probes], digit.image[None]])
    probabilities, trace = inspect(watch.model, watch.dataset.normalise(images))
    said = [(int(p.argmax()), float(p.max())) for p in probabilities]
    labels = split.labels[probes].tolist()
    data = gallery(
        "Probe digits", images[:-1], probes, labels, classes, chosen_of(watch, digit), said[:-1], probabilities[:-1],
        heading="What it says now",
        note=f"One {split.name} digit of each class{'' if len(probes) == len(classes) else ' that there is'}, "
        f"{watch.when}. The underlined number is the truth; the bars are the network’s ten "
        "probabilities. Choose a digit to look closer.",
    )  # fmt: skip
    name = f"{TITLES[watch.config.model]}, {watch.when}"
    sheet = kernels(watch.model, _layer(watch))
    return {
        "probes": data,
        "strip": subject_strip(digit, classes, {name: probabilities[-1]}),
        "subject": subject_card(digit, classes, probabilities[-1], "The chosen digit"),
        "kernels": wall(sheet, digit.image, heading="What it looks for", note=sentence(sheet.note)),
        "tiles": _tiles(watch, trace, digit.image),
    }


def _tiles(watch: Watch, trace: Trace, digit: Tensor) -> bytes:
    """The chosen layer's maps or heads."""
    from scratchnn.figures.tiles import wall
    from scratchnn.inspection.layers import layer_view

    view = layer_view(_layer(watch), trace, -1)  # the digit is the last of the pass
    return wall(view, digit, st.session_state.setdefault(_SHARED, True), note=sentence(view.note))


def health_part(watch: Watch) -> Parts:
    """Whether its layers are alive: what each puts out for the fixed digits, which do not change with a choice."""
    from scratchnn.figures.health import health_table
    from scratchnn.inspection.health import layer_health
    from scratchnn.inspection.layers import inspect

    images = watch.split.images[watch.probes]
    _, trace = inspect(watch.model, watch.dataset.normalise(images))
    caption = (
        f"What each layer puts out for the {plural(len(images), 'digit')} above, {watch.when}; "
        "a map or unit of a ReLU that stays at 0 for all of them is silent: no gradient passes it, and it learns "
        "nothing from them. One that is silent on every image is dead. Gradient: how long the gradient of the layer's "
        "weights was, when it was last measured."
    )
    return health_table(layer_health(trace), watch.config.model, caption, watch.curves.newest_gradients)


def _layer_names(watch: Watch) -> dict[str, str]:
    """The layers with something to see, and what they are called here."""
    from scratchnn.inspection.layers import viewable_layers

    attends = watch.config.model == "transformer"
    return {name: f"block {i}" if attends else name for i, name in enumerate(viewable_layers(watch.model))}


def _layer(watch: Watch) -> str:
    """The layer that is looked at; the first one until another is chosen."""
    names, key = _layer_names(watch), f"train.layer.{watch.config.model}"
    if st.session_state.get(key) not in names:
        st.session_state[key] = next(iter(names))
    return str(st.session_state[key])


def _layer_choice(watch: Watch) -> None:
    names, attends = _layer_names(watch), watch.config.model == "transformer"
    st.header("Where it looks" if attends else "What a layer makes of it", anchor=False)
    controls = st.container(horizontal=True, vertical_alignment="center")
    controls.pills(
        "Layer", list(names), format_func=names.__getitem__, key=f"train.layer.{watch.config.model}", required=True,
        wrap=True, label_visibility="collapsed",
    )  # fmt: skip
    controls.toggle("One scale for all", key=_SHARED, help="Off: a range for each map.")


def choose(watch: Watch, index: int) -> None:
    """Look at this digit of the split."""
    link.choose(link.DIGIT, f"{watch.split.name}:{index}")


def chosen_of(watch: Watch, digit: Digit) -> int | None:
    """Where in the split the digit is that is looked at; None if it is of another, or of none."""
    from scratchnn.inspection.digits import place_of

    name, index = place_of(digit)
    return index if name == watch.split.name else None
