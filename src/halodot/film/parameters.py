"""Parameters of the film stage; values and provenance are in library/parameters/film.yaml."""

from __future__ import annotations

from halodot.states import number, state


@state
class FilmParameters:
    """Numbers of the film stage."""

    # packing
    interdigitation: float = number("1", "share of two facing ligand shells that slides into one another")
    packing: float = number("1", "share of space that dots with their shells fill", valid="positive")
    nominal_thickness: float = number(
        "m", "mean thickness of the film, for its roughness and thin spots", valid="positive"
    )
    layer_number_spread: float = number("1", "standard deviation of the number of dot layers under a point")
    thin_spot_conductance: float = number("S/m2", "conductance of a spot where the film is thinner than one dot")
    # transport
    temperature: float = number("K", "temperature of the film, in a device that of the device", valid="temperature")
    reference_mobility: float = number(
        "m2/V/s", "mobility of a film of equal dots with the reference size and gap", valid="positive"
    )
    reference_edge_length: float = number("m", "edge length of the dots of the reference film", valid="positive")
    reference_gap: float = number("m", "gap between the dots of the reference film")
    tunnelling_decay: float = number("1/m", "decay of the hopping rate with the gap")
    carrier_share: float = number("1", "share of the spread of the exciton energy that one carrier sees")
    # optics
    ligand_index: float = number("1", "refractive index of what lies between the cores")
    red_shift: float = number("eV", "emission energy in solution less that in the film", valid="any")
    # levels and recombination
    ligand_permittivity: float = number(
        "1", "static relative permittivity of what lies between the cores", valid="permittivity"
    )
    states_per_dot: float = number("1", "transport states of one carrier on a dot", valid="positive")
    visited_dots: float = number(
        "1", "dots that an exciton sees in one radiative lifetime, 1 if it stays on its own", valid="positive"
    )
    face_velocity: float = number("m/s", "speed at which a face of the film outside a device takes excitons")
