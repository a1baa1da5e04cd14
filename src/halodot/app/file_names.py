"""Names that a browser gives to files: what may become a path below a folder of ours, and what is refused."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PurePosixPath

from halodot.errors import InputError

#: bytes of one part and of the whole, which every file system takes
LONGEST_PART, LONGEST_NAME, DEEPEST = 180, 600, 12
#: endings of files that readers know, also where a reader only says how to export them, and of tables and plans
_ENDINGS = """
0ld abs abs8 asc asp avg bmp brml cif csv cur dat di dm3 dm4 ds3 dx emd emi ems emsa fs fxye gsa gsas gwy hhd ht2
ht3 ibw irr irr8 jaz jcamp jdx jpeg jpg jpk jpk-qi-data json l6m l6s log master mda mdt msa ngb ngb-bs3 ngb-ds3 ngb-dsu
ngb-ss3 ngb-sv3 ngs nhf nid npl ods ogs opdx opj opju out phd phu plu plux png prn pro procspec pt2 pt3 ptu pxt
pyris rad8 ras rasx raw raw8 rd rir roh scope sda sdf sdt seq ser set sif sp spa spc spe spg spm srs ss3 ssirrad ssm
stp sxm t3r tab tat text thd tif tiff tit tom top trm trm8 trt tsv ttt txt udf uxd vgd vms wdf xls xlsm xlsx xml
xrdml xy xye yaml yml zip
"""
KINDS = frozenset(_ENDINGS.split())
_NUMBERED = re.compile(r"[0-9]{1,4}\Z")  # of Nanoscope and OPUS
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?\Z", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
#: Windows takes none of them in a name
_UNUSUAL = re.compile(r'[<>:"|?*]')


def safe_name(text: str) -> PurePosixPath:
    """Return the path below a folder that a file may have which a browser named so.

    What only Windows would refuse becomes "_"; what would lead out of the folder, or hide in it, is refused.

    Args:
        text: such as "2026-03-04/JVL/A1.txt".

    Returns:
        A path that leads nowhere else on any system, spelled in one way.

    Raises:
        InputError: it is no such name; with the reason.
    """
    spelled = unicodedata.normalize("NFC", text).replace("\\", "/")
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in spelled):
        raise _refused(text, "it holds control characters")
    if spelled.startswith("/") or _DRIVE.match(spelled):
        raise _refused(text, "it leads to another place of the disk")
    parts = [_part(part, text) for part in spelled.split("/")]
    if len(parts) > DEEPEST:
        raise _refused(text, f"it lies deeper than {DEEPEST} folders")
    if len("/".join(parts).encode("utf-8")) > LONGEST_NAME:
        raise _refused(text, "it is too long")
    return PurePosixPath(*parts)


def _part(part: str, whole: str) -> str:
    """Return one part of a name as it is kept."""
    unseen = "".join(letter for letter in part if unicodedata.category(letter) != "Cf")
    # letters that were taken away may have kept others apart
    kept = unicodedata.normalize("NFC", _UNUSUAL.sub("_", unseen)).strip(" ")
    if kept in ("", ".", ".."):
        raise _refused(whole, "it holds an empty part, or one that leads to another folder")
    if kept.startswith("."):
        raise _refused(whole, "it is hidden")
    kept = kept.rstrip(". ")
    if _DEVICE.match(kept):
        raise _refused(whole, f"{kept} is a device of Windows")
    if len(kept.encode("utf-8")) > LONGEST_PART:
        raise _refused(whole, "it is too long")
    return kept


def check_kind(name: PurePosixPath) -> None:
    """Refuse a file that no reader knows by its ending.

    Raises:
        InputError: with what to do.
    """
    ending = name.suffix.lower().removeprefix(".")
    if ending not in KINDS and not _NUMBERED.match(ending):
        what = f"files that end in .{ending}" if ending else "files without an ending"
        raise InputError(
            f"{name.name}: {what} are of no kind that is read; export the measurement as text (.txt or .csv)"
        )


def place_below(folder: Path, name: PurePosixPath) -> Path:
    """Return where a file goes below a folder, once nothing on the way leads elsewhere.

    Args:
        folder: of the files.
        name: as `safe_name` gives it.

    Raises:
        InputError: there is a link or a file on the way, or the same name in other letters.
    """
    place = folder
    if place.is_symlink():
        raise InputError("the folder of the files is a link to another place; remove it and reload the page")
    for number, part in enumerate(name.parts, 1):
        same = _same_in_other_letters(place, part)
        if same:
            raise InputError(f"{name}: there is {same} already, which some systems take for the same name; rename one")
        place = place / part
        if place.is_symlink():
            raise InputError(f"{name}: {part} is a link to another place; remove it, or choose another name")
        if number < len(name.parts) and place.exists() and not place.is_dir():
            raise InputError(f"{name}: {part} is a file already, and cannot be a folder as well; rename one")
    if place.is_dir():
        raise InputError(f"{name}: there is a folder of this name already; rename the file")
    return place


def _same_in_other_letters(folder: Path, part: str) -> str:
    """Return an entry of a folder that differs from a name in capitals alone."""
    if not folder.is_dir() or (folder / part).exists():
        return ""
    wanted = unicodedata.normalize("NFC", part).casefold()
    entries = (entry.name for entry in folder.iterdir())
    return next((name for name in entries if unicodedata.normalize("NFC", name).casefold() == wanted), "")


def _refused(text: str, why: str) -> InputError:
    return InputError(f"{ascii(text)[1:-1][:80]}: no file can be kept under this name: {why}; rename it")
