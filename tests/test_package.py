"""What `import scratchnn` offers, and what it leaves for later."""

import subprocess
import sys
from pathlib import Path

import pytest

import scratchnn

PACKAGE = Path(scratchnn.__file__).parent


def test_every_public_name_is_there() -> None:
    for name in scratchnn.__all__:
        assert getattr(scratchnn, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'CustomLSTM'"):
        scratchnn.CustomLSTM  # noqa: B018


def test_the_package_and_its_settings_load_without_torch() -> None:
    code = (
        "import sys, scratchnn, scratchnn.config; print([name for name in ('torch', 'pandas') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert result.stdout.strip() == "[]"
