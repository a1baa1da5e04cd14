"""Every real file of the collection is read, or refused for a reason that docs/readers.md gives."""

from __future__ import annotations

import csv
import warnings

import pytest
from instrument_files import FOLDER, real

from halodot import read
from halodot.errors import DataError
from halodot.readers import curves

#: files that hold no measurement, or not the whole of one: the ending or name, and the words of the refusal
REFUSED = {
    ".json": "this is JSON of a kind that is not known",  # what another program made of the file beside it
    "_parameters.txt": "these are parameters",  # input of a simulation
    "_setup.txt": "these are parameters",
    "bruker_data_header.000": "the file has 34693 bytes",
    "bruker_data_header.002": "the file has 43130 bytes",
    "bruker_data_header.003": "the file has 43583 bytes",
    ".emi": "the .ser beside it holds the data",
    ".set": "holds the settings of a measurement",
    "v10.ht3": "the header states 72463591 records, and the file has 1050",
}


def files() -> list[str]:
    """Return the names of the collection, without those that EXPECTED_open.json or a manifest stands for."""
    if not (FOLDER / "MANIFEST.csv").is_file():
        return []
    with (FOLDER / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        return [row["file"] for row in csv.DictReader(stream)]


def reason(name: str) -> str:
    return next((words for ending, words in REFUSED.items() if name.endswith(ending)), "")


def test_every_file_is_read_or_refused_for_a_stated_reason() -> None:
    real("MANIFEST.csv")
    names, warned = files(), []
    for name in names:
        if not reason(name):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = read(FOLDER / name)
            assert all(item.size for one in curves(found) for item in one.values()), name
            warned += [name] if found.attrs["warnings"] else []
        else:
            with pytest.raises(DataError, match=reason(name)):
                read(FOLDER / name)
    assert len(warned) <= 0.05 * len(names), warned
