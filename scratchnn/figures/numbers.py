"""Figures as people read them: three significant digits, a true minus, words for time."""

from __future__ import annotations

import math


def short(value: float) -> str:
    """Three significant digits: 0.0123, 4.57, 1,230, −2.50e-5."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = abs(value)
    if value == 0:
        return "0"
    if size >= 1e6 or size < 1e-3:
        text = f"{value:.2e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    elif size >= 100:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.{2 - math.floor(math.log10(size))}f}"
    return minus(text)


def percent(share: float) -> str:
    """97.3 %, and never 100.0 % for what is only nearly all."""
    nearly = 0.9995 <= share < 1
    return f"{99.9 if nearly else 100 * share:.1f}\u202f%"


def count(number: int) -> str:
    """12,345."""
    return minus(f"{number:,}")


def plural(number: int, thing: str) -> str:
    """1 step, 12,345 steps."""
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def with_article(name: str) -> str:
    """a 7, an 8, an Ankle boot."""
    return f"{'an' if name[:1].lower() in ('8', *'aeiou') else 'a'} {name}"


def duration(seconds: float) -> str:
    """8 s, 2 min 05 s, 1 h 12 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def milliseconds(seconds: float) -> str:
    """12.3 ms; from a second on, 1.23 s."""
    return f"{short(seconds * 1e3)} ms" if seconds < 1 else f"{short(seconds)} s"


def minus(text: str) -> str:
    """A true minus instead of the hyphen."""
    return text.replace("-", "−")


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end, if it has no other."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
