"""The part of the Train page that moves: figures, curves, and the network as it learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from scratchnn.figures.charts import training_charts
from scratchnn.figures.curves import Curves
from scratchnn.figures.numbers import count, duration, percent, plural, sentence, short
from scratchnn.ui import components
from scratchnn.ui.watch import Watch

if TYPE_CHECKING:
    from torch import Tensor

    from scratchnn.trace import Trace

_SUBJECT, _CELL, _CHOSEN = "train.subject", "train.cell", "train.chosen"


def status_strip(watch: Watch) -> None:
    """How far the run is, how fast, how good."""
    job, curves = watch.job, watch.curves
    progress = job.progress if job else None
    epochs = watch.config.training.epochs
    done, total = (progress.step, progress.total_steps) if progress else (0, 0)
    share = done / total if total else 0.0
    speed = progress if progress and job and job.status == "running" and progress.images_per_second else None
    best = max(curves.validation_accuracy.y, default=None)
    items = [
        _item("Step", count(done), f"of {count(total)}" if total else "not started"),
        _item("Epoch", f"{progress.epoch:.2f}" if progress else "0", f"of {epochs}"),
        _item("Images per second", count(round(speed.images_per_second)) if speed else "–"),
        _item("Time left", duration(speed.seconds_left or 0) if speed else "–", job.status if job else ""),
        _item("Training loss", short(curves.loss.smooth[-1]) if curves.loss else "–", "smoothed"),
        _item("Training accuracy", percent(curves.accuracy.smooth[-1]) if curves.accuracy else "–", "smoothed"),
        _item("Validation accuracy", percent(curves.validation_accuracy.y[-1]) if best is not None else "–",
              f"best {percent(best)}" if best is not None else ""),
        _item("Test accuracy", percent(curves.test[2]) if curves.test else "–",
              "of the best weights" if curves.test else "once, at the end"),
    ]  # fmt: skip
    text = f"{percent(share)} of the training done"
    components.status({"items": items, "progress": share, "progress_text": text, "tone": watch.config.model}, "status")


def curve_charts(watch: Watch, earlier: dict[str, tuple[str, Curves]], log_loss: bool) -> None:
    """Loss, accuracy, learning rate and gradients, as far as the run is."""
    run = watch.job.id if watch.job else "untrained"
    components.charts(training_charts(watch.curves, watch.config.model, earlier, run, log_loss), "charts")


def network_view(watch: Watch) -> None:
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
    components.digits(data, "probes", _choose)
    label = int(split.labels[subject])
    left, right = st.columns([2, 3], gap="medium")
    with right:
        name = _layer(watch, trace, images[10])
    with left:
        title = f"{split.name.capitalize()} digit {count(subject)}, a {classes[label]}"
        card = subject_card(title, images[10], label, classes, probabilities[10], "The chosen digit")
        components.subject(card, "subject")
        sheet = kernels(watch.model, name)
        data = wall(sheet, images[10], heading="What it looks for", note=sentence(sheet.note))
        components.tiles(data, "kernels")


def evaluation_view(watch: Watch) -> None:
    """Which digits it confuses, and its worst mistakes, as of the newest evaluation."""
    from scratchnn.figures.digits import gallery

    evaluation, classes = watch.evaluation, watch.dataset.classes
    left, right = st.columns([2, 3], gap="medium")
    left.header("What it confuses", anchor=False)
    right.header("Its worst mistakes", anchor=False)
    if evaluation is None:
        left.caption("The first evaluation is on its way.")
        right.caption("The digits it is most sure of and yet wrong about.")
        return
    held = "validation" if len(watch.dataset.validation) else "training"
    when = f"{count(evaluation.images)} {held} digits after {plural(evaluation.step, 'step')}"
    with left:
        st.caption(f"{when}. Choose a cell to see its clearest example.")
        table = {
            "classes": list(classes),
            "counts": evaluation.confusion.flatten().tolist(),
            "chosen": st.session_state.get(_CELL),
        }
        components.confusion(table, "confusion", lambda true, said: _choose_cell(watch, true, said))
    with right:
        st.caption("True → predicted, the most confident first. Choose one to look closer.")
        worst = evaluation.mistakes
        places = [mistake.index for mistake in worst]
        data = gallery(
            "Worst mistakes", watch.split.images[places], places, [mistake.label for mistake in worst],
            classes, st.session_state.get(_SUBJECT), [(mistake.prediction, mistake.probability) for mistake in worst],
        )  # fmt: skip
        components.digits(data, "mistakes", _choose)


def health_view(watch: Watch) -> None:
    """Whether its layers are alive: what each puts out for the ten fixed digits, which do not change with a choice."""
    from scratchnn.figures.health import health_table
    from scratchnn.inspection.health import layer_health
    from scratchnn.inspection.layers import inspect
    from scratchnn.inspection.probes import one_of_each_class

    images = watch.split.images[one_of_each_class(watch.split)]
    _, trace = inspect(watch.model, watch.dataset.normalise(images))
    caption = (
        f"What each layer puts out for the ten digits above, after {plural(watch.step, 'step')}; a map or unit of a "
        "ReLU that stays at 0 for all of them is dead: no gradient passes it, and it learns nothing from them."
    )
    st.header("Are its layers alive?", anchor=False)
    components.health(health_table(layer_health(trace), watch.config.model, caption), "health")


def _layer(watch: Watch, trace: Trace, digit: Tensor) -> str:
    """Choose a layer and show its maps or heads; its name."""
    from scratchnn.figures.tiles import wall
    from scratchnn.inspection.layers import layer_view, viewable_layers

    layers = viewable_layers(watch.model)
    attends = watch.config.model == "transformer"
    st.header("Where it looks" if attends else "What a layer makes of it", anchor=False)
    names = {name: f"block {i}" if attends else name for i, name in enumerate(layers, start=1)}
    controls = st.container(horizontal=True, vertical_alignment="center")
    name: str = controls.pills(
        "Layer", list(names), format_func=lambda name: names[name], key=f"train.layer.{watch.config.model}",
        default=next(iter(names)), required=True, wrap=True, label_visibility="collapsed",
    )  # fmt: skip
    shared = controls.toggle("One scale for all", value=True, key="train.shared", help="Off: a range for each map.")
    view = layer_view(name, trace, 10)
    components.tiles(wall(view, digit, shared, note=sentence(view.note)), "tiles")
    return name


def show_choice_everywhere() -> None:
    """When a digit was just chosen in one part of the page, draw the other parts anew as well."""
    if st.session_state.pop(_CHOSEN, False):
        st.rerun()


def _choose(index: int | None) -> None:
    if index is not None:
        st.session_state[_SUBJECT] = index
        st.session_state[_CHOSEN] = True
        st.session_state.pop(_CELL, None)


def _choose_cell(watch: Watch, true: int, said: int) -> None:
    """Look for the clearest example with today's weights; they may have unlearnt the mistake since."""
    from scratchnn.inspection.probes import example_of

    found = example_of(watch.model, watch.dataset, watch.split, true, said)
    if found is None:
        st.toast(f"It no longer takes any {watch.dataset.classes[true]} for {watch.dataset.classes[said]}.")
        return
    st.session_state[_SUBJECT] = found
    st.session_state[_CHOSEN] = True
    st.session_state[_CELL] = [true, said]


def _item(label: str, value: str, note: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "note": note}
