"""The project keeps its own promises: import directions, layout, requirements, and what the README says."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import scratchnn
from benchmarks.__main__ import SECTIONS
from scratchnn import cli

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "scratchnn"
README = (ROOT / "README.md").read_text()

IMPORTED_AS = {"pillow": "PIL"}  # packages whose module has another name

# In parts, so that this file does not name them itself.
NOT_TO_BE_NAMED = [
    "/wo" + "rk/",
    "pypi." + "org",
    "pythonhosted." + "org",
    "npmjs." + "org",
    "deb.debian." + "org",
    "download.pytorch." + "org",
]


def files_of_the_project() -> list[Path]:
    """Every file that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def imports_of(folder: Path) -> Iterator[str]:
    """The top-level names that the code below `folder` imports."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


def requirements(path: Path) -> dict[str, str]:
    """Import name → version; every line must pin one exactly."""
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    pins = [line.split("==") for line in lines if line and not line.startswith("-r ")]
    return {name.replace("-", "_"): version for name, version in pins}


def commands_in_readme() -> list[str]:
    """The lines of the README's shell blocks, comments taken off."""
    blocks = re.findall(r"```(?:sh|bash|shell)\n(.*?)```", README, re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def test_imports_point_one_way() -> None:
    lint = shutil.which("lint-imports", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert lint, "import-linter is not installed"
    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_package_tells_type_checkers_the_names_that_it_has() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    for_type_checkers = {
        alias.asname: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert for_type_checkers == scratchnn._HOMES


def test_every_layer_has_its_test() -> None:
    layers = [path for path in (PACKAGE / "layers").glob("*.py") if "class Custom" in path.read_text()]
    assert len(layers) > 10
    for layer in layers:
        assert (ROOT / "tests" / "layers" / f"test_{layer.name}").exists(), f"{layer.name} has no test"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_exact_and_installed(name: str) -> None:
    from importlib.metadata import version

    for package, wanted in requirements(ROOT / name).items():
        assert version(package).partition("+")[0] == wanted, f"{package}: run make again"


def test_what_is_imported_is_required() -> None:
    required = {IMPORTED_AS.get(package, package) for package in requirements(ROOT / "requirements.txt")}
    known = {"scratchnn", *required, *sys.stdlib_module_names}
    for folder in (PACKAGE, ROOT / "pages"):
        assert set(imports_of(folder)) <= known


def test_no_file_names_where_it_was_made_or_where_packages_come_from() -> None:
    for path in files_of_the_project():
        text = path.read_bytes().decode(errors="ignore") if path.suffix not in (".gz", ".png") else ""
        named = [secret for secret in NOT_TO_BE_NAMED if secret in text]
        assert not named, f"{path.relative_to(ROOT)} names {named}"


def test_no_pickle_and_no_large_file() -> None:
    for path in files_of_the_project():
        assert path.suffix not in (".pkl", ".pt", ".pth", ".ckpt"), path
        assert path.stat().st_size < 12_000_000, f"{path.relative_to(ROOT)} is too large for the repository"


def test_the_pretrained_checkpoints_are_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "assets" / "pretrained").glob("*.safetensors")) < 10_000_000


def test_ci_runs_the_readmes_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in commands_in_readme()
    assert "\nmake test" in script.read_text()


@pytest.mark.parametrize("command", commands_in_readme())
def test_the_readmes_commands_exist(command: str) -> None:
    words = shlex.split(command)
    match words:
        case ["make", *_]:
            subprocess.run([*words, "--dry-run"], cwd=ROOT, check=True, capture_output=True)
        case [python, "-m", "scratchnn", *arguments] if python.endswith("python"):
            options, unknown = cli._parser().parse_known_args(arguments)
            options.parser.refuse_unknown(unknown)
        case [python, "-m", "benchmarks", *arguments] if python.endswith("python"):
            assert {word for word in arguments if not word.startswith("-")} <= SECTIONS.keys()
        case ["git", "clone", *_] | ["cd", *_]:
            pass
        case [program, *_]:
            assert Path(program).name in ("pre-commit", "streamlit", "pytest"), f"is {program} there?"


def test_the_readmes_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)|src=\"([^\":]+)\"", README):
        path = "".join(target)
        assert (ROOT / path).exists(), f"README.md: {path} is not there"


def test_the_readmes_files_exist() -> None:
    """Every `name` with a slash or a known suffix, in code marks, is a file or folder of this project."""
    for name in re.findall(r"`([\w./-]+(?:/|\.py|\.toml|\.txt|\.md))`", README):
        assert list(ROOT.glob(name.rstrip("/"))), f"README.md: {name} is not there"
