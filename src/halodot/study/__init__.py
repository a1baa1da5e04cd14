"""Reads a study: YAML text to typed, sourced values in SI, with the place of everything that is wrong."""

from halodot.study.evidence import Evidence, known_to, places_in
from halodot.study.inputs import with_inputs
from halodot.study.library import load_colour_matching, load_targets_text
from halodot.study.load import from_document, from_text, load, load_library_study, to_document
from halodot.study.model import EmitterNumbers, Run, Study, stated_fates
from halodot.study.places import located
from halodot.study.schema import study_schema

__all__ = [
    "EmitterNumbers",
    "Evidence",
    "Run",
    "Study",
    "from_document",
    "from_text",
    "known_to",
    "load",
    "load_colour_matching",
    "load_library_study",
    "load_targets_text",
    "located",
    "places_in",
    "stated_fates",
    "study_schema",
    "to_document",
    "with_inputs",
]
