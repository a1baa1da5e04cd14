"""What is asked of the engine and what it answers; both are sent between processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from halodot.errors import Problem

if TYPE_CHECKING:  # a page starts without them; its processes need them
    from halodot.report.measured import Points


@dataclass(frozen=True)
class Request:
    """What is to be shown."""

    serial: int  # of what the page shows; it never falls
    text: str  # the study as YAML
    folder: str = ""  # where the files that it names are found, empty for none
    changes: tuple[str, ...] = ()  # "path=value" on top of the text, as --set takes them
    preview: bool = False  # on reduced grids
    panels: tuple[str, ...] = ()  # names of those that are visible
    tables: tuple[str, ...] = ()  # names of panels whose numbers are shown too
    voltage: float | None = None  # of the bands [V], None for that of the highest EQE
    pins: tuple[tuple[str, str], ...] = ()  # name and text of studies to compare with
    reported: tuple[tuple[str, float], ...] = ()  # marks [SI] by the name of the summary
    measured: tuple[tuple[str, Points], ...] = ()  # points of samples by their name
    theme: str = "light"  # or "dark"


Table = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]  # headings and rows


class Picture(NamedTuple):
    """What a panel shows: as ECharts takes it, in a sentence, and as a table where it is asked for."""

    option: Mapping[str, Any]
    text: str
    table: Table | None = None


class Origin(NamedTuple):
    """An input that a number rests on."""

    path: str  # in a study
    called: str  # in words
    value: str  # as text with its unit
    kind: str  # assumed | calibrated | literature | measured
    source: str


class Number(NamedTuple):
    """A number that stands first."""

    name: str  # of the quantity of the summary; luminance, current, el, pl and cie stand for more than one
    label: str  # in words
    text: str  # rounded
    unit: str  # as it is printed, empty for a pure number
    value: float | None  # SI, None where the number is none of the summary
    sd: float | None  # SI, None where it is not known
    role: str  # given | calibrated | predicted
    where: str = ""  # it holds, or what belongs to it: "at 3.1 V", "FWHM 34 nm"
    spread: str = ""  # "± 2.5", "12 to 24"
    depends_on: tuple[Origin, ...] = ()  # all inputs that can reach it, the least certain first; of exact frames alone


@dataclass(frozen=True)
class Frame:
    """The answer to a request.

    Every panel is JSON already, so that what forwards it need not read it: a panel whose bytes are those that a
    browser shows need not be sent to it.
    """

    serial: int  # of the request
    exact: bool  # False: on reduced grids
    seconds: float  # that it took
    panels: Mapping[str, bytes] = field(default_factory=dict)  # name -> ECharts option, or {"empty": why} as JSON
    texts: Mapping[str, str] = field(default_factory=dict)  # name of a panel -> what it shows, in a sentence
    tables: Mapping[str, Table] = field(default_factory=dict)  # name of a panel -> its numbers
    numbers: tuple[Number, ...] = ()
    summary: Mapping[str, float] = field(default_factory=dict)  # every number that was computed [SI]
    notes: tuple[str, ...] = ()  # the gravest first
    failure: str = ""  # why there is nothing to show
    problems: tuple[Problem, ...] = ()  # of the study, each with its path

    def option(self, name: str) -> Any:
        """Return a panel as dictionaries and lists."""
        return json.loads(self.panels[name])


def encoded(option: Mapping[str, Any]) -> bytes:
    """Return plain values as JSON, what is no number as null."""
    try:
        import orjson
    except ModuleNotFoundError:  # it comes with the page alone
        return json.dumps(option, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return orjson.dumps(option)


def changed_panels(frame: Frame, shown: Mapping[str, bytes]) -> str:
    """Return the panels of a frame that differ from those shown, as the text of one JSON object.

    Args:
        frame: to be shown.
        shown: panels by name, as they were sent before.
    """
    parts = (
        f"{json.dumps(name)}:{option.decode()}" for name, option in frame.panels.items() if shown.get(name) != option
    )
    return f"{{{','.join(parts)}}}"


def replaces(frame: Frame, shown: Frame | None) -> bool:
    """Return whether a frame is to be shown in place of another.

    An older one never is; of the same serial, an exact one in place of any, a preview in place of a preview.
    """
    if shown is None or frame.serial != shown.serial:
        return shown is None or frame.serial > shown.serial
    return frame.exact or not shown.exact
