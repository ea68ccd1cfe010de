"""Who watches a job, and how long it lives when nobody does."""

from __future__ import annotations

from time import monotonic


class Viewers:
    """The open tabs of a job, each by a token of its own. Nothing here locks: whoever changes it holds job's lock.

    A tab that closes and a connection that blinks look the same. So the last one to go leaves a deadline, and
    whoever comes back in time takes it away. A job that was never watched has none.
    """

    def __init__(self) -> None:
        self._tokens: set[str] = set()
        self._deadline: float | None = None

    def __len__(self) -> int:
        return len(self._tokens)

    def come(self, token: str) -> None:
        self._tokens.add(token)
        self._deadline = None

    def go(self, token: str, grace: float) -> None:
        """
        Args:
            token: who goes; if it never came, nothing happens.
            grace: seconds for somebody to come back in.
        """
        if token in self._tokens:
            self._tokens.remove(token)
            if not self._tokens:
                self._deadline = monotonic() + grace

    @property
    def seconds_left(self) -> float | None:
        """Until the deadline; None while somebody watches, or if nobody ever did."""
        deadline = self._deadline
        return None if deadline is None else max(0.0, deadline - monotonic())

    @property
    def gone(self) -> bool:
        return self.seconds_left == 0
