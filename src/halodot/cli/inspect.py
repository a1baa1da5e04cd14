"""``halodot inspect``: what a file of an instrument holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halodot.cli.console import print_table, progress
from halodot.cli.options import Overwrite
from halodot.outputs import check_new_file, write_text

if TYPE_CHECKING:
    import numpy as np
    import xarray

RawPath = Annotated[Path, typer.Argument(metavar="FILE", help="A file as an instrument or its program wrote it.")]
ReaderName = Annotated[str, typer.Option(help="Read as this format, without recognising it.")]
ColumnWords = Annotated[
    str, typer.Option(help="What the columns are: 'wavelength (nm), intensity', or the name or path of a map.")
]


_BARS = " ▁▂▃▄▅▆▇█"
_SHAPE = 32  # letters that show how a curve goes


def inspect(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A file of an instrument.")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw it, as .png and .svg.")] = None,
    header: Annotated[bool, typer.Option("--header", help="Print all that the file's header says.")] = False,
    reader: ReaderName = "",
    columns: ColumnWords = "",
    save_map: Annotated[str, typer.Option(help="Save what the columns are under this name, for files like it.")] = "",
    overwrite: Overwrite = False,
) -> None:
    """Show what a file of an instrument holds: quantities, units, settings, a figure; without a file, all formats."""
    if file is None:
        _print_formats()
        return
    from halodot.readers import read
    from halodot.readers.exports import header as rest
    from halodot.readers.exports import settings

    if figure is not None:
        from halodot.report.style import files_of

        for place in files_of(figure):
            check_new_file(place, overwrite, [file])
    data = read(file, reader, columns or None)
    print_table("", ("setting", "value"), settings(data).items())
    print_table("", ("quantity", "points", "from", "to", "unit", "shape"), _ranges(data))
    if header:
        print_table("", ("header", "value"), rest(data).items())
    for kind in ("warnings", "notes"):
        for line in str(data.attrs[kind]).splitlines():
            progress(f"{kind[:-1]}: {line}")
    if figure is not None:
        from halodot.report.figures_instrument import instrument_figure
        from halodot.report.style import save

        for path in save(instrument_figure(data), figure):
            progress(f"drawn in {path}")
    if save_map:
        _save_map(file, columns, save_map, overwrite)


def _print_formats() -> None:
    from halodot.readers.recognise import readers

    print_table("", ("reader", "format"), sorted((reader.name, reader.title) for reader in readers()))


def _save_map(file: Path, columns: str, name: str, overwrite: bool) -> None:
    """Write what the columns of a file are into the user's folder."""
    from halodot.readers.column_maps import ColumnMap, map_of, place_of_map
    from halodot.readers.mapped import text_of_map
    from halodot.readers.raw_file import open_raw

    place = place_of_map(name)
    text = text_of_map(open_raw(file), map_of(columns) if columns else ColumnMap())
    place.parent.mkdir(parents=True, exist_ok=True)
    check_new_file(place, overwrite)
    write_text(place, text)
    progress(f"saved in {place}; edit it there")


def _ranges(data: xarray.Dataset) -> Iterator[tuple[str, ...]]:
    """Return the range of every quantity in the units of the file, axes first."""
    import numpy as np

    from halodot.readers import curves, in_units_of_file

    for one in curves(in_units_of_file(data)):
        name = str(one.attrs.get("curve", ""))
        for key, variable in {**one.coords, **one.data_vars}.items():
            if variable.ndim == 0:
                continue
            size = " x ".join(map(str, variable.shape))
            numbers = variable.values
            ends = (str(numbers.flat[0]), str(numbers.flat[-1]))
            if numbers.dtype.kind in "iuf":
                ends = (f"{np.nanmin(numbers):.6g}", f"{np.nanmax(numbers):.6g}")
                if key in one.coords:
                    ends = (f"{numbers[0]:.8g}", f"{numbers[-1]:.8g}")
            unit = str(variable.attrs.get("units", ""))
            shape = _shape(numbers) if variable.ndim == 1 and key in one.data_vars else ""
            yield (f"{key} {name}".strip(), size, *ends, "" if unit == "1" else unit, shape)


def _shape(numbers: np.ndarray) -> str:
    """Return the course of a curve as a row of bars, each the largest of its points."""
    import numpy as np

    if numbers.dtype.kind not in "iuf" or numbers.size < 2:
        return ""
    parts = np.array_split(np.nan_to_num(numbers.astype(float)), min(_SHAPE, numbers.size))
    tops = np.array([part.max() for part in parts])
    spread = float(np.ptp(tops))
    heights = np.rint((tops - tops.min()) / spread * (len(_BARS) - 1)) if spread > 0.0 else np.zeros(tops.size)
    return "".join(_BARS[int(height)] for height in heights)
