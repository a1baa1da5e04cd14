"""A finding sent into a study, where it takes the place of what the model would compute."""

from __future__ import annotations

from dataclasses import dataclass, replace

from halodot.errors import InputError
from halodot.lab.given import Given, given_of, with_given
from halodot.lab.outcome import Outcome


@dataclass(frozen=True)
class Giving:
    """What of a study a finding can be given to, or why to nothing."""

    given: Given | None
    why_not: str = ""


def giving(outcome: Outcome, place: int) -> Giving:
    """Return what of a study a finding can be given to.

    Args:
        outcome: of one analysis.
        place: of the finding among those of the outcome.
    """
    finding = outcome.findings[place]
    found = given_of([replace(outcome, findings=(finding,))])
    if found:
        return Giving(found[0])
    sound = replace(finding, bound="", warnings=(), measured_fraction=1.0)
    if not given_of([replace(outcome, findings=(sound,), warnings=())]):
        return Giving(None)
    if finding.bound:
        return Giving(None, f"it is {finding.bound} this, and a study takes a value")
    if finding.measured_fraction < 1.0:
        return Giving(None, "it is extrapolated")
    return Giving(None, "it carries a warning; set the choices so that there is none")


def findings_as_given(study: str, finding: Giving) -> str:
    """Return the text of a study that is given a finding; the rest of it stays as it is, with its comments.

    Args:
        study: text of the study, YAML.
        finding: as a look at the folder shows it.

    Raises:
        InputError: no study can be given it, or its section ``given`` stands in one line.
    """
    if finding.given is None:
        raise InputError(f"this is not given to a study: {finding.why_not or 'no state of a study holds it'}")
    return with_given(study, [finding.given])
