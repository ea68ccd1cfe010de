"""The part of the Train page that moves: figures, curves, and the network as it learns.

Each `draw_…` puts components on the page once; each `…_parts` makes what they show, by their keys. While a training
runs, only new parts are sent, all in one message (`components.feed`): every message of its own would hold it up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from scratchnn.figures.charts import training_charts
from scratchnn.figures.curves import Curves
from scratchnn.figures.numbers import count, duration, percent, plural, sentence, short, with_article
from scratchnn.ui import components
from scratchnn.ui.watch import Watch

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.trace import Trace

_SUBJECT, _CELL, _SHARED = "train.subject", "train.cell", "train.shared"

Parts = dict[str, Any]  # what each component shows, by its key


def draw_moving(watch: Watch, parts: Parts) -> None:
    """How the run is doing, its curves, and what the network makes of a digit."""
    components.status(parts["status"], "status")
    components.charts(parts["charts"], "charts")
    components.digits(parts["probes"], "probes", _choose)
    _draw_layer(watch, [parts])


@st.fragment
def _draw_layer(watch: Watch, first: list[Parts]) -> None:
    """The chosen digit and what the chosen layer makes of it; the choice of another layer draws only these again.

    Args:
        first: holds what to show until the first look is over.
    """
    if not first:
        watch.read()
    parts = first.pop() if first else _network_parts(watch)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        components.subject(parts["subject"], "subject")
        components.tiles(parts["kernels"], "kernels")
    with right:
        _layer_choice(watch)
        components.tiles(parts["tiles"], "tiles")


def moving_parts(watch: Watch, earlier: dict[str, tuple[str, Curves]], log_loss: bool) -> Parts:
    """What changes from step to step.

    Args:
        earlier: label → model and curves of runs to lay under.
    """
    run = watch.job.id if watch.job else "untrained"
    return {
        "status": _status(watch),
        "charts": training_charts(watch.curves, watch.config.model, earlier, run, log_loss),
        **_network_parts(watch),
    }


def draw_evaluation(watch: Watch, parts: Parts) -> None:
    """What it confuses, its worst mistakes, and whether its layers are alive."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        if "confusion" in parts:
            components.confusion(parts["confusion"], "confusion", lambda true, said: _choose_cell(watch, true, said))
        else:
            st.header("What it confuses", anchor=False)
            st.caption("The first evaluation is on its way.")
    with right:
        if "mistakes" in parts:
            components.digits(parts["mistakes"], "mistakes", _choose)
    st.header("Are its layers alive?", anchor=False)
    components.health(parts["health"], "health")


def evaluation_parts(watch: Watch) -> Parts:
    """What changes with an evaluation, as far as there was one; and the layers' health."""
    return {**_mistake_parts(watch), "health": _health(watch)}


def _status(watch: Watch) -> Parts:
    """How far the run is, how fast, how good."""
    job, curves = watch.job, watch.curves
    progress = job.progress if job else None
    epochs = watch.config.training.epochs
    done, total = (progress.step, progress.total_steps) if progress else (0, 0)
    share = done / total if total else 0.0
    speed = progress if progress and job and job.status == "running" and progress.images_per_second else None
    validation = curves.validation_accuracy
    best = max(validation.y, default=None)
    items = [
        _item("Step", count(done), f"of {count(total)}" if total else "not started"),
        _item("Epoch", f"{progress.epoch:.2f}" if progress else "0", f"of {epochs}"),
        _item("Images per second", count(round(speed.images_per_second)) if speed else "–"),
        _item("Time left", duration(speed.seconds_left or 0) if speed else "–", job.status if job else ""),
        _item("Training loss", short(curves.loss.smooth[-1]) if curves.loss else "–", "smoothed"),
        _item("Training accuracy", percent(curves.accuracy.smooth[-1]) if curves.accuracy else "–", "smoothed"),
        _item("Validation accuracy", percent(validation.y[-1]) if best is not None else "–",
              f"best {percent(best)}; measured {count(int(validation.x[-1]))} images in" if best is not None else ""),
        _item("Test accuracy", percent(curves.test[2]) if curves.test else "–",
              "of the best weights" if curves.test else "once, at the end"),
    ]  # fmt: skip
    text = f"{percent(share)} of the training done"
    return {"items": items, "progress": share, "progress_text": text, "tone": watch.config.model}


def _network_parts(watch: Watch) -> Parts:
    """Ten fixed digits, the chosen digit large, and what the chosen layer makes of it, at the newest weights."""
    from scratchnn.figures.digits import gallery, subject_card
    from scratchnn.figures.tiles import wall
    from scratchnn.inspection.layers import inspect, kernels
    from scratchnn.inspection.probes import one_of_each_class

    split, classes = watch.split, watch.dataset.classes
    probes = one_of_each_class(split)
    subject = min(st.session_state.setdefault(_SUBJECT, probes[3]), len(split) - 1)
    images = split.images[[*probes, subject]]
    probabilities, trace = inspect(watch.model, watch.dataset.normalise(images))
    said = [(int(p.argmax()), float(p.max())) for p in probabilities]
    labels = split.labels[probes].tolist()
    data = gallery(
        "Probe digits", images[:10], probes, labels, classes, subject, said[:10], probabilities[:10],
        heading="What it says now",
        note=f"One {split.name} digit of each class, after {plural(watch.step, 'step')}. The underlined number is the "
        "truth; the bars are the network’s ten probabilities. Choose a digit to look closer.",
    )  # fmt: skip
    label = int(split.labels[subject])
    title = f"{split.name.capitalize()} digit {count(subject)}, {with_article(classes[label])}"
    sheet = kernels(watch.model, _layer(watch))
    return {
        "probes": data,
        "subject": subject_card(title, images[10], label, classes, probabilities[10], "The chosen digit"),
        "kernels": wall(sheet, images[10], heading="What it looks for", note=sentence(sheet.note)),
        "tiles": _tiles(watch, trace, images[10]),
    }


def _tiles(watch: Watch, trace: Trace, digit: Tensor) -> bytes:
    """The chosen layer's maps or heads."""
    from scratchnn.figures.tiles import wall
    from scratchnn.inspection.layers import layer_view

    view = layer_view(_layer(watch), trace, 10)
    return wall(view, digit, st.session_state.setdefault(_SHARED, True), note=sentence(view.note))


def _mistake_parts(watch: Watch) -> Parts:
    """Which digits it confuses, and its worst mistakes, as of the newest evaluation; nothing before the first."""
    from scratchnn.figures.digits import gallery

    evaluation, classes = watch.evaluation, watch.dataset.classes
    if evaluation is None:
        return {}
    held = "validation" if len(watch.dataset.validation) else "training"
    when = f"{count(evaluation.images)} {held} digits after {plural(evaluation.step, 'step')}"
    worst = evaluation.mistakes
    places = [mistake.index for mistake in worst]
    table = {
        "heading": "What it confuses",
        "note": f"{when}. Choose a cell to see its clearest example.",
        "classes": list(classes),
        "counts": evaluation.confusion.flatten().tolist(),
        "chosen": st.session_state.get(_CELL),
    }
    mistakes = gallery(
        "Worst mistakes", watch.split.images[places], places, [mistake.label for mistake in worst],
        classes, st.session_state.get(_SUBJECT), [(mistake.prediction, mistake.probability) for mistake in worst],
        heading="Its worst mistakes",
        note="True → predicted, the most confident first. Choose one to look closer.",
    )  # fmt: skip
    return {"confusion": table, "mistakes": mistakes}


def _health(watch: Watch) -> Parts:
    """Whether its layers are alive: what each puts out for the ten fixed digits, which do not change with a choice."""
    from scratchnn.figures.health import health_table
    from scratchnn.inspection.health import layer_health
    from scratchnn.inspection.layers import inspect
    from scratchnn.inspection.probes import one_of_each_class

    images = watch.split.images[one_of_each_class(watch.split)]
    _, trace = inspect(watch.model, watch.dataset.normalise(images))
    caption = (
        f"What each layer puts out for the ten digits above, after {plural(watch.step, 'step')}; a map or unit of a "
        "ReLU that stays at 0 for all of them is silent: no gradient passes it, and it learns nothing from them. One "
        "that is silent on every image is dead."
    )
    return health_table(layer_health(trace), watch.config.model, caption)


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


def _choose(index: int | None) -> None:
    if index is not None:
        st.session_state[_SUBJECT] = index
        st.session_state.pop(_CELL, None)


def _choose_cell(watch: Watch, true: int, said: int) -> None:
    """Look for the clearest example with today's weights; they may have unlearnt the mistake since."""
    from scratchnn.inspection.probes import example_of

    found = example_of(watch.model, watch.dataset, watch.split, true, said)
    if found is None:
        st.toast(f"It no longer takes any {watch.dataset.classes[true]} for {watch.dataset.classes[said]}.")
        return
    st.session_state[_SUBJECT] = found
    st.session_state[_CELL] = [true, said]


def _item(label: str, value: str, note: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "note": note}
