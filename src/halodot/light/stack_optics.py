"""From a stack of layers to the optical environment of its emitter."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from halodot.arrays import ComplexArray
from halodot.errors import ValidityError
from halodot.light.budget import CONE, GUIDED, TRAPPED, Budget, absorber_distance, photon_budget, radiance
from halodot.light.index import refractive_index
from halodot.light.multilayer import PLANAR, SPHERE, TOP, Multilayer
from halodot.light.quadrature import trapezoid
from halodot.light.remarks import remarks
from halodot.states import Array, Emitter, Layer, Optics, Stack

THICKEST_FILM = 1e-4  # m, beyond which a layer is a half-space or an incoherent plate
MISSED_PHOTONS = 0.01  # share of the emitter's photons that may lie outside the wavelengths of the optics
THINNEST_SUBSTRATE = 1e-5  # m, a substrate thinner than this would not be incoherent
OPAQUE_THICKNESS = 1e30  # depth of a half-space, in units of 1/k0
NEAREST_DIPOLE = 5e-11  # m, a dipole closer than this to an absorbing layer has no finite power in a local theory
Detail = Literal["layers", "channels"]
ANGLES = np.radians(np.linspace(0.0, 90.0, 19))


def dipole_emission(stack: Stack, wavelength: Array, position: Array, budget: Detail = "layers") -> Optics:
    """Return where the power of the emitter's dipoles goes, by wavelength and position.

    The dipoles radiate in coherent thin films between a thick substrate and what lies behind the last film (air, or
    the last layer if it is thicker than 0.1 mm). Light crosses the substrate incoherently, any number of times, and
    t = exp(-2 Im kz d) of it is left after one passage: inside the escape cone a power P that enters the substrate
    gives

        air = P t T_ga/(1 - t^2 R_ga R_device),

    and the part P t^2 R_ga/(1 - t^2 R_ga R_device) that falls back on the films is absorbed in them, or leaves through
    the back, as the same plane wave would be. Beyond the escape cone t P reaches the outer face and is ``substrate``,
    trapped by it. What the substrate absorbs on these ways is its row of ``absorbed``; of a metal, or of a substrate
    without a thickness that absorbs at all, that is everything. Light whose in-plane wave number exceeds the
    substrate's is ``guided``. With ``outcoupling`` "half_sphere" all light in the substrate is
    ``air``, seen at its angle in the glass; with ``emission_side`` "top", ``air`` and ``radiance`` are those of
    the last film and ``back`` is the light that leaves through the substrate.

    The dipole's power is that in an emitter of its real index, since a complex one has no finite power. What the other
    layers and the outside get of it is that of the stack with the emitter's extinction, which is finite and needs no
    rule; the emitter takes the rest, which is its part of the power less what its extinction takes from the others.

    Args:
        stack: substrate first, exactly one layer of the role "emitter".
        wavelength: (wavelength,) vacuum wavelengths [m].
        position: (position,) heights above the lower interface of the emitting layer [m].
        budget: "channels" leaves out how guided light splits by layer (``guided_absorbed`` is nan), in half the time;
            only for an emitter without extinction.

    Returns:
        Powers in units of the same dipole's in an infinite medium of the emitter's real index.

    Raises:
        ValidityError: a stack without emitter or substrate, a position outside the emitter, missing optical constants,
            or an option that the stack does not allow.
        ConvergenceError: the channels of some wavelength do not add up to the dipole's power within 1e-6. A gap of
            more than 1e-8 is given with a note.
    """
    _, source = emitting_layer(stack)
    check_options(stack, budget)
    wavelength, position = increasing_axis(wavelength), increasing_axis(position)
    multilayer = make_multilayer(stack, wavelength, position, orientation(source.horizontal_fraction), exit_of(stack))
    split = budget == "layers"
    if not split and np.any(multilayer.emitter_permittivity.imag > 0.0):
        raise ValidityError('an emitter that absorbs its own light needs the budget "layers"')
    return _optics(stack, wavelength, position, photon_budget(multilayer, split), radiance(multilayer, ANGLES), split)


def check(stack: Stack, wavelength: Array, position: Array) -> None:
    """Refuse what :func:`dipole_emission` and :func:`halodot.light.emit` would refuse, before anything is solved.

    Args:
        stack: with its emitter.
        wavelength: (wavelength,) of the optics [m].
        position: (position,) heights above the lower interface of the emitting layer [m].

    Raises:
        ValidityError: the stack, an option, the optical constants or the wavelengths do not serve.
    """
    _, source = emitting_layer(stack)
    check_options(stack, "layers")
    make_multilayer(
        stack, increasing_axis(wavelength), increasing_axis(position), orientation(source.horizontal_fraction)
    )
    check_window(source, wavelength)


def check_window(emitter: Emitter, wavelength: Array) -> None:
    """Refuse wavelengths of the optics that leave out a part of the emitter's photons.

    Args:
        emitter: with its spectrum.
        wavelength: of the optics [m], (wavelength,).

    Raises:
        ValidityError: more than 1 % of them lie outside.
    """
    missed = missed_photons(emitter, wavelength)
    if missed > MISSED_PHOTONS:
        low, high = float(np.min(wavelength)), float(np.max(wavelength))
        peak = emitter.wavelength[np.argmax(emitter.spectrum)] * 1e9
        raise ValidityError(
            f"the wavelengths of the optics, {low * 1e9:.1f}-{high * 1e9:.1f} nm,"
            f" miss {100 * missed:.1f} % of the emitter's photons, which peak at {peak:.1f} nm: widen run.wavelength"
        )


def missed_photons(emitter: Emitter, wavelength: Array) -> float:
    """Return the share of the emitter's photons outside some wavelengths.

    Args:
        emitter: with its spectrum.
        wavelength: [m], (wavelength,).

    Returns:
        Share [1], 0 for a single line.

    Raises:
        ValidityError: there are no photons at all.
    """
    order = np.argsort(emitter.wavelength)
    grid = emitter.wavelength[order]
    if grid.size < 2:
        return 0.0
    low, high = float(np.min(wavelength)), float(np.max(wavelength))
    seen = (grid >= low * (1 - 1e-9)) & (grid <= high * (1 + 1e-9))
    weight = emitter.spectrum[order] * trapezoid(grid)
    total = float(weight.sum())
    if not total > 0.0:
        raise ValidityError("the emitter has no spectrum: it emits at no wavelength")
    return 1.0 - float(weight[seen].sum()) / total


def check_options(stack: Stack, budget: str) -> None:
    """Refuse a side, an outcoupling or a detail of the budget that the optics do not know or the stack does not allow.

    Args:
        stack: device with its ``emission_side`` and ``outcoupling``.
        budget: "layers" or "channels".

    Raises:
        ValidityError: an unknown word, or a view from the top with a thick lid or with a half sphere.
    """
    for name, value, options in (
        ("emission_side", stack.emission_side, ("bottom", "top")),
        ("outcoupling", stack.outcoupling, ("planar", "half_sphere")),
        ("budget", budget, ("layers", "channels")),
    ):
        if value not in options:
            raise ValidityError(f"{name} must be {options[0]} or {options[1]}, not {value!r}")
    if stack.emission_side == "top" and _thick_back(stack):
        raise ValidityError(
            f"a device viewed from the top needs air behind its last film, but {stack.layers[-1].name!r} is thicker"
            " than 0.1 mm"
        )
    if stack.emission_side == "top" and stack.outcoupling == "half_sphere":
        raise ValidityError("the half sphere lies on the substrate: view the device from the bottom")


def exit_of(stack: Stack) -> int:
    """Return where the light that counts as ``air`` comes out of a stack: PLANAR, SPHERE or TOP."""
    if stack.outcoupling == "half_sphere":
        return SPHERE
    return TOP if stack.emission_side == "top" else PLANAR


def orientation(horizontal_fraction: float) -> Array:
    """Return the moment's shares that drive s waves, p waves in the plane, and p waves across it.

    Args:
        horizontal_fraction: of the dipoles' moment [1], 2/3 for isotropic ones.

    Returns:
        Shares [1], (3,).

    Raises:
        ValidityError: the fraction lies outside 0 to 1.
    """
    if not 0.0 <= horizontal_fraction <= 1.0:
        raise ValidityError(f"the horizontal fraction of the dipoles must lie in 0-1, not {horizontal_fraction:g}")
    return np.array([horizontal_fraction, horizontal_fraction, 1.0 - horizontal_fraction])


def emitting_layer(stack: Stack) -> tuple[int, Emitter]:
    """Return the number of the emitting layer and its emitter, after checking that the stack can be computed.

    Raises:
        ValidityError: no or several emitting layers, no thick substrate, or a layer without a finite thickness.
    """
    found = [number for number, layer in enumerate(stack.layers) if layer.role == "emitter"]
    if len(found) != 1 or stack.emitter is None:
        raise ValidityError(
            f"the optics need exactly one layer with the role emitter and its emission; the stack has {len(found)}"
            + ("" if stack.emitter else " and states no emission")
        )
    least = THINNEST_SUBSTRATE if stack.layers[0].role == "substrate" else THICKEST_FILM
    if found[0] == 0 or not stack.layers[0].thickness > least:
        raise ValidityError(
            f"light leaves through a thick substrate: the first layer, {stack.layers[0].name!r}, must be thicker than"
            f" {least * 1e3:g} mm or infinite and must not emit"
        )
    films = stack.layers[1:-1] if _thick_back(stack) else stack.layers[1:]
    for layer in films:
        if not 0.0 < layer.thickness <= THICKEST_FILM:
            raise ValidityError(
                f"layer {layer.name!r} is {layer.thickness * 1e3:g} mm thick: layers between the substrate and the last"
                " one are coherent films of more than 0 and at most 0.1 mm"
            )
    return found[0], stack.emitter


def make_multilayer(stack: Stack, wavelength: Array, position: Array, moment: Array, exit: int = PLANAR) -> Multilayer:
    """Return the stack in units of 1/k0, with air behind a thin last layer.

    Args:
        stack: substrate first, exactly one layer of the role "emitter".
        wavelength: vacuum wavelengths [m], (wavelength,).
        position: heights above the lower interface of the emitting layer [m], (position,).
        moment: shares of the moment [1], (3,), from :func:`orientation`.
        exit: PLANAR, SPHERE or TOP.

    Raises:
        ValidityError: a position outside the emitting layer or on the surface of an absorbing one.
    """
    emitter, _ = emitting_layer(stack)
    _check_positions(stack.layers[emitter], position)
    indices = layer_indices(stack.layers, wavelength)
    absorbing = indices[emitter] ** 2
    indices[emitter].imag = 0.0
    thickness = np.array([layer.thickness for layer in stack.layers])
    thickness[0] = 0.0
    if _thick_back(stack):
        thickness[-1] = 0.0
    else:
        thickness = np.append(thickness, 0.0)
        indices = np.vstack((indices, np.ones(wavelength.size)))
    k = 2.0 * np.pi / wavelength
    permittivity = np.ascontiguousarray((indices**2).T)
    multilayer = multilayer_of(permittivity, np.outer(k, thickness), np.outer(k, position), emitter, moment, absorbing)
    multilayer = multilayer._replace(
        exit=exit, substrate_thickness=plate_depth(stack.layers[0].thickness, indices[0], wavelength)
    )
    if np.any(absorber_distance(multilayer) < k * NEAREST_DIPOLE):
        raise ValidityError(
            "an emission position lies on the surface of an absorbing layer, within 0.05 nm of it, where a dipole's"
            " energy transfer has no finite value in a theory without atoms: choose positions inside the emitting"
            " layer, such as the centres of slices"
        )
    return multilayer


def multilayer_of(
    permittivity: ComplexArray,
    thickness: Array,
    height: Array,
    emitter: int,
    moment: Array,
    emitter_permittivity: ComplexArray | None = None,
) -> Multilayer:
    """Return a multilayer whose substrate is a half-space: nothing that absorbs lies on the way to its outer face.

    Args:
        permittivity: [1], (wavelength, layer), that of the emitter without absorption.
        thickness: [1/k0], (wavelength, layer), 0 for the two half-spaces.
        height: [1/k0], (wavelength, position).
        emitter: number of the emitting layer.
        moment: shares of the moment [1], (3,), from :func:`orientation`.
        emitter_permittivity: of the absorbing emitter [1], (wavelength,); by default it does not absorb.

    Returns:
        See :class:`Multilayer`.
    """
    index = np.sqrt(permittivity[:, emitter, np.newaxis].real)
    scale = np.stack([np.broadcast_to(1.0 / index, permittivity.shape), index / permittivity])
    return Multilayer(
        permittivity=permittivity,
        admittance_scale=np.ascontiguousarray(scale),
        thickness=thickness,
        height=height,
        emitter=emitter,
        moment=moment,
        emitter_permittivity=permittivity[:, emitter].copy() if emitter_permittivity is None else emitter_permittivity,
        exit=PLANAR,
        substrate_thickness=np.zeros(thickness.shape[0]),
    )


def plate_depth(thickness: float, index: ComplexArray, wavelength: Array) -> Array:
    """Return the thickness of a plate in units of 1/k0, without a thickness 0 where it is clear.

    Args:
        thickness: [m], inf for a plate without one.
        index: complex index [1], (wavelength,).
        wavelength: [m], (wavelength,).

    Returns:
        Thickness [1/k0], (wavelength,).
    """
    endless = np.where(index.imag > 0.0, OPAQUE_THICKNESS, 0.0)
    return np.asarray(2.0 * np.pi * thickness / wavelength if math.isfinite(thickness) else endless)


def layer_indices(layers: tuple[Layer, ...], wavelength: Array) -> ComplexArray:
    """Return the complex index of every layer.

    Args:
        layers: with their tables or formulas.
        wavelength: [m], (wavelength,).

    Returns:
        n + ik [1], (layer, wavelength).
    """
    return np.array([refractive_index(layer, wavelength) for layer in layers])


def spectral_weights(emitter: Emitter, wavelength: Array) -> Array:
    """Return each wavelength's share of the emitter's photons, by the trapezoidal rule.

    Args:
        emitter: with its spectrum.
        wavelength: [m], (wavelength,).

    Returns:
        Shares [1], (wavelength,), whose sum is 1.

    Raises:
        ValidityError: the emitter does not emit at any of the wavelengths.
    """
    order = np.argsort(emitter.wavelength)
    spectrum = np.interp(wavelength, emitter.wavelength[order], emitter.spectrum[order], left=0.0, right=0.0)
    weights = spectrum * trapezoid(wavelength)
    total = float(weights.sum())
    if not total > 0.0:
        low, high = wavelength.min() * 1e9, wavelength.max() * 1e9
        raise ValidityError(f"the emitter does not emit between {low:.1f} and {high:.1f} nm")
    return np.asarray(weights / total)


def increasing_axis(values: Array) -> Array:
    """Return wavelengths or positions as floating-point numbers, once they are seen to form an axis.

    Args:
        values: axis [m], (point,) or a single number.

    Returns:
        A copy [m], (point,).

    Raises:
        ValidityError: values that do not increase, are not finite or have another number of dimensions than one.
    """
    result = np.array(values, dtype=np.float64, ndmin=1)
    finite = result.ndim == 1 and result.size > 0 and bool(np.all(np.isfinite(result)))
    if not finite or np.any(np.diff(result) <= 0.0):
        raise ValidityError("wavelengths and positions must be finite, increasing, one-dimensional and not empty")
    return result


def _check_positions(layer: Layer, position: Array) -> None:
    if np.any(position < 0.0) or np.any(position > layer.thickness):
        raise ValidityError(
            f"emission positions run from {position.min() * 1e9:.2f} to {position.max() * 1e9:.2f} nm, outside the"
            f" emitting layer {layer.name!r} of {layer.thickness * 1e9:.2f} nm"
        )


def _thick_back(stack: Stack) -> bool:
    return len(stack.layers) > 2 and stack.layers[-1].thickness > THICKEST_FILM and stack.layers[-1].role != "emitter"


def _optics(stack: Stack, wavelength: Array, position: Array, budget: Budget, radiances: Array, split: bool) -> Optics:
    _, source = emitting_layer(stack)
    count = len(stack.layers)
    inside, guided = budget.by_layer[:, CONE] + budget.by_layer[:, TRAPPED], budget.by_layer[:, GUIDED]
    absorbed, guided_absorbed = (np.moveaxis(part[..., :count], -1, 0).copy() for part in (inside, guided))
    back, absorbed[0] = inside[..., -1].copy(), budget.absorbed
    if _thick_back(stack):
        if np.any(layer_indices(stack.layers[-1:], wavelength).imag > 0.0):
            back[:] = 0.0
        else:
            absorbed[-1] = 0.0
    if not split:
        guided_absorbed[:] = np.nan
    air = budget.air
    if stack.emission_side == "top":
        air, back = back, air
    share = spectral_weights(source, wavelength)
    return Optics(
        wavelength=wavelength,
        position=position,
        layer_names=tuple(layer.name for layer in stack.layers),
        power=budget.power,
        air=air,
        substrate=budget.trapped,
        guided=guided.sum(axis=-1) + budget.unsplit,
        back=back,
        absorbed=absorbed,
        guided_absorbed=guided_absorbed,
        radiance_angle=ANGLES.copy(),
        radiance=radiances,
        outcoupling=(share @ air) / (share @ budget.power),
        purcell=share @ budget.power,
        balance_error=float(budget.error.max()),
        notes=remarks(stack, wavelength, position, budget),
    )


def absorbed_by_layer(flux: Array, origin: int, layers: int) -> Array:
    """Return what each layer takes out of the flux through its two interfaces.

    Args:
        flux: energy flux away from the layer ``origin`` [any unit], (wavelength, position, interface).
        origin: layer in which the light starts, which takes nothing here.
        layers: number of layers of the stack; the last interface may be the one to the medium behind it.

    Returns:
        Absorbed power [same unit], (layer, wavelength, position).
    """
    result = np.zeros((layers, *flux.shape[:-1]))
    for layer in range(1, layers):
        if layer < origin:
            result[layer] = flux[..., layer] - flux[..., layer - 1]
        elif origin < layer < flux.shape[-1]:
            result[layer] = flux[..., layer - 1] - flux[..., layer]
    return result
