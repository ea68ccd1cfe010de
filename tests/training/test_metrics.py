from __future__ import annotations

import sys
import threading

import numpy as np
import pandas as pd
import pytest
import torch

from scratchnn.training.evaluation import Evaluation, Mistake
from scratchnn.training.metrics import Cursor, LearningRateChange, MetricsLog, StepMetrics
from scratchnn.training.metrics_file import from_parquet, to_parquet
from tests.training.outcomes import rows_of


def row(step: int) -> StepMetrics:
    norms = {"conv1": step / 3, "fc1": step / 7} if step % 10 == 1 else None
    return StepMetrics(step, 1 / step, 0.5, 1e-3, 0.1 * step, 64 * step, step / 100, norms)


def evaluation(step: int, split: str = "validation") -> Evaluation:
    mistakes = [Mistake(7, 3, 5, 0.1 + 0.2), Mistake(9, 1, 2, 0.25)]
    return Evaluation(step, split, 1 / 3, 0.9, torch.arange(9).view(3, 3), mistakes)


def filled(steps: int) -> MetricsLog:
    log = MetricsLog()
    for step in range(1, steps + 1):
        log.add_step(row(step))
    return log


def test_a_cursor_takes_each_row_once() -> None:
    log, cursor, seen = MetricsLog(), Cursor(), []
    for step in range(1, 26):
        log.add_step(row(step))
        if step % 4 == 0:
            log.add_evaluation(evaluation(step))
        if step % 7 == 0:
            rows, cursor = log.since(cursor)
            seen.append(rows)
    rows, cursor = log.since(cursor)
    seen.append(rows)
    assert np.concatenate([rows.steps["step"] for rows in seen]).tolist() == list(range(1, 26))
    assert np.concatenate([rows.norm_steps for rows in seen]).tolist() == [1, 11, 21]
    assert np.concatenate([rows.layer_norms for rows in seen]).tolist() == [[s / 3, s / 7] for s in (1, 11, 21)]
    assert [e.step for rows in seen for e in rows.evaluations] == [4, 8, 12, 16, 20, 24]
    assert cursor == Cursor(25, 3, 6, 0)
    nothing, again = log.since(cursor)
    assert len(nothing.steps["step"]) == len(nothing.evaluations) == nothing.layer_norms.size == 0
    assert again == cursor


def test_an_empty_log_can_be_read_and_written() -> None:
    rows, cursor = MetricsLog().since()
    assert rows.layer_norms.shape == (0, 0)
    assert cursor == Cursor()
    assert rows_of(from_parquet(to_parquet(MetricsLog()))) == rows_of(MetricsLog())


def test_readers_and_the_writer_do_not_disturb_each_other() -> None:
    log, problems, stop = MetricsLog(), [], threading.Event()

    def read() -> None:
        cursor, expected = Cursor(), 1
        while not stop.is_set():
            rows, cursor = log.since(cursor)
            lengths = {len(column) for column in rows.steps.values()}
            steps = rows.steps["step"].tolist()
            if len(lengths) != 1 or steps != list(range(expected, expected + len(steps))):
                problems.append((lengths, steps))
            if rows.layer_norms.shape != (len(rows.norm_steps), len(rows.layers)):
                problems.append((rows.layer_norms.shape, rows.layers))
            expected += len(steps)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for step in range(1, 5001):
        log.add_step(row(step))
    stop.set()
    for reader in readers:
        reader.join()
    sys.setswitchinterval(before)
    assert not problems


def test_ten_minutes_of_training_stay_small() -> None:
    log = filled(60_000)
    held = sum(sys.getsizeof(column) for column in (*log._steps.values(), log._norm_steps, log._layer_norms))
    assert held < 6e6


def test_parquet_gives_back_every_bit() -> None:
    log = filled(25)
    log.add_evaluation(evaluation(20))
    log.add_evaluation(evaluation(25, "test"))
    log.add_change(LearningRateChange(12, 0.1))
    assert rows_of(from_parquet(to_parquet(log))) == rows_of(log)


def test_parquet_up_to_a_step_is_the_log_of_then() -> None:
    log = filled(25)
    for step in (10, 20):
        log.add_evaluation(evaluation(step))
    log.add_evaluation(evaluation(10, "test"))  # at the end of the run, of the best weights: step 10's
    log.add_change(LearningRateChange(12, 0.1))
    log.add_change(LearningRateChange(13, 0.2))
    then = filled(12)
    then.add_evaluation(evaluation(10))
    then.add_change(LearningRateChange(12, 0.1))
    assert rows_of(from_parquet(to_parquet(log), up_to=12)) == rows_of(then)


def test_parquet_reads_well_by_hand(tmp_path: object) -> None:
    import io

    log = filled(25)
    log.add_evaluation(evaluation(20))
    table = pd.read_parquet(io.BytesIO(to_parquet(log)))
    steps = table[table.kind == "step"]
    assert steps.loss.tolist() == [1 / step for step in range(1, 26)]
    assert steps["grad_norm.conv1"].notna().sum() == 3
    assert table[table.kind == "evaluation"].accuracy.tolist() == [0.9]


@pytest.mark.parametrize("cut", [0, 3, 100, -1])
def test_a_cut_parquet_file_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="not a complete parquet file"):
        from_parquet(to_parquet(filled(5))[:cut])
