"""The part of the Train page that moves: figures, curves, and the network as it learns.

Each `draw_…` puts components on the page once; each `…_parts` makes what they show, by their keys. While a training
runs, only new parts are sent, all in one message (`components.feed`): every message of its own would hold it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from scratchnn.figures.charts import training_charts
from scratchnn.figures.curves import Earlier
from scratchnn.figures.numbers import count, duration, percent, plural, short
from scratchnn.training.job import TrainingJob
from scratchnn.ui import components
from scratchnn.ui.live_network import Parts, choose, chosen_of, draw_layer, health_part, network_parts
from scratchnn.ui.watch import Watch

if TYPE_CHECKING:
    from scratchnn.inspection.digits import Digit

_CELL = "train.cell"  # of the confusion matrix, and the digit that was found for it


def draw_moving(watch: Watch, digit: Digit, parts: Parts) -> None:
    """How the run is doing, its curves, and what the network makes of a digit."""
    components.status(parts["status"], "status")
    components.charts(parts["charts"], "charts")
    components.digits(parts["probes"], "probes", lambda index: choose(watch, index))
    draw_layer(watch, digit, [parts])


def moving_parts(watch: Watch, digit: Digit, earlier: Sequence[Earlier], log_loss: bool) -> Parts:
    """What changes from step to step.

    Args:
        earlier: runs to lay under.
    """
    job = watch.job
    run, awaited = (job.id, not job.ended) if job else ("untrained", False)
    return {
        "status": _status(watch),
        "charts": training_charts(watch.curves, watch.config.model, earlier, run, log_loss, awaited),
        **network_parts(watch, digit),
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
            components.digits(parts["mistakes"], "mistakes", lambda index: choose(watch, index))
    st.header("Are its layers alive?", anchor=False)
    components.health(parts["health"], "health")


def evaluation_parts(watch: Watch, digit: Digit) -> Parts:
    """What changes with an evaluation, as far as there was one; and the layers' health."""
    return {**_mistake_parts(watch, digit), "health": health_part(watch)}


def _status(watch: Watch) -> Parts:
    """How far the run is, how fast, how good."""
    job, curves = watch.job, watch.curves
    progress = job.progress if job else None
    epochs = watch.config.training.epochs
    done, total = (progress.step, progress.total_steps) if progress else (0, 0)
    share = done / total if total else 0.0
    speed = progress if progress and job and job.status == "running" and progress.images_per_second else None
    validation = curves.validation_accuracy
    best, held = max(validation.y, default=None), len(watch.dataset.validation)
    items = [
        _step(job, done, total),
        _item("Epoch", f"{progress.epoch:.2f}" if progress else "0", f"of {epochs}"),
        _item("Images per second", count(round(speed.images_per_second)) if speed else "–"),
        _item("Time left", duration(speed.seconds_left or 0) if speed else "–", _how(job)),
        _item("Training loss", short(curves.loss.smooth[-1]) if curves.loss else "–", "smoothed"),
        _item("Training accuracy", percent(curves.accuracy.smooth[-1]) if curves.accuracy else "–", "smoothed"),
        _item("Validation accuracy", percent(validation.y[-1]) if best is not None else "–",
              f"best {percent(best)}; measured {count(int(validation.x[-1]))} images in" if best is not None
              else "" if held else "nothing is held out"),
        _item("Test accuracy", percent(curves.test[2]) if curves.test else "–",
              f"of the {'best' if held else 'last'} weights" if curves.test else "once, at the end"),
    ]  # fmt: skip
    text = f"{percent(share)} of the training done"
    return {"items": items, "progress": share, "progress_text": text, "tone": watch.config.model}


def _step(job: TrainingJob | None, done: int, total: int) -> dict[str, Any]:
    """How many steps are done; of a run that diverged the one at which it did, as the message above it says."""
    if job is not None and job.diverged_at is not None:
        return _item("Step", count(job.diverged_at), f"of {count(total)}: diverged here")
    return _item("Step", count(done), f"of {count(total)}" if total else "not started")


def _how(job: TrainingJob | None) -> str:
    if job is None:
        return ""
    return job.status if job.diverged_at is None else "diverged"


def _mistake_parts(watch: Watch, digit: Digit) -> Parts:
    """Which digits it confuses, and its worst mistakes, as of the newest evaluation; nothing before the first."""
    from scratchnn.figures.digits import gallery

    evaluation, classes = watch.evaluation, watch.dataset.classes
    if evaluation is None:
        return {}
    when = f"{count(evaluation.images)} {evaluation.split} digits after {plural(evaluation.step, 'step')}"
    worst = evaluation.mistakes
    places = [mistake.index for mistake in worst]
    cell, found = st.session_state.get(_CELL, (None, None))
    table = {
        "heading": "What it confuses",
        "note": f"{when}. Choose a cell to see its clearest example.",
        "classes": list(classes),
        "counts": evaluation.confusion.flatten().tolist(),
        "chosen": cell if found == digit.key else None,
    }
    mistakes = gallery(
        "Worst mistakes", watch.split.images[places], places, [mistake.label for mistake in worst],
        classes, chosen_of(watch, digit), [(mistake.prediction, mistake.probability) for mistake in worst],
        heading="Its worst mistakes",
        note="True → predicted, the most confident first. Choose one to look closer.",
    )  # fmt: skip
    return {"confusion": table, "mistakes": mistakes}


def _choose_cell(watch: Watch, true: int, said: int) -> None:
    """Look for the clearest example with today's weights; they may have unlearnt the mistake since."""
    from scratchnn.inspection.probes import example_of

    found = example_of(watch.model, watch.dataset, watch.split, true, said)
    if found is None:
        st.toast(f"It no longer takes any {watch.dataset.classes[true]} for {watch.dataset.classes[said]}.")
        return
    choose(watch, found)
    st.session_state[_CELL] = [true, said], f"{watch.split.name}:{found}"


def _item(label: str, value: str, note: str = "") -> dict[str, Any]:
    return {"label": label, "value": value, "note": note}
