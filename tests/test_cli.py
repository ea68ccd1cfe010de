from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from scratchnn import cli
from scratchnn.training.checkpoints import Checkpoint
from scratchnn.training.recording import RecordedTraining
from scratchnn.training.runs import Run
from tests.training.conftest import digits as digits, small_config
from tests.training.outcomes import outcome

ROOT = Path(__file__).parents[1]
Output = pytest.CaptureFixture[str]


@pytest.fixture
def small(digits: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Flags for a training of a second or two, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return f"--data {digits} --validation 200 --epochs 2 --cnn.channels 4,8 --cnn.hidden 16".split()


def refused(words: list[str], capsys: Output) -> str:
    """The one sentence that a command is refused in."""
    assert cli.main(words) == 2
    output = capsys.readouterr()
    sentence = output.err.removesuffix("\n")
    assert sentence
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert "usage" not in sentence
    return sentence


# --- train and evaluate ---------------------------------------------------------------------------------------


def test_train_then_evaluate_the_run_and_its_checkpoints(small: list[str], capsys: Output) -> None:
    assert cli.main(["train", *small, "--seed", "3", "--out", "runs/first"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    assert "26/26" in output.out  # the progress bar
    run = Run.open("runs/first")
    assert run.config.training.seed == 3
    assert run.config.cnn.channels == (4, 8)
    result = run.result
    assert result is not None
    said = f"accuracy {result['test_accuracy']:.2%} and loss {result['test_loss']:.4f} on the 400 test images"
    assert said in output.out

    for place in ("runs/first", "runs/first/best.safetensors"):
        assert cli.main(["evaluate", place]) == 0
        assert said in capsys.readouterr().out
    assert cli.main(["evaluate", "runs/first/snapshots/step-000000.safetensors"]) == 0
    assert "with the weights of step 0" in capsys.readouterr().out


def test_the_command_line_and_the_loop_give_the_same_numbers(small: list[str], digits: Path) -> None:
    words = f"train --model transformer --preset live --augment --batch-size 100 --epochs 1 --out one --data {digits}"
    assert cli.main([*words.split(), "--validation", "200"]) == 0
    run = Run.open("one")
    with RecordedTraining(Run.create(Path("two"), run.config)) as training:
        while not training.done:
            training.step()
        training.finish()
    assert outcome(Path("one")) == outcome(Path("two"))


def test_evaluate_with_the_data_elsewhere(small: list[str], digits: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in digits.iterdir():
        (moved / file.name).write_bytes(file.read_bytes())
    assert cli.main(["train", *small, "--epochs", "1", "--data", str(moved), "--out", "run"]) == 0
    for file in moved.iterdir():
        file.unlink()
    assert cli.main(["evaluate", "run", "--data", str(digits)]) == 0


def test_a_run_gets_a_folder_below_runs(small: list[str]) -> None:
    assert cli.main(["train", *small, "--epochs", "1"]) == 0
    assert [Run.open(folder).result is not None for folder in Path("runs").iterdir()] == [True]


def test_resume_goes_on_with_the_threads_it_had(small: list[str], capsys: Output) -> None:
    cli.main(["train", *small, "--out", "through"])
    with RecordedTraining(Run.create(Path("pieces"), Run.open("through").config)) as training:
        for _ in range(9):
            training.step()
        torch.set_num_threads(2)
        training.save()
        torch.set_num_threads(1)
    progress = Run.open("pieces").read_resume()
    assert progress is not None
    assert progress[1]["threads"] == 2
    assert cli.main(["train", "--resume", "pieces", "--threads", "1"]) == 0
    assert "going on after step 9" in capsys.readouterr().out
    assert outcome(Path("pieces")) == outcome(Path("through"))
    try:
        with RecordedTraining(Run.create(Path("other"), Run.open("through").config)) as training:
            training.step()
            torch.set_num_threads(2)
            training.save()
            torch.set_num_threads(1)
        assert cli.main(["train", "--resume", "other"]) == 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    assert "already finished" in refused(["train", "--resume", "pieces"], capsys)


# --- interrupted and killed -----------------------------------------------------------------------------------


def command(*words: str, folder: Path, often: bool = False) -> subprocess.Popen[str]:
    """The command in a process of its own; `often`: one that saves after every step or so."""
    program = "import sys; from scratchnn import cli; "
    if often:
        program += "from scratchnn.training import recording as r; r.SAVE_EVERY, r.SAVE_SHARE = 0, 1; "
    program += "sys.exit(cli.main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def saves(folder: Path) -> int:
    """Changes whenever the run in `folder` is saved."""
    path = folder / "resume.safetensors"
    return path.stat().st_mtime_ns if path.exists() else 0


def wait_for_a_save(folder: Path, since: int, process: subprocess.Popen[str]) -> None:
    while saves(folder) == since:
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)


def test_killed_at_any_instant_it_resumes_to_what_it_would_have_been(small: list[str], tmp_path: Path) -> None:
    moments = random.Random()
    words = [*small, "--epochs", "12", "--augment", "--cnn.dropout", "0.2"]
    assert cli.main(["train", *words, "--out", "through"]) == 0
    killed = tmp_path / "killed"
    process = command("train", *words, "--out", "killed", folder=tmp_path, often=True)
    steps = []
    for _ in range(3):
        wait_for_a_save(killed, saves(killed), process)
        time.sleep(moments.uniform(0, 0.3))
        process.kill()
        process.communicate()
        run = Run.open(killed)
        steps.append(run.checkpoint("last").step)
        run.metrics()
        for step in run.snapshots():
            run.checkpoint(step)
        process = command("train", "--resume", "killed", folder=tmp_path, often=True)
    assert process.communicate()[1] == "", steps
    assert 0 < steps[-1] < 156
    assert outcome(killed) == outcome(Path("through")), steps


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_and_says_how_to_go_on(small: list[str], tmp_path: Path, number: signal.Signals) -> None:
    process = command("train", *small, "--epochs", "200", "--out", "run", folder=tmp_path)
    wait_for_a_save(tmp_path / "run", 0, process)
    time.sleep(0.3)
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "")
    step = Run.open("run").checkpoint("last").step
    assert f"Stopped and saved at step {step:,}; go on with: python -m scratchnn train --resume run" in output


# --- refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "train|evaluate is missing"),
        ("trian", "invalid choice: 'trian'"),
        ("evaluate", "RUN is missing"),
        ("train --learning-rat 1", "--learning-rat is not known here; did you mean --learning-rate?"),
        ("train --zzz 1", "--zzz is not known here; python -m scratchnn train --help lists what there is"),
        ("train extra", "extra is not known here"),
        ("train --epochs", "--epochs: expected one argument"),
        ("train --epochs 0", "--epochs must be greater than or equal to 1, not '0'"),
        ("train --epochs 2.5", "--epochs must be a whole number, not '2.5'"),
        ("train --epochs ten", "--epochs must be a whole number, not 'ten'"),
        ("train --learning-rate -1", "--learning-rate must be greater than 0, not '-1'"),
        ("train --learning-rate nan", "--learning-rate must be"),
        ("train --learning-rate inf", "--learning-rate must be"),
        ("train --momentum nan", "--momentum must be"),
        ("train --seed -1", "--seed must be"),
        ("train --batch-size 99999", "--batch-size must be less than or equal to 1024, not '99999'"),
        ("train --optimizer lion", "--optimizer must be 'adam', 'adamw' or 'sgd', not 'lion'"),
        ("train --model rnn", "--model: invalid choice: 'rnn'"),
        ("train --preset best", "--preset: cnn has no preset called 'best'; it has course or accurate"),
        ("train --preset live", "--preset: cnn has no preset called 'live'"),
        ("train --cnn.channels 16,x", "--cnn.channels, number 2, must be a whole number, not 'x'"),
        ("train --cnn.channels 1,2,3,4,5", "--cnn.channels needs at most 4 numbers"),
        ("train --cnn.image-size 8 --cnn.channels 4,4,4,4", "block 4 would pool a 1×1 map down to nothing"),
        ("train --model transformer --transformer.patch-size 5", "patches of 5×5 do not tile"),
        ("train --transformer.depth 3", "--transformer.depth is for --model transformer, but this trains the cnn"),
        ("train --model transformer --cnn.hidden 3", "--cnn.hidden is for --model cnn"),
        ("train --device tpu", "--device: invalid choice: 'tpu'"),
        ("train --device cuda", "torch finds no CUDA GPU on this machine"),
        ("train --threads 0", "--threads: must be at least 1, not 0"),
        ("train --threads x", "--threads: invalid int value: 'x'"),
        ("train --data nowhere.txt", "nowhere.txt is not a folder"),
        ("train --validation 1000", "leave nothing of the 1,000 to train on"),
        ("train --resume nowhere", "there is no run in nowhere: config.json is missing"),
        ("train --resume nowhere --epochs 3 --out x", "leave out --epochs and --out"),
        ("train --resume nowhere --model transformer --preset accurate", "leave out --model and --preset"),
        ("evaluate nowhere", "there is no run in nowhere: config.json is missing"),
        ("evaluate nowhere.safetensors", "there is no run in nowhere.safetensors"),
        ("evaluate nowhere.txt", "nowhere.txt is damaged, cut short or not a safetensors file"),
    ],
)
def test_refusals(
    small: list[str], digits: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    Path("nowhere.txt").write_text("nothing")
    given = words.split()
    if given[:1] == ["train"] and not {"--data", "--resume"} & {*given}:
        given += ["--data", str(digits)]
    assert said in refused(given, capsys)
    assert not Path("runs").exists()  # nothing is left behind
    assert not Path("x").exists()


def test_a_folder_that_holds_a_run_is_refused(small: list[str], capsys: Output) -> None:
    cli.main(["train", *small, "--epochs", "1", "--out", "run"])
    capsys.readouterr()
    assert "run already holds a run; resume that one" in refused(["train", *small, "--out", "run"], capsys)


def test_broken_and_foreign_checkpoints(small: list[str], digits: Path, capsys: Output) -> None:
    cli.main(["train", *small, "--epochs", "1", "--out", "run"])
    capsys.readouterr()
    best = Path("run/best.safetensors")
    whole = best.read_bytes()
    best.write_bytes(whole[:-100])
    assert "is damaged, cut short" in refused(["evaluate", "run"], capsys)
    assert "is damaged, cut short" in refused(["evaluate", "run/best.safetensors"], capsys)
    best.write_bytes(whole)
    checkpoint = Checkpoint.read(best)
    other = Run(Path("other"), small_config(digits, "transformer"))
    other.write_best(1, checkpoint.state)
    assert "does not hold the weights of its transformer" in refused(["evaluate", "other/best.safetensors"], capsys)
    Path("run/resume.safetensors").write_bytes(whole[:1000])
    Path("run/result.json").unlink()
    assert "is damaged, cut short" in refused(["train", "--resume", "run"], capsys)
    Path("run/config.json").write_text("{}}")
    assert "the settings in run/config.json cannot be used" in refused(["evaluate", "run"], capsys)


def test_divergence_ends_in_one_sentence(small: list[str], capsys: Output) -> None:
    small += ["--optimizer", "sgd", "--learning-rate", "10", "--weight-decay", "1", "--epochs", "20"]
    sentence = refused(["train", *small, "--out", "run"], capsys)
    assert sentence.startswith("training diverged at step ")
    assert "lower the learning rate, which was 10, to about 0.05" in sentence
    assert cli.main(["evaluate", "run"]) == 0  # the last good weights


def test_a_full_disk_and_a_place_that_is_none(
    small: list[str], capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("")
    assert "cannot make the folder file/run" in refused(["train", *small, "--out", "file/run"], capsys)

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in refused(["train", *small, "--out", "run"], capsys)


# --- help -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["evaluate", "--help"]])
def test_help_comes_without_torch_and_explains_everything(words: list[str]) -> None:
    program = f"""
import sys
from scratchnn import cli
try:
    cli.main({words})
finally:
    assert "torch" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "python -m scratchnn" in done.stdout


def test_help_names_every_setting_its_range_and_default(capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["train", "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for part in (
        "--learning-rate X Size of a step; the schedule's highest value (above 0 up to 10, default 0.001)",
        "--cnn.channels N,N,… Output channels of each block; one number a block (up to 4 of them, default 16,32,64)",
        "--augment, --no-augment Turn, shift and scale each training image a little, anew each time (default off)",
        "--transformer.norm-first, --no-transformer.norm-first",
        "--weight-decay X Pull of every weight towards zero (from 0 up to 1, default 0.0)",
    ):
        assert part in text


def test_python_dash_m(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scratchnn", "evaluate", "nowhere"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "there is no run in nowhere: config.json is missing; name a run folder, such as runs/first\n"
