"""The materials of the dots in tests."""

from halodot.perovskite import PerovskiteParameters, perovskite_of
from halodot.states import Perovskite
from halodot.study.library import parameters

HALIDES: PerovskiteParameters = parameters("perovskite")[0]
IODIDE: Perovskite = perovskite_of({"I": 1.0}, HALIDES)
BROMIDE: Perovskite = perovskite_of({"Br": 1.0}, HALIDES)
CHLORIDE: Perovskite = perovskite_of({"Cl": 1.0}, HALIDES)
