"""Every value that passes between two stages, in the order in which light is made, one file a stage.

All numbers are SI floats (energies in eV below vacuum where they are levels, potentials in V), all arrays are
read-only, empty_array here has behaviour. ``nan`` marks a quantity that does not exist for this object.
"""

from halodot.arrays import Array as Array
from halodot.arrays import BoolArray as BoolArray
from halodot.arrays import IntArray as IntArray
from halodot.states.ageing import Ageing as Ageing
from halodot.states.declare import array as array
from halodot.states.declare import choice as choice
from halodot.states.declare import empty_array as empty_array
from halodot.states.declare import number as number
from halodot.states.declare import parts_of as parts_of
from halodot.states.declare import replaced as replaced
from halodot.states.declare import state as state
from halodot.states.declare import sum_of_parts as sum_of_parts
from halodot.states.device import DeviceSolution as DeviceSolution
from halodot.states.device import SolveRecord as SolveRecord
from halodot.states.dots import Dots as Dots
from halodot.states.film import Film as Film
from halodot.states.flask import Dispersion as Dispersion
from halodot.states.flask import Flask as Flask
from halodot.states.flask import Interpretation as Interpretation
from halodot.states.flask import ShellRecord as ShellRecord
from halodot.states.layer import MOBILITY_LAWS as MOBILITY_LAWS
from halodot.states.layer import PART_OF as PART_OF
from halodot.states.layer import PARTS as PARTS
from halodot.states.layer import Ions as Ions
from halodot.states.layer import Layer as Layer
from halodot.states.layer import LayerOptics as LayerOptics
from halodot.states.layer import Recombination as Recombination
from halodot.states.layer import Transport as Transport
from halodot.states.layer import Traps as Traps
from halodot.states.layer import make_layer as make_layer
from halodot.states.layer import property_of as property_of
from halodot.states.layer import with_properties as with_properties
from halodot.states.light import Emission as Emission
from halodot.states.light import Optics as Optics
from halodot.states.measure import Dataset as Dataset
from halodot.states.notes import NOTE_KINDS as NOTE_KINDS
from halodot.states.notes import Note as Note
from halodot.states.perovskite import Perovskite as Perovskite
from halodot.states.recipe import CHEMICAL_ROLES as CHEMICAL_ROLES
from halodot.states.recipe import Chemical as Chemical
from halodot.states.recipe import Recipe as Recipe
from halodot.states.recipe import Step as Step
from halodot.states.stack import STATED as STATED
from halodot.states.stack import Contact as Contact
from halodot.states.stack import Emitter as Emitter
from halodot.states.stack import Interface as Interface
from halodot.states.stack import Stack as Stack
from halodot.states.stack import anode_is_below as anode_is_below
from halodot.states.stack import emitter_index as emitter_index
from halodot.states.stack import emitting_layer as emitting_layer
from halodot.states.stack import interface_above as interface_above
from halodot.states.stack import make_stack as make_stack
from halodot.states.stack import stated_default as stated_default
from halodot.states.stack import stated_layers as stated_layers
from halodot.states.stack import stated_value as stated_value
from halodot.states.stack import with_stated as with_stated
