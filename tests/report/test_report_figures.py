"""Figures show the state's own numbers, with units, whatever the user's settings and titles are."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
from functools import cache
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import report_states as made
from matplotlib.text import Text

import halodot
from halodot.errors import InputError
from halodot.report import figures_colour, style
from halodot.report.figures import KINDS, draw, kinds_of, save, write_figures
from halodot.report.figures_light import peak_of
from halodot.results import balances
from halodot.states import replaced
from halodot.study import load_colour_matching

TWO = {"control": made.whole("control", peak=651e-9, gain=0.2, half_life=540.0), "treated": made.whole("treated")}
#: kinds that write their numbers, with units, beside what they draw
WITHOUT_AXES = ("flow",)
UNIT = re.compile(r"\((1|1/cm³|%[^)]*|nm|ns|h|days|V|eV|mA/cm²|cd/m²|cd/A|lm/W|1/cm³/s|°|maximum 1|1 at [^)]+)\)")


def lines_of(axes):
    """The data of every line of an axes, as (x, y)."""
    return [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in axes.get_lines()]


def holds(axes, x, y):
    """Whether one of the lines has exactly these points, nan where nan is."""
    return any(
        a.shape == np.shape(x) and np.array_equal(a, x, equal_nan=True) and np.array_equal(b, y, equal_nan=True)
        for a, b in lines_of(axes)
    )


def passes_through(axes, x, y):
    """Whether one of the lines goes through these points, and stays between neighbours on its way."""
    return any(
        a[::8].shape == x.shape
        and np.allclose((a[::8], b[::8]), (x, y), rtol=1e-12)
        and all(
            np.all((part >= min(low, high) - 1e-9) & (part <= max(low, high) + 1e-9))
            for part, low, high in zip(b[:-1].reshape(-1, 8), y[:-1], y[1:])
        )
        for a, b in lines_of(axes)
    )


@cache
def drawn(kind):
    """A figure of two devices with all its places found, which no test changes."""
    figure = draw(kind, TWO)
    with style.house_style():
        figure.canvas.draw()
    return figure


@pytest.mark.parametrize("kind", KINDS)
def test_every_axis_is_named_with_its_unit(kind):
    figure = drawn(kind)
    if kind in WITHOUT_AXES:
        return
    for axes in figure.axes:
        if kind not in ("photons", "shell"):
            assert UNIT.search(axes.get_ylabel()), axes.get_ylabel()
    if kind in ("stack", "flat_bands"):
        return  # layers by name
    assert UNIT.search(figure.axes[-1].get_xlabel()), figure.axes[-1].get_xlabel()


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_is_a_column_wide_with_readable_text_inside_its_borders(kind):
    figure = drawn(kind)
    assert figure.get_figwidth() * 25.4 == pytest.approx(85.0)
    seen = [item for item in figure.findobj(Text) if item.get_text().strip() and item.get_visible()]
    assert min(item.get_fontsize() for item in seen) >= 7.0
    tight = figure.get_tightbbox()
    assert tight.x0 > -0.01
    assert tight.y0 > -0.01
    assert tight.x1 < figure.get_figwidth() + 0.01
    assert tight.y1 < figure.get_figheight() + 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_legend_labels_and_panels_do_not_overlap(kind):
    figure = draw(kind, {**TWO, "HI only": made.decomposed()})
    with style.house_style():
        figure.canvas.draw()
        boxes = [axes.get_tightbbox() for axes in figure.axes]
        boxes += [item.get_window_extent() for item in figure.legends]
        boxes.append(figure._supxlabel.get_window_extent())
    assert figure.legends or kind in ("flow", "stack", "flat_bands")  # which name their parts
    for one, other in combinations(boxes, 2):
        shared_width = min(one.x1, other.x1) - max(one.x0, other.x0)
        shared_height = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert shared_width <= 1.0 or shared_height <= 1.0


def test_spectra_and_decays_are_the_state_s():
    dots = TWO["treated"].dots
    above, below = draw("absorption", TWO).axes
    assert holds(above, dots.wavelength / 1e-9, dots.absorbance)
    assert holds(below, dots.wavelength / 1e-9, dots.pl)
    assert holds(draw("trpl", TWO).axes[0], dots.time / 1e-9, dots.trpl)
    assert holds(draw("air", TWO).axes[0], dots.air_time / 86400.0, 100.0 * dots.pl_in_air)
    film = TWO["treated"].film
    index, extinction = draw("nk", TWO).axes
    assert holds(index, film.wavelength / 1e-9, film.index)
    assert holds(extinction, film.wavelength / 1e-9, film.extinction)


def test_the_absorbance_fills_its_panel():
    above = draw("absorption", TWO).axes[0]
    low, high = above.get_xlim()
    inside = [y[(x >= low) & (x <= high)].max() for x, y in lines_of(above) if x.size > 2]
    assert max(inside) < above.get_ylim()[1] < 1.2 * max(inside)


def test_parts_of_the_current_too_small_to_be_seen_are_named():
    result = TWO["treated"]
    small = replaced(result.device_solution, hole_leakage=1e-15 * result.device_solution.current_density)
    figure = draw("charges", {"treated": replaced(result, device_solution=small), "HI only": made.decomposed()})
    assert "Too small to be seen: hole leakage to the cathode\nNot drawn" in figure.get_supxlabel()
    flowing = [part for part in balances.CURRENT_PARTS if np.any(np.nan_to_num(getattr(small, part)))]
    assert len(figure.legends[0].get_texts()) == len(flowing)  # the whole for the one that is too small


def test_device_curves_are_the_state_s():
    result = TWO["treated"]
    device_solution, emission = result.device_solution, result.emission
    current, luminance = draw("jvl", TWO).axes
    assert holds(current, device_solution.voltage, device_solution.current_density / 10.0)
    assert holds(luminance, emission.voltage, emission.luminance)
    seen = emission.luminance > 0.01
    for kind, x, y in (
        ("eqe", emission.current_density / 10.0, 100.0 * emission.eqe),
        ("eqe_luminance", emission.luminance, 100.0 * emission.eqe),
        ("luminance_current", emission.current_density / 10.0, emission.luminance),
        ("current_efficiency", emission.luminance, emission.current_efficiency),
        ("power_efficiency", emission.luminance, emission.luminous_efficacy),
    ):
        assert passes_through(draw(kind, TWO).axes[0], x[seen], y[seen])
    panel = draw("charges", TWO).axes[1]
    for part in balances.CURRENT_PARTS:
        assert holds(panel, device_solution.voltage, getattr(device_solution, part) / 10.0)


def test_shares_of_the_excitons_are_those_of_the_currents_that_make_light():
    result = TWO["treated"]
    device_solution = result.device_solution
    half = 0.5 * device_solution.radiative_current
    charged = replaced(
        result, device_solution=replaced(device_solution, radiative_current=half, trion_auger_current=half)
    )
    figure = draw("excitons", {"treated": charged})
    seen = (result.emission.luminance > 0.01) & (device_solution.exciton_formation_current > 0.0)
    current = device_solution.current_density[seen] / 10.0
    for part in (half, half, device_solution.nonradiative_current):
        assert holds(figure.axes[0], current, 100.0 * (part[seen] / device_solution.exciton_formation_current[seen]))
    assert "Too small to be seen: quenching by neighbouring layers" in figure.get_supxlabel()


def test_profiles_are_those_of_the_highest_eqe():
    result = TWO["treated"]
    device_solution = result.device_solution
    peak = int(np.nanargmax(result.emission.eqe))
    panel = draw("bands", {"treated": result}).axes[0]
    height = device_solution.position / 1e-9
    affinity = np.array([layer[2] for layer in made.LAYERS])[device_solution.layer_of_node - made.OUTSIDE]
    assert holds(panel, height, -(affinity + device_solution.potential[peak]))
    populated = device_solution.hole_density[peak] >= 1e6
    assert not np.all(populated)
    assert holds(panel, height, np.where(populated, -device_solution.hole_quasi_fermi_level[peak], np.nan))
    inside = device_solution.layer_of_node == made.OUTSIDE + 2
    profile = draw("recombination", {"treated": result}).axes[0]
    first = device_solution.position[inside][0]
    assert holds(
        profile, (device_solution.position[inside] - first) / 1e-9, device_solution.recombination[peak, inside] / 1e6
    )


def test_a_profile_can_be_asked_at_any_voltage():
    result = made.whole(unconverged=(41, 42))
    device_solution = result.device_solution
    assert device_solution.voltage[42] == pytest.approx(4.2)
    above, below = draw("profiles", {"treated": result}, voltage=4.23).axes  # 4.2 and 4.1 V are not solved
    height = device_solution.position / 1e-9
    assert holds(above, height, device_solution.electron_density[43] / 1e6)
    assert holds(below, height, device_solution.recombination[43] / 1e6)
    assert "4.30 V" in above.get_title(loc="left")
    levels = halodot.plot(result, "bands", voltage=0.0).axes[0]
    affinity = np.array([layer[2] for layer in made.LAYERS])[device_solution.layer_of_node - made.OUTSIDE]
    assert holds(levels, height, -(affinity + device_solution.potential[0]))
    for kind, voltage, message in (("jvl", 3.0, "shows no single voltage"), ("bands", np.nan, "must be finite")):
        with pytest.raises(InputError, match=message):
            draw(kind, TWO, voltage)


def test_ions_are_drawn_where_there_are_any():
    result = TWO["treated"]
    ions = replaced(result.device_solution, anion_density=np.full_like(result.device_solution.anion_density, 3e22))
    panel = draw("profiles", {"a": replaced(result, device_solution=ions)}).axes[0]
    assert holds(panel, ions.position / 1e-9, np.full(ions.position.size, 3e16))


def test_the_budget_stacks_the_parts_of_the_current():
    device_solution = TWO["treated"].device_solution
    shares = balances.current_shares(device_solution)
    areas = draw("budget", {"a": TWO["treated"]}).axes[0].collections
    top = max(float(np.max(area.get_paths()[0].vertices[:, 1])) for area in areas)
    assert top == pytest.approx(100.0 * np.max(sum(shares.values())), abs=0.5)


def test_the_current_of_a_device_that_delivers_power_keeps_its_sign():
    result = TWO["treated"]
    lit = replaced(result.device_solution, current_density=result.device_solution.current_density - 20.0)
    panel = draw("jvl", {"lit": replaced(result, device_solution=lit, emission=None)}).axes[0]
    assert panel.get_yscale() == "linear"
    assert holds(panel, lit.voltage, lit.current_density / 10.0)
    dark = replaced(
        result.device_solution,
        voltage=-result.device_solution.voltage,
        current_density=-result.device_solution.current_density,
    )
    panel = draw("jvl", {"dark": replaced(result, device_solution=dark, emission=None)}).axes[0]
    assert panel.get_yscale() == "log"
    assert holds(panel, dark.voltage, -dark.current_density / 10.0)
    assert "Size" in panel.get_ylabel()


def test_electroluminescence_is_scaled_to_its_maximum():
    emission = TWO["control"].emission
    peak = int(np.nanargmax(emission.eqe))
    assert holds(draw("el", TWO).axes[0], emission.wavelength / 1e-9, emission.el[peak] / np.max(emission.el[peak]))


def test_far_field_is_the_intensity_beside_an_even_source():
    axes = draw("far_field", TWO).axes[0]
    emission = TWO["treated"].emission
    point = peak_of(emission)
    (_, intensity), *_ = [line for line in lines_of(axes) if line[0].size == 37][1:]
    seen = emission.angular_luminance[point] * np.cos(emission.radiance_angle)
    assert intensity[18:] == pytest.approx(seen / seen[0], abs=1e-12)
    assert intensity[:18] == pytest.approx(intensity[:18:-1], abs=1e-12)
    around, even = lines_of(axes)[-1]
    assert even == pytest.approx(np.cos(around), abs=1e-12)


def test_colour_shift_begins_at_the_normal():
    (x, y), *_ = lines_of(draw("colour_shift", TWO).axes[0])
    assert (x[0], y[0]) == (0.0, 0.0)
    assert y[-1] == pytest.approx(np.hypot(0.004, 0.001))


def test_decay_marks_the_half_life_at_half_of_the_luminance():
    ageing = TWO["treated"].ageing
    axes = draw("decay", TWO).axes[0]
    assert holds(axes, ageing.time / 3600.0, ageing.luminance * ageing.relative_luminance)
    assert holds(axes, [ageing.half_life / 3600.0], [0.5 * ageing.luminance])
    assert axes.get_xscale() == "log"
    assert draw("decay", {"treated": TWO["treated"]}).axes[0].get_xscale() == "linear"


def test_bars_of_the_photon_budget_fill_the_width():
    axes = draw("photons", TWO).axes[0]
    widths = [sum(bar.patches[row].get_width() for bar in axes.containers) for row in range(2)]
    assert widths == pytest.approx([100.0, 100.0], abs=1e-9)


def test_unconverged_points_are_gaps_not_numbers():
    result = made.whole(unconverged=(30, 31))
    _, y = lines_of(draw("jvl", {"a": result}).axes[0])[0]
    assert np.flatnonzero(np.isnan(y)).tolist() == [30, 31]


def test_results_without_the_curve_are_named_below_the_panel():
    figure = draw("jvl", {**TWO, "HI only": made.decomposed(), "solution": made.chemistry_only()})
    assert "HI only, solution" in figure.get_supxlabel().replace("\n", " ")
    assert len(figure.legends[0].get_texts()) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_of_nothing_is_refused_with_a_reason(kind):
    with pytest.raises(InputError, match=KINDS[kind].needs):
        draw(kind, {"HI only": made.decomposed()})
    with pytest.raises(InputError, match="no result was given"):
        draw(kind, {})


def test_an_unknown_kind_names_its_neighbour():
    with pytest.raises(InputError, match="Did you mean 'jvl'"):
        draw("jlv", TWO)


def test_a_result_shows_what_it_has():
    assert kinds_of(made.decomposed()) == ()
    assert kinds_of(made.chemistry_only()) == ("shell", "absorption", "trpl", "air", "nk")
    assert kinds_of(TWO["treated"]) == tuple(KINDS)


def test_a_dark_device_has_currents_but_no_light():
    whole = made.whole()
    dark = type(whole)(study=whole.study, stack=whole.stack, device_solution=whole.device_solution)
    assert set(kinds_of(dark)) == {
        "stack",
        "flat_bands",
        "jvl",
        "bands",
        "profiles",
        "recombination",
        "charges",
        "budget",
        "excitons",
        "flow",
        "emission_zone",
    }
    assert len(draw("jvl", {"dark": dark}).axes) == 1


@pytest.mark.parametrize(
    "points", [[35], [0, 1], *(pytest.param(few, marks=pytest.mark.explore) for few in ([35, 34, 33], [0]))]
)
def test_a_sweep_of_few_points_is_drawn_and_every_point_seen(points: list[int]):
    result = made.shortened(made.whole(), points)
    for kind in kinds_of(result):
        draw(kind, {"few": result}).canvas.draw()
    (line,) = draw("jvl", {"few": result}).axes[0].get_lines()
    assert line.get_marker() == "o"
    assert line.get_markevery() is None


def test_nothing_of_matplotlib_is_changed_or_taken_over(tmp_path: Path):
    before = dict(matplotlib.rcParams)
    plain = save(draw("eqe", TWO), tmp_path / "plain")
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 20.0, "svg.hashsalt": "other"}):
        other = save(draw("eqe", TWO), tmp_path / "other")
    assert [path.read_bytes() for path in plain] == [path.read_bytes() for path in other]


def test_matplotlib_is_loaded_late_and_pyplot_never():
    code = (
        "import sys, halodot.report, report_states as made\n"
        "assert 'matplotlib' not in sys.modules\n"
        "halodot.report.draw('trpl', {'a': made.chemistry_only()}).canvas.draw()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert found.returncode == 0, found.stderr


def test_saving_leaves_whole_files_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    figure = draw("trpl", TWO)
    paths = save(figure, tmp_path / "dose 0.2")
    assert [path.name for path in paths] == ["dose 0.2.png", "dose 0.2.svg"]
    assert save(figure, tmp_path / "x.png") == (tmp_path / "x.png", tmp_path / "x.svg")
    before = paths[0].read_bytes()
    assert before.startswith(b"\x89PNG")

    def fail(*arguments):
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr("halodot.report.style.os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save(draw("air", TWO), tmp_path / "dose 0.2")
    assert paths[0].read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 4


def test_figures_of_an_earlier_call_do_not_survive(tmp_path: Path):
    (tmp_path / "mine.png").write_bytes(b"kept")
    (tmp_path / "jvl.png").write_bytes(b"stale")
    written = write_figures({"solution": made.chemistry_only()}, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"mine.png", *(f"{kind}.svg" for kind in written)}


def test_figures_are_written_as_asked_at_the_width_asked_and_the_page_has_its_own(tmp_path: Path):
    solution = {"solution": made.chemistry_only()}
    page = write_figures(solution, tmp_path)
    wide = write_figures(solution, tmp_path, formats=("pdf", "png"), width=170.0)
    assert [path.name for path in wide["air"].paths] == ["air.pdf", "air.png"]
    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".png"}
    assert wide["air"].element == page["air"].element
    columns = int.from_bytes((tmp_path / "air.png").read_bytes()[16:20], "big")
    assert columns == pytest.approx(170.0 / 25.4 * 300.0, abs=1.0)
    with pytest.raises(InputError, match="svg, pdf, png, not as eps"):
        write_figures(solution, tmp_path, formats=("eps",))


@pytest.mark.parametrize("name", ["$x^{", "_hidden", "", "<b>&", "ä" * 300, "word " * 60, "量子点", "W" * 200])
def test_any_title_can_be_a_legend(name: str, tmp_path: Path):
    figure = draw("trpl", {name: TWO["control"]})
    save(figure, tmp_path / "a")
    legend = figure.legends[0]
    assert len(legend.get_texts()) == 1
    assert " ".join(legend.get_texts()[0].get_text().split())[:5] == f"{name}: 4.38 ns"[:5]
    with style.house_style():
        assert legend.get_window_extent().width <= figure.bbox.width


def test_many_series_stay_apart():
    lines = [style.look(index) for index in range(40)]
    assert len({(item["color"], str(item["linestyle"])) for item in lines}) == 40
    points = [style.look(index, points=True) for index in range(40)]
    assert len({(item["color"], item["marker"]) for item in points}) == 40


def test_powers_of_ten_are_written_as_such():
    assert [style.power_of_ten(value) for value in (1e-3, 1.0, 10.0, 1e2, 1e21)] == ["10⁻³", "1", "10", "10²", "10²¹"]


def test_the_spectral_locus_is_that_of_cie_1931():
    # chromaticities of monochromatic light, CIE 15:2004 table T.4 (2 degree observer, 5 nm)
    published = {480: (0.0913, 0.1327), 520: (0.0743, 0.8338), 600: (0.6270, 0.3725), 700: (0.7347, 0.2653)}
    table = load_colour_matching()
    x, y = figures_colour.spectral_locus(np.stack([table.wavelength, table.x, table.y, table.z]))
    for wavelength, expected in published.items():
        found = [np.interp(wavelength * 1e-9, table.wavelength, values) for values in (x, y)]
        assert found == pytest.approx(expected, abs=1e-4)


def test_the_diagram_is_white_at_the_white_point_and_marks_the_colours():
    colours = figures_colour.screen_colours()
    row, column = round(figures_colour.WHITE[1] / 0.9 * 239), round(figures_colour.WHITE[0] / 0.8 * 239)
    assert colours[row, column] == pytest.approx([1.0, 1.0, 1.0], abs=0.03)
    axes = draw("cie", TWO).axes[0]
    assert holds(axes, [0.7106], [0.2894])
    assert holds(axes, [0.708, 0.170, 0.131, 0.708], [0.292, 0.797, 0.046, 0.292])
