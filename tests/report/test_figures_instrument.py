"""Figures of instrument files: what is drawn, in which direction, and that its text fits."""

from __future__ import annotations

import numpy as np
import pytest
import xarray
from matplotlib.figure import Figure
from numpy.typing import NDArray

from halodot.readers.dataset import dataset
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.report.figures_instrument import instrument_figure
from halodot.report.style import house_style

FILE = RawFile("sample.any", b"bytes")


def figure_of(*found: Curve, kind: str) -> Figure:
    """The figure of a file that holds these curves, drawn; its text must lie within it."""
    reader = Reader("a_format", "A format", lambda _: Match.NO, lambda _: Recording(kind, found))
    data: xarray.Dataset = dataset(reader.read(FILE), FILE, reader)
    figure = instrument_figure(data)
    with house_style():
        figure.canvas.draw()
        box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0.0
    assert figure.get_figwidth() * 25.4 == pytest.approx(85.0)
    return figure


def along(name: str, count: int, unit: str, step: float = 1.0) -> Values:
    return Values(name, step * np.arange(float(count)), unit)


def image(values: NDArray[np.generic], unit: str = "m", step: float = 1e-9, name: str = "image_intensity") -> Curve:
    axes = along("y_position", values.shape[0], unit, step), along("x_position", values.shape[1], unit, step)
    return Curve(axes, (Values(name, values, "1"),))


def test_an_image_has_its_first_row_above_and_nanometres() -> None:
    whole = np.zeros((16, 20))
    whole[0] = 1.0
    panel = figure_of(image(whole), kind="micrograph").axes[0]
    assert panel.get_xlabel() == "x (nm)"
    bottom, top = panel.get_ylim()
    assert bottom > top
    np.testing.assert_array_equal(panel.get_images()[0].get_array(), whole)


def test_a_stack_is_drawn_as_its_mean() -> None:
    frames = np.stack([np.zeros((3, 4)), np.ones((3, 4))])
    axes = along("time", 2, "s"), along("y_position", 3, "nm"), along("x_position", 4, "nm")
    curve = Curve(axes, (Values("image_intensity", frames, "1"),))
    figure = figure_of(curve, kind="micrograph")
    np.testing.assert_array_equal(figure.axes[0].get_images()[0].get_array(), 0.5)
    assert "2 frames" in figure.get_supxlabel()


def test_four_small_images_keep_their_labels() -> None:
    rng = np.random.default_rng(1)
    figure_of(*[image(rng.random((16, 16)), step=3.6e-9) for _ in range(4)], kind="micrograph")


def test_colours_make_one_picture() -> None:
    axes = along("y_pixel", 4, "1"), along("x_pixel", 5, "1")
    planes = [Values("image_intensity", np.full((4, 5), k, np.uint8), "1", name) for k, name in
              ((255, "red"), (0, "green"), (51, "blue"))]  # fmt: skip
    figure = figure_of(Curve(axes, tuple(planes)), kind="micrograph")
    assert len(figure.axes) == 1
    np.testing.assert_allclose(figure.axes[0].get_images()[0].get_array()[0, 0], [1.0, 0.0, 0.2])


def test_an_excitation_emission_matrix_rises_along_both_axes() -> None:
    emission = Values("emission_wavelength", np.array([300.0, 310.0, 330.0]), "nm")
    excitation = Values("excitation_wavelength", np.array([280.0, 260.0]), "nm")
    values = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    panel = figure_of(Curve((emission, excitation), (Values("intensity", values, "1"),)), kind="excitation_emission")
    axes = panel.axes[0]
    assert not axes.xaxis_inverted()
    assert not axes.yaxis_inverted()
    np.testing.assert_array_equal(np.ravel(axes.collections[0].get_array()), [2.0, 1.0, 4.0, 3.0, 6.0, 5.0])


def test_photons_become_histograms_that_hold_every_photon() -> None:
    rng = np.random.default_rng(2)
    clock = 16e-12
    micro = clock * rng.integers(0, 3000, 4000)
    arrival = Values("arrival_time", np.sort(rng.random(4000)), "s")
    channel = Values("channel", np.arange(4000) % 2, "1")
    figure = figure_of(Curve((arrival,), (channel, Values("micro_time", micro, "s"))), kind="photons")
    course, decay = figure.axes
    for panel in (course, decay):
        assert sum(np.nansum(line.get_ydata()) for line in panel.get_lines()) == 4000
    assert decay.get_xlabel() == "Time after the pulse (ns)"
    assert decay.get_yscale() == "log"


def test_units_are_set_as_in_print_and_every_line_has_a_colour_of_its_own() -> None:
    time = Values("time", np.arange(5.0), "min")
    signals = (
        Values("temperature", np.arange(5.0), "degC", "sample", "sample"),
        Values("temperature", np.arange(5.0), "degC", "furnace", "furnace"),
        Values("current_density", np.arange(5.0), "mA/cm^2"),
    )
    figure = figure_of(Curve((time,), signals), kind="time_series")
    assert [panel.get_ylabel() for panel in figure.axes] == ["Temperature (°C)", "Current density (mA/cm²)"]
    colours = [line.get_color() for panel in figure.axes for line in panel.get_lines()]
    assert len(set(colours)) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["sample", "furnace", "current density"]


@pytest.mark.parametrize("name", ["binding_energy", "wavenumber"])
def test_energies_of_photoelectrons_and_wavenumbers_fall_to_the_right(name: str) -> None:
    axis = Values(name, np.arange(500.0, 510.0), "eV" if name == "binding_energy" else "1/cm")
    figure = figure_of(Curve((axis,), (Values("intensity", np.arange(10.0), "1"),)), kind="spectrum")
    assert figure.axes[0].xaxis_inverted()
