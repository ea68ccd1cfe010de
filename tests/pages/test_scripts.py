"""A component's script is what all share, then its own files: no name may be declared twice in it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from scratchnn.ui.components import ASSETS

SHARED = sorted((ASSETS / "components").glob("*.js"))
FOLDERS = sorted(path for path in (ASSETS / "components").iterdir() if path.is_dir())
_DECLARED = re.compile(r"^(?:async )?(?:const|let|class|function\*?) (\w+|\[[^\]]*\])", re.MULTILINE)


def declared(files: list[Path]) -> Counter[str]:
    """The names at the left edge of these files."""
    found = [names for file in files for names in _DECLARED.findall(file.read_text("utf-8"))]
    return Counter(name.strip() for names in found for name in names.strip("[]").split(","))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_name_is_declared_twice(folder: Path) -> None:
    names = declared([*SHARED, *folder.glob("*.js")])
    assert len(names) > 20
    assert [name for name, count in names.items() if count > 1] == []
