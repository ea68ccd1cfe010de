"""What every test runs under: one thread, fixed seeds, the same hypothesis examples each time."""

import hypothesis
import pytest
import torch

hypothesis.settings.register_profile(
    "default",
    max_examples=30,
    deadline=None,  # the machine may be busy
    derandomize=True,  # the same examples on every machine, so a red test is red for everyone
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile("thorough", parent=hypothesis.settings.get_profile("default"), max_examples=500)
hypothesis.settings.load_profile("default")


def pytest_configure() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)
