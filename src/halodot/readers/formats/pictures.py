"""Pictures: PNG, JPEG, BMP and TIFF, with the scale where a TIFF of a microscope holds one.

The numbers of the pixels are given as they are stored, label images as whole numbers; a picture whose colours are all
alike is one grey image, another one has a variable for each colour. Without a scale the axes count pixels: a scale bar
drawn into a picture is not read.
"""

from __future__ import annotations

import warnings
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halodot.errors import DataError
from halodot.readers.formats._images import ROWS_NOTE, axis, checked_size, spelled
from halodot.readers.formats._scale_tags import NO_SCALE, Scale, scale
from halodot.readers.raw_file import RawFile
from halodot.readers.recording import Curve, Match, Reader, Recording, Values
from halodot.readers.settings import setting

_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG = b"\xff\xd8\xff"
_MODES = {"1", "L", "P", "I", "F", "RGB", "RGBA", "LA", "I;16", "I;16B", "I;16L", "CMYK", "YCbCr", "PA", "RGBX"}
_COLOURS = ("red", "green", "blue")
#: pictures that one TIFF may hold
_MOST_FRAMES = 2000


def _sniff(file: RawFile) -> Match:
    data = file.data
    if data.startswith((_PNG, _JPEG)) or data[:4] in _TIFF:
        return Match.SIGNATURE
    bitmap = data[:2] == b"BM" and len(data) >= 26 and int.from_bytes(data[2:6], "little") == len(data)
    return Match.SIGNATURE if bitmap and data[6:10] == b"\0\0\0\0" else Match.NO


def _read(file: RawFile) -> Recording:
    _check_end(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a bomb of pixels, or a damaged tag
            frames, found, described = _opened(file)
    except (DataError, ImportError):
        raise
    except Exception as error:  # whatever the library raises at a damaged picture
        raise file.refusal(f"the picture is damaged or cut off ({str(error)[:150]})") from error
    notes = [ROWS_NOTE]
    first = frames[0]
    if any(one.keys() != first.keys() or _shape(one) != _shape(first) for one in frames):
        raise file.refusal("the pictures of this file have different sizes or colours; save them one by one")
    rows, columns = _shape(first)
    axes: tuple[Values, ...] = (axis("y", rows, found.y, found.unit), axis("x", columns, found.x, found.unit))
    scaled = axes[1].quantity == "x_position"
    if axes[1].quantity == "x_pixel":
        notes.append("no scale in this file: pixels")
    if len(frames) > 1:
        axes = (Values("frame", np.arange(len(frames)), "1"), *axes)
    signals = []
    for name in first:
        values = np.stack([one[name] for one in frames]) if len(frames) > 1 else first[name]
        signals.append(Values("image_intensity", values, "1", "" if name == "grey" else name))
    metadata: dict[str, str | float] = {}
    if scaled:
        plain, factor = spelled(found.unit)
        metadata["pixel_size"] = setting("pixel_size", found.x * factor, plain)
    if found.program:
        metadata["software"] = found.program
    return Recording(
        "micrograph" if scaled else "image",
        (Curve(axes, tuple(signals)),),
        metadata,
        described | found.header,
        notes=tuple(notes),
    )


def _shape(frame: dict[str, NDArray[Any]]) -> tuple[int, int]:
    rows, columns = next(iter(frame.values())).shape
    return int(rows), int(columns)


def _opened(file: RawFile) -> tuple[list[dict[str, NDArray[Any]]], Scale, dict[str, str]]:
    """Return the channels of each picture, its scale, and its words."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(file.data), formats=("PNG", "JPEG", "BMP", "TIFF")) as picture:
        count = int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1
        if count > _MOST_FRAMES:
            raise file.refusal(f"the file holds {count} pictures; at most {_MOST_FRAMES} are read")
        checked_size(file, count, picture.height, picture.width)
        tags = dict(getattr(picture, "tag_v2", {})) if picture.format == "TIFF" else {}
        found = scale(file, tags) if tags else NO_SCALE
        frames = []
        for number in range(count):
            if number:
                picture.seek(number)
                checked_size(file, count, picture.height, picture.width)
            if _is_reduced(file, picture):
                raise file.refusal("its colours have more than 8 bits, which are not read; save it as a grey picture")
            frames.append(_channels(file, picture))
        described = {"format": str(picture.format), "mode": str(picture.mode)}
        described |= {
            str(key): str(value)[:500] for key, value in picture.info.items() if isinstance(value, (str, int, float))
        }
    return frames, found, described


def _channels(file: RawFile, picture: Any) -> dict[str, NDArray[Any]]:
    if picture.mode not in _MODES:
        raise file.refusal(f"the picture has the mode {picture.mode}, which is not known")
    indices = np.asarray(picture) if picture.mode == "P" else None
    if picture.mode in ("P", "PA"):
        values = np.asarray(
            picture.convert("RGBA" if "transparency" in picture.info or picture.mode == "PA" else "RGB")
        )
    elif picture.mode in ("CMYK", "YCbCr", "RGBX"):
        values = np.asarray(picture.convert("RGB"))
    else:
        values = np.asarray(picture)
    if values.dtype == bool:
        values = values.astype(np.uint8)
    if values.dtype.byteorder == ">":
        values = values.astype(values.dtype.newbyteorder("="))
    if values.ndim == 2:
        return {"grey": values}
    colours = values[..., :1] if values.shape[-1] <= 2 else values[..., :3]
    if colours.shape[-1] == 1 or (
        np.array_equal(colours[..., 0], colours[..., 1]) and np.array_equal(colours[..., 0], colours[..., 2])
    ):
        found = {"grey": np.ascontiguousarray(colours[..., 0])}
    else:
        found = {name: np.ascontiguousarray(colours[..., place]) for place, name in enumerate(_COLOURS)}
    opacity = values[..., -1] if values.shape[-1] in (2, 4) else None
    if opacity is not None and not (opacity == opacity.max()).all():
        found["opacity"] = np.ascontiguousarray(opacity)
    if indices is not None and not ("grey" in found and np.array_equal(indices, found["grey"])):
        found["palette_index"] = indices  # labels of a segmentation are often stored so
    return found


def _is_reduced(file: RawFile, picture: Any) -> bool:
    """Whether the library gives eight bits of a colour that has sixteen."""
    if picture.mode not in ("RGB", "RGBA", "LA", "RGBX"):
        return False
    if picture.format == "PNG":
        return len(file.data) > 24 and file.data[24] > 8
    bits = dict(getattr(picture, "tag_v2", {})).get(258, (8,))
    return bool(max(bits if isinstance(bits, tuple) else (bits,)) > 8)


def _check_end(file: RawFile) -> None:
    """Refuse a PNG whose chunks do not hold, and a JPEG without its end."""
    data = file.data
    if data.startswith(_JPEG) and b"\xff\xd9" not in data[-65536:]:
        raise file.refusal("the JPEG picture has no end; it is cut off", byte=len(data))
    if not data.startswith(_PNG):
        return
    place = len(_PNG)
    while True:
        length, kind = file.unpack(">I4s", place, "a chunk of the PNG picture")
        body = file.unpack(f"{length}s", place + 8, "the content of a chunk")[0] if length < len(data) else None
        if body is None:
            raise file.refusal(f"a chunk of {length} bytes does not fit into the file", byte=place)
        (checked,) = file.unpack(">I", place + 8 + length, "the check sum of a chunk")
        if zlib.crc32(kind + body) != checked:
            raise file.refusal(f"the chunk {kind!r} does not match its check sum", byte=place)
        place += 12 + length
        if kind == b"IEND":
            return


READER = Reader("pictures", "pictures (PNG, JPEG, BMP, TIFF)", _sniff, _read, "pillow")
