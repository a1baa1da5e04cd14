"""Where the light of a stack goes, and what leaves the device."""

from __future__ import annotations

from halodot.arrays import Array
from halodot.states.declare import array, empty_array, number, state
from halodot.states.notes import Note


@state
class Optics:
    """Where the power of a dipole goes, by wavelength and position in the emitting layer.

    Every power is in units of what the same dipole would radiate in an infinite medium of the emitter's real index,
    averaged over the dipoles' orientations. air + substrate + guided + back + sum(absorbed) = power, each from its
    own integral. What the emitter itself absorbs stands in its rows of ``absorbed`` and ``guided_absorbed``.
    """

    wavelength: Array = array("m", "wavelength")
    position: Array = array("m", "position")  # height above the lower interface of the emitting layer
    layer_names: tuple[str, ...]
    power: Array = array("1", "wavelength", "position")  # (wavelength, position), the Purcell factor
    air: Array = array("1", "wavelength", "position", part_of="power")  # out through the side that is viewed
    substrate: Array = array("1", "wavelength", "position", part_of="power")  # trapped in the substrate
    guided: Array = array(
        "1", "wavelength", "position", part_of="power"
    )  # in-plane wave number above the substrate's: guides and plasmon
    back: Array = array("1", "wavelength", "position", part_of="power")  # out through the side that is not viewed
    absorbed: Array = array(
        "1", "layer", "wavelength", "position", part_of="power"
    )  # (layer, wavelength, position), below the substrate's wave number
    guided_absorbed: Array = array(
        "1", "layer", "wavelength", "position", part_of="guided"
    )  # (layer, wavelength, position), how guided splits
    radiance_angle: Array = array("rad", "angle")  # polar angle in air
    radiance: Array = array(
        "1/sr", "wavelength", "position", "angle"
    )  # (wavelength, position, angle), integrates to air
    outcoupling: Array = array("1", "position")  # (position,), emission-weighted air / power
    purcell: Array = array("1", "position")  # (position,), emission-weighted power
    balance_error: float = number("1", "largest relative difference between power and the sum of its channels")
    notes: tuple[Note, ...] = ()


@state
class Emission:
    """The light that leaves the device at every voltage."""

    voltage: Array = array("V", "voltage")
    current_density: Array = array("A/m2", "voltage")
    wavelength: Array = array("m", "wavelength")
    el: Array = array(
        "1/m2/s/m", "voltage", "wavelength"
    )  # (voltage, wavelength), photons into air per unit wavelength
    luminance: Array = array("cd/m2", "voltage")  # normal to the surface
    eqe: Array = array("1", "voltage")  # photons into air per electron
    eqe_lambertian: Array = array("1", "voltage")  # what forward luminance alone would suggest
    outcoupling: Array = array("1", "voltage")  # photons into air per radiative decay
    exciton_yield: Array = array("1", "voltage")  # radiative decays per exciton
    cie_x: Array = array("1", "voltage")
    cie_y: Array = array("1", "voltage")
    el_peak: Array = array("m", "voltage")
    el_fwhm: Array = array("m", "voltage")
    current_efficiency: Array = array("cd/A", "voltage")
    luminous_efficacy: Array = array("lm/W", "voltage")  # of the electrical power
    # photon budget per exciton, (voltage,) or (layer, voltage); they add up to 1
    layer_names: tuple[str, ...]
    air: Array = array("1", "voltage", part_of="exciton")
    substrate: Array = array("1", "voltage", part_of="exciton")
    guided: Array = array("1", "voltage", part_of="exciton")
    back: Array = array("1", "voltage", part_of="exciton")
    absorbed: Array = array("1", "layer", "voltage", part_of="exciton")
    nonradiative: Array = array("1", "voltage", part_of="exciton")
    balance_error: float = number("1", "largest difference of the photon budget from 1")
    # more of the forward light's colour
    cie_u: Array = array("1", "voltage", default_factory=empty_array)  # CIE 1976 u'
    cie_v: Array = array("1", "voltage", default_factory=empty_array)  # CIE 1976 v'
    dominant_wavelength: Array = array("m", "voltage", default_factory=empty_array)
    rec_2020: Array = array("1", "voltage", default_factory=empty_array)  # share of the gamut that this red leaves
    # far field in air; the first angle is along the normal
    lambertian_factor: Array = array("1", "voltage", default_factory=empty_array)  # pi luminance / luminous exitance
    radiance_angle: Array = array("rad", "angle", default_factory=empty_array)
    angular_luminance: Array = array("cd/m2", "voltage", "angle", default_factory=empty_array)
    angular_u: Array = array("1", "voltage", "angle", default_factory=empty_array)  # CIE 1976 u'
    angular_v: Array = array("1", "voltage", "angle", default_factory=empty_array)  # CIE 1976 v'
    # what wavelengths and positions leave of error, relative; nan where it is not known
    luminance_error: Array = array("1", "voltage", default_factory=empty_array)
    notes: tuple[Note, ...] = ()
