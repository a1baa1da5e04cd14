"""The derivatives of the ways out: through the substrate's face, a half sphere or the last film, and back again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from halodot.compiled import kernel, part
from halodot.light.adjoint import (
    AIR_DOWN,
    AIR_UP,
    BY_ADMITTANCE,
    BY_PERMITTIVITY,
    BY_THICKNESS,
    DEVICE,
    INSIDE,
    RETURNED,
    TO_SUBSTRATE,
    TO_TOP,
    AdjointWorkspace,
    add_adjoint,
    clear_adjoint,
    emitter_absorption_adjoint,
    move_to_absorbing_emitter,
    reflection_adjoint,
    set_admittance,
    transmission_adjoint,
)
from halodot.light.channels import InPlaneWave
from halodot.light.multilayer import (
    ADMITTANCE,
    ATTENUATION,
    KZ,
    PHASE,
    SPHERE,
    TOP,
    Multilayer,
    abs_sq,
    fresnel_coefficients,
    propagation_phase,
    reciprocal,
    substrate_transmittance,
)


class _Passage(NamedTuple):
    """One passage through the substrate."""

    left: float  # intensity that it leaves
    by_permittivity: complex  # derivatives of the logarithm of that
    by_thickness: float


class _Face(NamedTuple):
    """The outer face of the substrate, and light that comes back from it any number of times."""

    outside: float  # admittance of air
    over: complex  # 1/(Y + Y_a) with the admittance Y of the substrate
    transmission: complex  # Fresnel coefficient from inside
    reflectance: float  # intensity |r|^2 that the face reflects, with the passages to it and back
    by_reflectance: complex  # its derivative by the substrate's permittivity
    device: float  # intensity that the device reflects to the face
    gain: float  # 1/(1 - reflectance device)
    by_device: complex  # derivative of the logarithm of the gain by the amplitude that the device reflects
    returned: float  # intensity that comes back to the device, for unit intensity that the dipole sends down
    by_permittivity: complex  # its derivatives by the substrate, where the field that arrives is held
    by_thickness: float


@kernel
def exit_adjoint(
    multilayer: Multilayer,
    point: InPlaneWave,
    polarisation: int,
    self_absorbed: bool,
    to_substrate: float,
    to_top: float,
    workspace: AdjointWorkspace,
) -> tuple[float, float, float]:
    """Write the derivatives of the shares of the dipole's light that reach air and that the emitter takes back.

    The workspace is left with the absorbing emitter in the place of the other.

    Args:
        multilayer: stack and dipoles.
        point: wave number.
        polarisation: 0 for s, 1 for p.
        self_absorbed: whether to follow what the emitter absorbs.
        to_substrate: intensity of the field there for unit intensity that the dipole sends down.
        to_top: intensity in the last layer for unit intensity that the dipole sends up.
        workspace: with the derivatives of the fields that the two intensities belong to.

    Returns:
        Power in air [k0] for unit intensity that the dipole sends down, and up, and what the emitter absorbs of the
        light that comes back from the substrate for unit intensity sent down.
    """
    w, e, wave, adjoints = point.wavelength_index, multilayer.emitter, workspace.wave, workspace.adjoints
    last = wave.shape[1] - 1
    clear_adjoint(adjoints[AIR_DOWN])
    clear_adjoint(adjoints[AIR_UP])
    clear_adjoint(adjoints[RETURNED])
    up = wave[ADMITTANCE, last].real * to_top
    if up > 0.0:
        add_adjoint(2.0 * up + 0.0j, adjoints[TO_TOP], adjoints[AIR_UP])
        adjoints[AIR_UP, BY_PERMITTIVITY, last] += to_top * workspace.chain[BY_ADMITTANCE, last]
    adjoints[TO_SUBSTRATE, BY_THICKNESS, 0] = 0.0  # the substrate's thickness acts by what a passage leaves alone
    if point.kappa_sq >= (multilayer.permittivity[w, 0].real if multilayer.exit == SPHERE else 1.0):
        return 0.0, up, 0.0
    passage = _passage(wave[KZ, 0], multilayer.substrate_thickness[w])
    if multilayer.exit == SPHERE:
        return _enter_sphere(workspace, passage, to_substrate), up, 0.0
    wave[KZ, e] = point.damped_kz
    wave[PHASE, e], wave[ATTENUATION, e] = propagation_phase(point.damped_kz, 2.0 * multilayer.thickness[w, e])
    set_admittance(multilayer.emitter_permittivity[w], multilayer.thickness[w, e], e, polarisation, workspace)
    device = reflection_adjoint(workspace, last, 0, DEVICE)
    move_to_absorbing_emitter(adjoints[DEVICE], e)
    face = _substrate_face(workspace, passage, np.sqrt(1.0 - point.kappa_sq), device, to_substrate)
    returned = 0.0
    if self_absorbed:
        taken = emitter_absorption_adjoint(workspace, e)
        returned = _add_returned(workspace, face, taken, 1.0, RETURNED)
    if multilayer.exit == TOP:
        return _leave_at_top(workspace, face, e), up, returned
    return _leave_at_face(workspace, passage, face, to_substrate), up, returned


@part
def _passage(kz: complex, thickness: float) -> _Passage:
    """Return one passage through the substrate, from its normal wave number and thickness."""
    left = substrate_transmittance(kz, thickness)
    if left > 0.0:
        return _Passage(left, 1j * thickness * reciprocal(kz), -2.0 * kz.imag)
    return _Passage(left, 0.0j, 0.0)


@part
def _enter_sphere(workspace: AdjointWorkspace, passage: _Passage, to_substrate: float) -> float:
    """Write the derivatives of the power in a half sphere for unit intensity that the dipole sends down; return it."""
    adjoints, chain, inside = workspace.adjoints, workspace.chain, workspace.wave[ADMITTANCE, 0]
    down = inside.real * to_substrate * passage.left
    add_adjoint(2.0 * down + 0.0j, adjoints[TO_SUBSTRATE], adjoints[AIR_DOWN])
    by_admittance = to_substrate * passage.left * chain[BY_ADMITTANCE, 0]
    adjoints[AIR_DOWN, BY_PERMITTIVITY, 0] += by_admittance + down * passage.by_permittivity
    adjoints[AIR_DOWN, BY_THICKNESS, 0] += down * passage.by_thickness
    return float(down)


@part
def _substrate_face(
    workspace: AdjointWorkspace, passage: _Passage, outside: float, device: complex, to_substrate: float
) -> _Face:
    """Return what the face of the substrate does to light, where ``device`` is the reflection of the films."""
    inside, both_ways = workspace.wave[ADMITTANCE, 0], passage.left * passage.left
    by_inside, by_passage = workspace.chain[BY_ADMITTANCE, 0], passage.by_permittivity
    over = reciprocal(inside + outside)
    r, t = fresnel_coefficients(inside, outside + 0.0j)
    reflectance = both_ways * abs_sq(r)
    by_reflectance = 4.0 * both_ways * outside * np.conj(r) * over * over * by_inside + 2.0 * reflectance * by_passage
    gain = 1.0 / (1.0 - reflectance * abs_sq(device))
    returned = to_substrate * gain * reflectance
    return _Face(
        outside,
        over,
        t,
        reflectance,
        by_reflectance,
        abs_sq(device),
        gain,
        2.0 * reflectance * gain * np.conj(device),
        returned,
        to_substrate * gain * gain * by_reflectance,
        2.0 * returned * gain * passage.by_thickness,
    )


@kernel
def _add_returned(workspace: AdjointWorkspace, face: _Face, share: float, order: float, row: int) -> float:
    """Write the derivatives of what becomes of light that comes back from the face, and return it.

    Args:
        workspace: with the derivatives of the share in the row ``INSIDE``.
        face: of the substrate.
        share: of unit intensity from the substrate.
        order: 1 where ``INSIDE`` holds derivatives of the share, twice the share where those of a field's logarithm.
        row: of the adjoints that is added to.
    """
    adjoints = workspace.adjoints
    value = face.returned * share
    add_adjoint(2.0 * value + 0.0j, adjoints[TO_SUBSTRATE], adjoints[row])
    add_adjoint(face.by_device * value, adjoints[DEVICE], adjoints[row])
    add_adjoint(face.returned * order + 0.0j, adjoints[INSIDE], adjoints[row])
    adjoints[row, BY_PERMITTIVITY, 0] += face.by_permittivity * share
    adjoints[row, BY_THICKNESS, 0] += face.by_thickness * share
    return value


@part
def _leave_at_top(workspace: AdjointWorkspace, face: _Face, e: int) -> float:
    """Write the derivatives of the power that comes back and leaves through the last film, and return it."""
    adjoints, wave, last = workspace.adjoints, workspace.wave, workspace.wave.shape[1] - 1
    intensity = transmission_adjoint(workspace, last, 0, INSIDE)
    move_to_absorbing_emitter(adjoints[INSIDE], e)
    share = wave[ADMITTANCE, last].real * intensity
    down = _add_returned(workspace, face, share, 2.0 * share, AIR_DOWN)
    adjoints[AIR_DOWN, BY_PERMITTIVITY, last] += face.returned * intensity * workspace.chain[BY_ADMITTANCE, last]
    return down


@part
def _leave_at_face(workspace: AdjointWorkspace, passage: _Passage, face: _Face, to_substrate: float) -> float:
    """Write the derivatives of the power that leaves through the face of the substrate, and return it."""
    adjoints, inside, by_inside = workspace.adjoints, workspace.wave[ADMITTANCE, 0], workspace.chain[BY_ADMITTANCE, 0]
    down = to_substrate * face.gain * passage.left * face.outside * abs_sq(face.transmission)
    add_adjoint(2.0 * down + 0.0j, adjoints[TO_SUBSTRATE], adjoints[AIR_DOWN])
    add_adjoint(face.by_device * down, adjoints[DEVICE], adjoints[AIR_DOWN])
    slope = face.by_reflectance * face.device * face.gain + passage.by_permittivity
    slope += 2.0 * face.outside * reciprocal(inside) * face.over * by_inside
    adjoints[AIR_DOWN, BY_PERMITTIVITY, 0] += down * slope
    by_thickness = passage.by_thickness * (1.0 + 2.0 * face.reflectance * face.device * face.gain)
    adjoints[AIR_DOWN, BY_THICKNESS, 0] += down * by_thickness
    return down
