"""MetricsLog to and from metrics.parquet: one table, whose column `kind` says what a row is.

- step: STEP_COLUMNS, and every tenth row `grad_norm.<layer>` for each layer
- evaluation: step, split, loss, accuracy, images, confusion (row by row), mistakes
- change: step, learning_rate
"""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from scratchnn.training.metrics import STEP_COLUMNS, LearningRateChange, MetricsLog, Rows, StepMetrics

if TYPE_CHECKING:
    import pyarrow as pa

    from scratchnn.training.evaluation import Evaluation

NORM = "grad_norm."  # + the layer's name


def to_parquet(log: MetricsLog) -> bytes:
    """The whole log as the bytes of a parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows, _ = log.since()
    changes = pa.Table.from_pylist([{"kind": "change", **change._asdict()} for change in rows.changes])
    others = [table for table in (_evaluation_table(rows.evaluations), changes) if len(table)]
    file = io.BytesIO()
    pq.write_table(pa.concat_tables([_step_table(rows), *others], promote_options="default"), file)
    return file.getvalue()


def _step_table(rows: Rows) -> pa.Table:
    import pyarrow as pa

    count = len(rows.steps["step"])
    columns: dict[str, Any] = {"kind": pa.array(["step"] * count, pa.string()), **rows.steps}
    has_norms = np.isin(rows.steps["step"], rows.norm_steps)
    for layer, norms in zip(rows.layers, rows.layer_norms.T, strict=True):
        column = np.zeros(count)
        column[has_norms] = norms
        columns[NORM + layer] = pa.array(column, mask=~has_norms)
    return pa.table(columns)


def _evaluation_table(evaluations: list[Evaluation]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(
        [
            {
                "kind": "evaluation",
                "step": evaluation.step,
                "split": evaluation.split,
                "loss": evaluation.loss,
                "accuracy": evaluation.accuracy,
                "images": evaluation.images,
                "confusion": evaluation.confusion.flatten().tolist(),
                "mistakes": [asdict(mistake) for mistake in evaluation.mistakes],
            }
            for evaluation in evaluations
        ]
    )


def from_parquet(data: bytes, up_to: int | None = None) -> MetricsLog:
    """The log as it was written; with `up_to`, as it was when that step was done and the run had not ended.

    Raises:
        ValueError: these are not the bytes of such a file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_table(io.BytesIO(data)).to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ValueError("not a complete parquet file") from error
    log = MetricsLog()
    try:
        for row in rows:
            if up_to is None or (row["step"] <= up_to and row.get("split") != "test"):
                _add(log, row)
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"its rows are not those of a training: {error!r}") from error
    return log


def _add(log: MetricsLog, row: dict[str, Any]) -> None:
    if row["kind"] == "step":
        norms = {name.removeprefix(NORM): value for name, value in row.items() if name.startswith(NORM)}
        taken = None not in norms.values() and norms
        log.add_step(StepMetrics(**{name: row[name] for name in STEP_COLUMNS}, layer_norms=norms if taken else None))
    elif row["kind"] == "evaluation":
        log.add_evaluation(_evaluation(row))
    else:
        log.add_change(LearningRateChange(row["step"], row["learning_rate"]))


def _evaluation(row: dict[str, Any]) -> Evaluation:
    import torch

    from scratchnn.training.evaluation import Evaluation, Mistake

    side = round(len(row["confusion"]) ** 0.5)
    return Evaluation(
        step=row["step"],
        split=row["split"],
        loss=row["loss"],
        accuracy=row["accuracy"],
        confusion=torch.tensor(row["confusion"], dtype=torch.int64).view(side, side),
        mistakes=[Mistake(**mistake) for mistake in row["mistakes"]],
    )
