"""What a protocol is made of, vessels, steps, layers, chemicals and cautions, and the protocol as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from halodot.states import Interpretation
from halodot.study.hazards import NO_HAZARDS, NOT_CLASSIFIED, Hazards, pictogram_names, source_names

#: letters of a line of plain text
WIDTH = 80
#: what stands in place of a source that was not looked up
FROM_MEMORY = "Assumed: from memory, not looked up."


@dataclass(frozen=True)
class Measured:
    """A reagent as it is weighed or pipetted into a vessel."""

    chemical: str
    take: str  # what the balance or the pipette shows, "170 mg" or "39.9 µL (67.9 mg)"
    about: str  # what that is: "0.369 mmol", with the equivalents that were asked for
    mass: float  # of the reagent [kg], nan where it is not known
    volume: float  # of the reagent [m3], nan for what is weighed alone
    amount: float  # of the compound [mol], nan where it is not known
    where: str = ""  # path of the step
    estimated: bool = False  # whether it rests on the volume of a dispersion that is to be measured


@dataclass(frozen=True)
class ProtocolStep:
    """One line of work, in the order of the bench."""

    number: int
    text: str
    note: str = ""  # what the study says beside the step
    readings: tuple[Interpretation, ...] = ()  # where the text of the recipe can be read in more than one way
    remarks: tuple[str, ...] = ()  # what the check of the study says of the step
    where: str = ""


@dataclass(frozen=True)
class Stage:
    """A vessel, or a part of the work, with its own list of what to have ready."""

    title: str
    part: str  # stocks | pot | work_up | film
    measured: tuple[Measured, ...]
    steps: tuple[ProtocolStep, ...]
    contents: str = ""  # volume and concentrations


@dataclass(frozen=True)
class LayerLine:
    """A layer of the device as far as the study states it."""

    name: str
    thickness: str
    kind: str  # of the number: measured, literature, calibrated, assumed
    about: str = ""


@dataclass(frozen=True)
class Supply:
    """A chemical to have at hand for the whole protocol, and its hazards."""

    chemical: str
    formula: str
    cas: str
    total: str
    purity: str
    hazards: Hazards | None


@dataclass(frozen=True, repr=False)
class Protocol:
    """A recipe as a person works it at the bench, for one size of batch; printed, it is plain text."""

    title: str
    study: str  # name of the study
    scale: float  # by which every amount of the study is multiplied
    batch: str  # how the size was asked for, empty for the study's own
    supplies: tuple[Supply, ...]
    stages: tuple[Stage, ...]
    device: tuple[LayerLine, ...]
    readings: tuple[Interpretation, ...]  # those that concern no single step
    remarks: tuple[str, ...]  # of the check of the study, those that concern no single step
    cautions: tuple[str, ...]
    sources: tuple[str, ...]  # keys of the bibliography: of the recipe and of the hazards

    def __repr__(self) -> str:
        """Which recipe it is, for which batch, and how much there is: three lines."""
        steps = sum(len(stage.steps) for stage in self.stages)
        lines = (
            f"Protocol {self.title!r}: {size_of(self)[0].lower()}{size_of(self)[1:]}",
            f"{len(self.supplies)} chemicals, {steps} steps in {len(self.stages)} parts, {len(self.device)} layers",
            "print it for the text; halodot protocol --out FILE.html writes the page",
        )
        return "\n  ".join(lines)

    def __str__(self) -> str:
        """The protocol as plain text, 80 letters wide."""
        return "\n".join(_lines(self)) + "\n"


def size_of(protocol: Protocol) -> str:
    """Return how large the batch is, as a sentence."""
    if protocol.scale == 1.0:
        return "Batch: as the study states it."
    asked = f", for {protocol.batch}" if protocol.batch else ""
    return f"Batch: every mass and volume is {protocol.scale:.6g} times that of the study{asked}."


def reading_text(reading: Interpretation) -> str:
    """Return how an ambiguous text was read, what else it could mean, and why that matters, as sentences."""
    others = f" It could also be: {'; '.join(reading.alternatives)}." if reading.alternatives else ""
    return f"How the text is read ({reading.name}): {reading.taken}.{others} {reading.note}".replace("degC", "°C")


def label_of(hazards: Hazards | None) -> str:
    """Return signal word and pictograms of a label; what is said where there are none."""
    if hazards is None:
        return NO_HAZARDS[0].upper() + NO_HAZARDS[1:] + "."
    if not hazards.statements:
        return NOT_CLASSIFIED[0].upper() + NOT_CLASSIFIED[1:] + "."
    names = pictogram_names()
    signs = ", ".join(f"{code} {names[code]}" for code in hazards.pictograms) or "no pictogram"
    return f"{hazards.signal.capitalize() if hazards.signal != 'none' else 'No signal word'}: {signs}."


def origin_of(hazards: Hazards) -> str:
    """Return where a classification is from, with the word assumed where it was not looked up."""
    about = f" {hazards.about}" if hazards.about else ""
    if hazards.kind == "assumed":
        return f"{FROM_MEMORY}{about}"
    return f"Source: {source_names().get(hazards.source, hazards.source)}.{about}"


def _lines(protocol: Protocol) -> Iterator[str]:
    yield from (protocol.title, "=" * min(len(protocol.title), WIDTH), "")
    yield from _folded(f"Protocol of the study {protocol.study}. {size_of(protocol)}")
    for text in protocol.cautions:
        yield from _folded(f"! {text}", 2)
    yield from _headed("Have ready")
    for supply in protocol.supplies:
        what = ", ".join(part for part in (supply.formula, f"CAS {supply.cas or 'not known'}", supply.purity) if part)
        yield from _folded(f"[ ] {supply.chemical}: {supply.total} ({what})", 4)
    for stage in protocol.stages:
        yield from _stage_lines(stage)
    yield from _device_lines(protocol.device)
    general = [*(reading_text(item) for item in protocol.readings), *protocol.remarks]
    if general:
        yield from _headed("Notes")
        for text in general:
            yield from _folded(f"- {text}", 2)
    yield from _headed("Hazards")
    for supply in protocol.supplies:
        yield from _hazard_lines(supply)
    if protocol.sources:
        yield ""
        yield from _folded(f"Sources, by their keys in the bibliography: {', '.join(protocol.sources)}.")


def _stage_lines(stage: Stage) -> Iterator[str]:
    yield from _headed(stage.title)
    for item in stage.measured:
        about = f" = {item.about}" if item.about else ""
        yield from _folded(f"[ ] {item.take} {item.chemical}{about}", 4)
    if stage.contents:
        yield from _folded(stage.contents)
    if stage.measured or stage.contents:
        yield ""
    for step in stage.steps:
        yield from _folded(f"[ ] {step.number}. {step.text}", 4 + len(f"{step.number}. "))
        if step.note:
            yield from _folded(f"    Note of the study: {step.note}", 4)
        for text in (*(reading_text(item) for item in step.readings), *step.remarks):
            yield from _folded(f"    ! {text}", 6)


def _device_lines(layers: Sequence[LayerLine]) -> Iterator[str]:
    if not layers:
        return
    yield from _headed("Device, from the substrate up")
    for layer in layers:
        about = f" {layer.about}" if layer.about else ""
        thickness = f": {layer.thickness} ({layer.kind}).{about}" if layer.thickness else ""
        yield from _folded(f"[ ] {layer.name}{thickness}", 4)


def _hazard_lines(supply: Supply) -> Iterator[str]:
    yield from _folded(f"{supply.chemical}: {label_of(supply.hazards)}", 2)
    if supply.hazards is None:
        return
    for item in supply.hazards.shown:
        yield from _folded(f"  {item.code} {item.text}", 4 + len(item.code))
    yield from _folded(f"  {origin_of(supply.hazards)}", 4)


def _headed(text: str) -> tuple[str, ...]:
    return "", text, "-" * len(text)


def _folded(text: str, indent: int = 0) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)
