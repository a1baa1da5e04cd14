"""Files of simulated measurements come back through the readers and analyses to the values that made them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import halodot
from halodot import measure
from halodot.lab.plan_file import read_plan, write_plan
from halodot.lab.simulated import measurement
from halodot.readers.exports import written
from halodot.report.lab_folder import Analysed
from halodot.results.data import Result
from halodot.results.summary import peak_point


def write_measurements(result: Result, folder: Path) -> None:
    """Write what instruments would record of a sample and its device, noise included."""
    dots, film, emission, ageing = result.dots, result.film, result.emission, result.ageing
    assert dots is not None
    assert film is not None
    assert emission is not None
    assert ageing is not None
    point = peak_point(emission)
    assert point is not None
    reference, sample = measure.plqy(dots, seed=3)
    records = {
        "PL.csv": (measure.pl(dots, seed=1),),
        "uv-vis.csv": (measure.uv_vis(dots, seed=2),),
        "PLQY/blank.csv": (reference,),
        "PLQY/sample.csv": (sample,),
        "TRPL/decay.csv": (measure.trpl(dots, seed=4),),
        "TRPL/irf.csv": (measure.trpl_response(dots, seed=5),),
        "TGA.csv": (measure.tga(dots, seed=6),),
        "XRD.csv": (measure.xrd(dots, seed=7),),
        "FTIR.csv": (measure.ftir(dots, seed=8),),
        "SCLC hole-only.csv": (measure.sclc(film, seed=9),),
        "LED/jvl.csv": measure.jvl(emission, seed=10),
        "LED/el.csv": (measure.el(emission, point, noise=1e-3, seed=11),),
        "LED/pattern.csv": (measure.angular_pattern(emission, point, noise=1e-3, seed=12),),
        "lifetime.csv": (measure.luminance_decay(ageing, seed=13),),
    }
    for name, record in records.items():
        path = folder / "5AVA" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(measurement(*record), "csv"))


@pytest.fixture(scope="module")
def analysed(treated: Result, tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    folder = tmp_path_factory.mktemp("roundtrip") / "2026-03-04"
    write_measurements(treated, folder)
    out = halodot.analyse(folder, figures=False, workers=1).out
    plan = read_plan(out / "analysis.yaml")
    permittivity = {"relative_permittivity": treated.film.relative_permittivity}  # which no instrument's file states
    items = tuple(
        replace(one, settings={**one.settings, **permittivity}) if one.method == "sclc" else one for one in plan.items
    )
    write_plan(replace(plan, items=items), out / "analysis.yaml")
    return halodot.analyse(folder, figures=False, workers=1)


def test_every_file_is_analysed_as_what_it_is(analysed: Analysed) -> None:
    assert analysed.plan.left_out == {}
    assert [item.problem for item in analysed.failed] == []
    assert {item.item.sample for item in analysed.outcomes} == {"5AVA"}
    methods = sorted(item.item.method for item in analysed.outcomes)
    assert methods == ["ftir", "jvl", "lifetime", "pl", "plqy", "sclc", "tga", "trpl", "uv_vis", "xrd"]


@pytest.mark.parametrize(
    ("method", "quantity"),
    [
        ("pl", "pl_peak"),
        ("pl", "pl_fwhm"),
        ("uv_vis", "first_exciton"),
        ("plqy", "plqy"),
        ("trpl", "lifetime_amplitude"),
        ("trpl", "lifetime_intensity"),
        ("tga", "weight_loss"),
        ("sclc", "mobility"),
        ("jvl", "eqe_max"),
        ("jvl", "luminance_max"),
        ("jvl", "turn_on_voltage"),
        ("jvl", "cie_x"),
        ("jvl", "el_peak"),
        ("lifetime", "half_life"),
    ],
)
def test_value_that_made_the_file_is_found(analysed: Analysed, treated: Result, method: str, quantity: str) -> None:
    (outcome,) = (item for item in analysed.outcomes if item.item.method == method)
    (finding,) = (item for item in outcome.findings if item.name == quantity and not item.of)
    truth = getattr(treated.dots, quantity, None)
    if quantity in ("mobility", "eqe_max", "luminance_max", "turn_on_voltage", "cie_x", "el_peak", "half_life"):
        truth = treated.summary[quantity].value
    assert finding.uncertainty > 0.0
    assert abs(finding.value - truth) < 3.0 * finding.uncertainty
