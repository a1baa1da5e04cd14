"""What the cesium lead halides are made of and what follows from it: the numbers of pure ones and of mixed crystals."""

from halodot.perovskite.mixing import WORDS, perovskite_of, shares
from halodot.perovskite.parameters import PerovskiteParameters

__all__ = ["WORDS", "PerovskiteParameters", "perovskite_of", "shares"]
