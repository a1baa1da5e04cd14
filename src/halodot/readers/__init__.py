"""Raw files of a laboratory's instruments, recognised by their content and read into quantities with units, or refused.

``recognise`` asks every reader of ``formats`` whether it knows a file; ``recording`` holds what a reader returns,
``guards`` refuses what cannot be a measurement, ``dataset`` turns the rest into an xarray Dataset in SI.
"""

from halodot.readers.dataset import curves, in_units_of_file
from halodot.readers.recognise import read

__all__ = ["curves", "in_units_of_file", "read"]
