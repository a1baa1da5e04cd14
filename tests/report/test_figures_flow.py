"""The flow picture's widths are the states' own numbers and add up at every node; its labels do not overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import PathPatch
from matplotlib.text import Text

import halodot
from halodot.constants import ELEMENTARY_CHARGE
from halodot.light import guided_power
from halodot.light.stack_optics import spectral_weights
from halodot.report import figures_flow
from halodot.report.figures import draw, kinds_of
from halodot.report.placing import spread
from halodot.report.style import house_style
from halodot.results.flows import EXCITONS, INJECTED, NODES, PHOTONS, Link, gathered, through
from halodot.results.losses import loss_budget
from halodot.states import sum_of_parts

DARK = ("device.layers.dots.langevin_factor=0", "device.layers.dots.bimolecular_coefficient=0 cm3/s")
SHORT = "run.voltage={from: 0 V, to: 4 V, step: 0.5 V}"


@pytest.fixture(scope="module")
def results():
    """The paper's treated device, whose dots absorb their own light, one without a recipe, and one without light."""
    return {
        "paper": halodot.simulate(halodot.load("paper-0.2", [SHORT])),
        "own": halodot.simulate(halodot.load("device-only", [SHORT])),
        "dark": halodot.simulate(halodot.load("device-only", [SHORT, *DARK])),
    }


def widths(figure, panel=0):
    """Width of every band where it starts and where it ends, by its two names, in the units of the panel."""
    found = {}
    for patch in figure.axes[panel].patches:
        if isinstance(patch, PathPatch):
            corners = patch.get_path().vertices[:-1]
            half = len(corners) // 2
            ends = [abs(corners[half - 1, 1] - corners[half, 1]), abs(corners[0, 1] - corners[-1, 1])]
            found[tuple(patch.get_gid().split(" > "))] = ends
    return found


def largest_gap(links: Sequence[Link]) -> float:
    """Return the largest difference, over the nodes, between what comes in and what leaves; 1 comes in at the first."""
    gaps = [abs(through(links, INJECTED) - 1.0)]
    for node in NODES[1:]:
        gaps.append(abs(math.fsum(link.share for link in links if link.target == node) - through(links, node)))
    return max(gaps)


@pytest.mark.parametrize("name", ["paper", "own", "dark"])
def test_drawn_widths_add_up_at_every_node(results, name):
    bands = widths(draw("flow", {name: results[name]}))
    whole = sum(start for (source, _), (start, _) in bands.items() if source == INJECTED)
    assert all(start == pytest.approx(stop, abs=1e-9 * whole) for start, stop in bands.values())
    for node in NODES[1:]:
        coming = sum(stop for (_, target), (_, stop) in bands.items() if target == node)
        leaving = sum(start for (source, _), (start, _) in bands.items() if source == node)
        assert coming == pytest.approx(leaving, abs=1e-6 * whole)
    nodes = {node for band in bands for node in band if node in NODES}
    assert nodes == ({INJECTED} if name == "dark" else set(NODES))
    lost = sum(stop for (_, target), (_, stop) in bands.items() if target not in NODES)
    assert lost == pytest.approx(whole, rel=1e-6)  # what is injected ends somewhere, recycled light included


@pytest.mark.parametrize("name", ["paper", "own"])
def test_the_flow_ends_in_the_states_numbers(results, name):
    result = results[name]
    point = figures_flow.point_of_flow(result)
    links = figures_flow.links_of(point)
    share = {(link.source, link.target): link.share for link in links}
    solution, emission, at = result.device_solution, result.emission, point.index
    assert share[PHOTONS, "light into air"] == pytest.approx(float(emission.eqe[at]), rel=1e-5)
    assert share[INJECTED, EXCITONS] == pytest.approx(float(solution.charge_balance[at]), rel=1e-9)
    guided = share[PHOTONS, figures_flow.TE_GUIDED] + share[PHOTONS, figures_flow.TM_AND_PLASMON]
    assert guided == pytest.approx(float(emission.guided[at] * solution.charge_balance[at]), rel=1e-9)
    # the emitter's own absorption, counted again from the optics: A per exciton, 1/(1 - A) excitons in all
    weights = spectral_weights(result.stack.emitter, result.optics.wavelength)
    number = [layer.role for layer in result.stack.layers].index("emitter")
    own = weights @ (result.optics.absorbed[number] + result.optics.guided_absorbed[number]) / result.optics.purcell
    a = float(own @ solution.radiative_decay[at]) / float(np.sum(solution.exciton_generation[at]))
    again = share.get((PHOTONS, EXCITONS), 0.0)
    assert again == pytest.approx(share[INJECTED, EXCITONS] * a / (1.0 - a), abs=1e-6)
    assert (again > 0.01) == (name == "paper")
    made = float(solution.exciton_formation_current[at]) / ELEMENTARY_CHARGE
    assert made == pytest.approx(float(np.sum(solution.exciton_generation[at])), rel=1e-6)
    assert largest_gap(links) < 1e-6
    assert largest_gap(gathered(links)) < 1e-6


@pytest.mark.parametrize("name", ["paper", "own"])
def test_the_flow_agrees_with_the_loss_budget_at_the_same_voltage(results, name):
    result = results[name]
    point = figures_flow.point_of_flow(result)
    budget = loss_budget(result, float(point.solution.voltage[point.index]))
    links = figures_flow.links_of(point)

    def ended(node):
        return sum(link.share for link in links if link.source == node and link.ends)

    lost = dict.fromkeys(("charges", "excitons", "photons"), 0.0)
    for loss in budget.losses:  # the losses of recycled excitons stand by themselves there
        lost["excitons" if loss.name == "self_absorption" else loss.step] += loss.share
    assert ended(INJECTED) == pytest.approx(lost["charges"], abs=1e-6)
    assert ended(EXCITONS) == pytest.approx(lost["excitons"], abs=1e-6)
    assert ended(PHOTONS) == pytest.approx(budget.eqe + lost["photons"], abs=1e-6)


def test_polarisations_of_guided_light_are_those_of_the_whole_spectrum(results):
    result = results["paper"]
    point = figures_flow.point_of_flow(result)
    optics, stack = result.optics, result.stack
    power = guided_power(stack, optics.wavelength, optics.position)
    np.testing.assert_allclose(power.sum(axis=0), optics.guided_absorbed, rtol=1e-5, atol=1e-7)
    power[:, [layer.role for layer in stack.layers].index("emitter")] = 0.0
    weights = spectral_weights(stack.emitter, optics.wavelength)
    decays = result.device_solution.radiative_decay[point.index]
    whole = np.einsum("plwx,w,x->p", power, weights, decays / optics.purcell)
    found = figures_flow.guided_split(point)
    assert found[figures_flow.TE_GUIDED] == pytest.approx(float(whole[0] / whole.sum()), rel=0.01)
    assert sum(found.values()) == pytest.approx(1.0)
    layers = figures_flow.guided_by_layer(point)
    assert next(iter(layers)) == "Al"
    balance = float(result.device_solution.charge_balance[point.index])
    assert sum(layers.values()) == pytest.approx(float(result.emission.guided[point.index]) * balance)


def test_devices_beside_one_another_have_one_scale(results):
    figure = draw("flow", results)
    with house_style():
        figure.canvas.draw()
    heights = []
    for panel, axes in enumerate(figure.axes):
        whole = sum(start for (source, _), (start, _) in widths(figure, panel).items() if source == INJECTED)
        up, down = axes.transData.transform([(0.0, 0.0), (0.0, whole)])
        heights.append(up[1] - down[1])
    assert heights == pytest.approx([heights[0]] * 3, rel=0.02)


def test_losses_of_charge_without_light_are_the_parts_of_the_current(results):
    point = figures_flow.point_of_flow(results["dark"])
    links = figures_flow.links_of(point)
    assert {link.source for link in links} <= {INJECTED, EXCITONS}
    whole = float(sum_of_parts(point.solution, "current_density")[point.index])
    assert sum(link.share for link in links if link.source == INJECTED) == pytest.approx(
        whole / float(point.solution.current_density[point.index]), rel=1e-6
    )


def test_a_voltage_can_be_chosen(results):
    figure = draw("flow", {"own": results["own"]}, voltage=3.1)
    assert "3.00 V" in figure.axes[0].get_title(loc="left")
    assert "flow" not in kinds_of(replace(results["own"], device_solution=None))


@pytest.mark.parametrize("name", ["paper", "own", "dark"])
def test_labels_neither_overlap_nor_leave_the_figure(results, name):
    figure = draw("flow", {name: results[name]})
    with house_style():
        figure.canvas.draw()
    texts = [item for item in figure.findobj(Text) if item.get_text().strip() and item.get_visible()]
    boxes = [item.get_window_extent() for item in texts]
    for (one, first), (other, second) in combinations(zip(texts, boxes), 2):
        assert not first.padded(-1.0).overlaps(second.padded(-1.0)), (one.get_text(), other.get_text())
    for item, box in zip(texts, boxes):
        assert min(box.x0, box.y0) >= 0.0, item
        assert max(box.x1 - figure.bbox.x1, box.y1 - figure.bbox.y1) <= 0.0, item


@given(st.lists(st.tuples(st.floats(0.0, 100.0), st.floats(0.1, 10.0)), min_size=1, max_size=12))
def test_labels_are_spread_without_overlap_and_stay_where_there_is_room(items):
    wanted = np.sort(np.array([place for place, _ in items]))
    lengths = np.array([length for _, length in items])
    found = spread(wanted, lengths)
    between = 0.5 * (lengths[1:] + lengths[:-1])
    assert np.all(np.diff(found) >= between - 1e-9)
    if np.all(np.diff(wanted) >= between):
        np.testing.assert_allclose(found, wanted, atol=1e-9)
    assert np.mean(found) == pytest.approx(np.mean(wanted), abs=1e-9)
    limited = spread(wanted, lengths, 50.0)
    assert limited[0] - 0.5 * lengths[0] >= 50.0 - 1e-9
    assert np.all(np.diff(limited) >= between - 1e-9)
