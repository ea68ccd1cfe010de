"""What is looked at, kept where it lasts: in the address, which makes the link, and in the session, between pages."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from scratchnn.config import ModelName
from scratchnn.ui.complaints import QUOTED, complain, forgive

DIGIT = "subject.digit"
_UNSETTLED = "subject.unsettled"
_LONGEST = 5  # digits of a number that somebody may have written into an address
LATE = 2.0  # seconds in which a browser may still send the address that it had before …
_LATE_BY_ITSELF = 10.0  # … and does so each second where a page moves by itself, which a busy machine holds up


def model_slot(kind: ModelName) -> str:
    """Where the choice of a model is kept; each network has its own."""
    return f"subject.model.{kind}"


def recall(slot: str) -> str | None:
    """What is chosen: what the address says if it was opened or gone back to, or else what this session says."""
    if not st.query_params.get(_name(slot)):  # lost on the way over another page
        return st.session_state.get(slot)
    return _said(slot)


def keep(slot: str, key: str) -> None:
    """Put what is on show into both, into the address once it is settled: each change of it is an entry in the
    browser's history. "" leaves the address without it.
    """
    state, name, now = st.session_state, _name(slot), time.monotonic()
    state[slot] = key
    if state.get(_UNSETTLED):
        return
    before = st.query_params.get(name, "")
    if before != key:
        recent = {old: at for old, at in state.get(f"{slot}.left", {}).items() if now - at < _LATE_BY_ITSELF}
        # the browser may send both once more: what it has just sent, and what this session wrote since
        state[f"{slot}.left"] = recent | {before: now, state.get(f"{slot}.address", before): now}
        _restore(slot)
        _write(name, key)
    state[f"{slot}.address"] = key
    state.setdefault(_held(), set()).add(slot)


def hold(slot: str, first: str) -> str:
    """What is chosen, as `recall` has it; the address says it again where it was lost or came late.

    Args:
        first: what stands there before anything is chosen; so that one can go back to it, the address says it, too.
            "" where nothing is: then an address without it chooses nothing.
    """
    recalled = recall(slot) if first else _said(slot)
    kept = first if recalled is None else recalled
    keep(slot, kept)
    return kept


def check(slot: str, fits: Callable[[str], object], wrong: str) -> None:
    """Complain of what the address says if it cannot be used, and go on as if it said nothing.

    The frame of a page shows the complaints: it is drawn after this.

    Args:
        wrong: ends the sentence on it, and says what is shown instead.
    """
    said = recall(slot)
    if not said or fits(said):
        return
    complain(f"“{_name(slot)}={said[:QUOTED]}” in the address {wrong}")
    keep(slot, "")
    forget(slot)


def choose(slot: str, key: str, settled: bool = True) -> None:
    """What a person has just chosen; complaints about what was there before are over.

    Args:
        settled: False while it is still changing under the person's hand.
    """
    forgive()
    st.session_state[_UNSETTLED] = not settled
    st.session_state[f"{slot}.choices"] = choices(slot) + 1
    keep(slot, key)


def choices(slot: str) -> int:
    """How many choices were made here so far: so one that was gone back to is told from one that comes late."""
    count: int = st.session_state.get(f"{slot}.choices", 0)
    return count


def forget(slot: str) -> None:
    """Nothing is chosen here any more."""
    for kept in (slot, f"{slot}.address"):
        st.session_state.pop(kept, None)


def moves(by_itself: bool) -> None:
    """Whether this page is drawn anew without being asked, since it follows a training."""
    st.session_state[_moves()] = by_itself


def numbers(text: str) -> list[int] | None:
    """The whole numbers of a value in the address, such as 5.7.6; None if it is anything else."""
    parts = text.split(".")
    fine = all(part.isascii() and part.isdigit() and len(part) <= _LONGEST for part in parts)
    return [int(part) for part in parts] if fine else None


def _said(slot: str) -> str | None:
    """What the address says, unless it is one that this session has just left."""
    state, address = st.session_state, st.query_params.get(_name(slot), "")
    left_at = state.get(f"{slot}.left", {}).get(address, float("-inf"))
    is_late = time.monotonic() - left_at < (_LATE_BY_ITSELF if state.get(_moves()) else LATE)
    return state.get(slot) if is_late or address == state.get(f"{slot}.address") else address


def _restore(slot: str) -> None:
    """Put back what else this page holds and the browser does not know yet: each change sends it the whole address."""
    for other in st.session_state.get(_held(), set()) - {slot}:
        name, said = _name(other), _said(other)
        if said is not None and said != st.query_params.get(name, ""):
            _write(name, said)


def _held() -> str:
    """Each page holds its own part of what there is."""
    return f"subject.held.{st.context.url}"


def _moves() -> str:
    """Each page moves by itself, or not."""
    return f"subject.moves.{st.context.url}"


def _name(slot: str) -> str:
    """`subject.model.cnn` is `model` in the address."""
    return slot.split(".")[1]


def _write(name: str, key: str) -> None:
    if key:
        st.query_params[name] = key
    else:
        st.query_params.pop(name, None)
