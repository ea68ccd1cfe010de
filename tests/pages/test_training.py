"""The Train page where little is held out, where others train, and where a run was left, stopped or damaged."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.pages.payloads import payloads
from tests.pages.training_helpers import button, job_of, train_page, until


def hold_out(app: AppTest, images: int) -> AppTest:
    return app.number_input(key="data.validation").set_value(images).run()


# --- what is looked at ----------------------------------------------------------------------------------------


def test_a_small_validation_split_shows_the_classes_that_it_has(app: AppTest) -> None:
    train_page(app)
    for images in (1, 5):
        hold_out(app, images)
        assert not app.exception
        (probes,) = (data for data in payloads(app, "digits") if data["title"] == "Probe digits")
        labels = [item["label"] for item in probes["items"]]
        assert 0 < len(labels) <= images
        assert labels == sorted(set(labels))
        assert "of each class that there is" in probes["note"]


def test_with_nothing_held_out_training_digits_show_what_it_confuses(app: AppTest) -> None:
    train_page(app)
    hold_out(app, 0)
    button(app, "Train").click().run()
    job = job_of(app)
    until(lambda: job.metrics_since()[0].evaluations and job.progress.step > 12)
    button(app, "Stop").click().run()
    until(lambda: job.ended)
    app.run()
    assert not app.exception
    (confusion,) = payloads(app, "confusion")
    assert confusion["note"].startswith("1,000 training digits after ")
    assert sum(confusion["counts"]) == 1000
    (status,) = payloads(app, "status")
    held = next(item for item in status["items"] if item["label"] == "Validation accuracy")
    assert (held["value"], held["note"]) == ("–", "nothing is held out")
