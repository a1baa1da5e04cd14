"""Results that several tests look at, computed once."""

import pytest

import halodot
from halodot import Result


@pytest.fixture(scope="session")
def treated() -> Result:
    """The paper's device with 0.2 mmol of the short ligand, from recipe to ageing."""
    return halodot.simulate(halodot.load("paper-0.2"))


@pytest.fixture(scope="session")
def control() -> Result:
    """The paper's device without the short ligand."""
    return halodot.simulate(halodot.load("paper-control"))
