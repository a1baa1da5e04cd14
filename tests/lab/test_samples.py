"""Samples are named by what is left of folder and file names."""

from __future__ import annotations

import pytest

from halodot.lab.samples import matches, sample_of


@pytest.mark.parametrize(
    ("path", "sample"),
    [
        ("2026-03-04_CsPbI3_5AVA/JVL/A1.txt", "CsPbI3 5AVA"),
        ("PL/5AVA.txt", "5AVA"),
        ("5AVA_PL_365nm.txt", "5AVA"),
        ("OA_TRPL_IRF.dat", "OA"),
        ("260304/control/uv-vis.csv", "control"),
        ("CsPbI3-5AVA-batch 2/TEM/img 001.dm3", "CsPbI3-5AVA-batch 2"),
        ("control 12.05.2026/PL spot3.csv", "control"),
        ("JVL/px4.txt", "folder"),
        ("dose/5AVA 0.1 mmol PL.txt", "dose 5AVA 0.1mmol"),
        ("5AVA_0.2mmol/PL_365nm.txt", "5AVA 0.2mmol"),
        ("F4-P3HT 1-10 0,5 mgml.asc", "F4-P3HT 0.5mgml"),
        ("film 60 C/XRD.raw", "film 60C"),
        ("dots 10nm PL.txt", "dots 10nm"),
        ("TRPL/2026-03-04 14-30.dat", "folder"),
    ],
)
def test_words_of_measurements_dates_and_repeats_are_left_out(path: str, sample: str) -> None:
    assert sample_of(path, "folder") == sample


def test_measurements_of_one_sample_in_folders_of_their_kind_have_one_name() -> None:
    assert sample_of("PL/5AVA_1.txt") == sample_of("TRPL/5AVA 2.dat") == sample_of("XRD/5AVA.xrdml")


def test_words_stand_alone_in_names() -> None:
    assert matches("irf|prompt", "TRPL/IRF_405nm.sdt")
    assert matches("irf|prompt", "TRPL/5AVA-irf2.sdt")
    assert not matches("irf|prompt", "TRPL/firfilter.sdt")
    assert not matches("el", "model/gel.txt")


def test_file_name_is_nearer_than_a_folder() -> None:
    assert matches("irf", "a/b/irf.txt") > matches("irf", "a/irf/b.txt") > 0
