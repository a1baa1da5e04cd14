"""What the cesium lead halides are made of and what follows from it: the numbers of pure ones and of mixed crystals."""

from halodot.perovskite.mixing import perovskite_of
from halodot.perovskite.parameters import PerovskiteParameters

__all__ = ["PerovskiteParameters", "perovskite_of"]
