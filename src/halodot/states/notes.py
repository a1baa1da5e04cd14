"""Remarks that results carry."""

from __future__ import annotations

from dataclasses import dataclass

#: What a note is about. assumed: a default that changes the result; unlikely: an implausible value; missing physics:
#: what the model leaves out; accuracy: numerical error; extrapolated: outside calibration or a table; not followed:
#: something written that the model ignores; corrected: an input that was moved; other library: not of the shipped one.
NOTE_KINDS = (
    "assumed",
    "unlikely",
    "missing physics",
    "accuracy",
    "extrapolated",
    "not followed",
    "corrected",
    "other library",
)


@dataclass(frozen=True)
class Note:
    """A remark that a result carries: what it leaves out, assumes, extrapolates or finds unlikely, and what to do."""

    kind: str  # one of NOTE_KINDS
    text: str  # whole sentences: what, why it matters, what to do
    where: str = ""  # path in the study, such as device.layers.PTAA.thickness

    def __str__(self) -> str:
        """The sentence behind its place."""
        return f"{self.where}: {self.text}" if self.where else self.text
