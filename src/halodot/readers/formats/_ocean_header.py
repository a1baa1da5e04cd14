"""Headers of Ocean Optics text files: the same settings in the words of four programs and several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from halodot.readers.numbers import number
from halodot.readers.settings import iso_date, setting

#: seconds; the program writes the unit into the label of the integration time
_TIMES = {
    "usec": 1e-6,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "µsec": 1e-6,
    "msec": 1e-3,
    "ms": 1e-3,
    "sec": 1.0,
    "s": 1.0,
}
_UNIT = re.compile(r"\(([^()]*)\)\s*$")
#: labels by what they mean, in lower case; the first that is found in a label counts
_LABELS: Mapping[str, str] = {
    "date": r"date\b|fecha|datum|data\b|日時|日期|날짜",
    "operator": r"user|usuario|benutzer|utilisateur|utente|ﾕｰｻﾞ|ユーザ|用户",
    "serial_number": r"spectrometers?(?: serial number)?$|espectr.metros?$|spektrometer|spectrom.tres?$|分光器|光谱仪",
    "scans": r"spectra averaged|scans to average|promedi|mittel|moyenn|ｽﾍﾟｸﾄﾙ平均|スペクトル平均|平均扫描",
    "boxcar": r"boxcar|alisar|平滑化|平滑",
    "nonlinearity_corrected": r"non[- ]?lin[eé]ar|no linealidad|nichtlinear|非線形",
    "stray_light_corrected": r"stray light|luz (?:difusa|perdida)|streulicht|迷光",
    "dark_corrected": r"electric(?:al)? dark|oscuridad el|暗電流補正|elektrisch|électrique",
    "dark_present": r"dark spectrum|espectro oscuro|ﾀﾞｰｸｽﾍﾟｸﾄﾙ|ダークスペクトル",
    "reference_present": r"reference spectrum|espectro de (?:la )?referencia|ﾘﾌｧﾚﾝｽｽﾍﾟｸﾄﾙ|リファレンススペクトル",
    "model": r"spectrometer type",
    "axis": r"xaxis mode",
    "pixels": r"pixel|p[ií]xeles|ﾋﾟｸｾﾙ|ピクセル|像素",
}
_YES = ("yes", "true", "enabled", "on", "sí", "si", "s?", "ja", "oui", "はい", "是")
_NO = ("no", "false", "disabled", "off", "nein", "non", "いいえ", "否")
#: models by the first letters of the serial number
_MODELS = {
    "USB2+": "USB2000+",
    "USB4": "USB4000",
    "HR4": "HR4000",
    "HR+": "HR2000+",
    "MAYP": "Maya2000 Pro",
    "JAZ": "Jaz",
    "FLM": "Flame",
    "QEB": "QE65000",
    "QEP": "QE Pro",
}
#: offsets of the zones that a Java program writes, where the letters mean one zone only
_ZONES = {
    "GMT": "+00:00",
    "UTC": "+00:00",
    "WET": "+00:00",
    "WEST": "+01:00",
    "CET": "+01:00",
    "CEST": "+02:00",
    "EET": "+02:00",
    "EEST": "+03:00",
    "JST": "+09:00",
    "EDT": "-04:00",
    "PDT": "-07:00",
    "PST": "-08:00",
}
_JAVA_DATE = re.compile(r"(\w{3} \w{3} +\d+ \d+:\d+:\d+)(?: ([A-Z]{2,5})(?:([+-]\d\d:\d\d))?)? (\d{4})")


def meanings(header: Mapping[str, str]) -> dict[str, str]:
    """Return what a header says, by the words of `_LABELS`, ``time`` with seconds, and the rest left out.

    Args:
        header: label to text, both as written.
    """
    found: dict[str, str] = {}
    for label, text in header.items():
        if unit := _TIMES.get(_unit(label)):
            seconds = number(_first(text), decimal_comma=True) * unit
            found.setdefault("time", repr(seconds))
            continue
        for meaning, pattern in _LABELS.items():
            if re.search(pattern, label.casefold()):
                found.setdefault(meaning, text)
                break
    return found


def settings(found: Mapping[str, str]) -> dict[str, str | float]:
    """Return the metadata that a header gives.

    Args:
        found: as `meanings` returns it.
    """
    metadata: dict[str, str | float] = {}
    serial = found.get("serial_number", "").strip()
    model = found.get("model", "").strip() or model_of(serial)
    texts = {
        "instrument": f"Ocean Optics {model}".strip(),
        "serial_number": serial,
        "operator": found.get("operator", "").strip(),
        "date": java_date(found.get("date", "")),
    }
    metadata |= {word: text for word, text in texts.items() if text}
    seconds = float(found.get("time", "nan"))
    if seconds > 0.0:
        metadata["integration_time"] = seconds
    for word in ("scans", "boxcar"):
        value = number(_first(found.get(word, "")))
        if value >= 0.0:
            metadata[word] = setting(word, max(value, 1.0) if word == "scans" else value)
    for word in ("dark_corrected", "nonlinearity_corrected", "stray_light_corrected"):
        if (answer := yes(found.get(word, ""))) is not None:
            metadata[word] = float(answer)
    return metadata


def model_of(serial: str) -> str:
    """Return the model that a serial number begins with, empty where its letters are not known."""
    return next((name for start, name in _MODELS.items() if serial.startswith(start)), "")


def yes(text: str) -> bool | None:
    """Return what a yes or no says in the languages of the programs, None where it is neither."""
    word = _first(text).casefold()
    return True if word in _YES else (False if word in _NO else None)


def java_date(text: str) -> str:
    """Return a date as Java or OOIBase32 writes it as ISO 8601, with the zone where its letters mean one only."""
    match = _JAVA_DATE.fullmatch(" ".join(text.split()))
    if match is None:
        return iso_date(text, "%m-%d-%Y, %H:%M:%S", "%Y-%m-%d %H:%M:%S")
    stamp = iso_date(f"{match[1]} {match[4]}", "%a %b %d %H:%M:%S %Y")
    return stamp + (match[3] or _ZONES.get(match[2] or "", "")) if stamp else ""


def _unit(label: str) -> str:
    match = _UNIT.search(label)
    return match[1].strip().casefold() if match else ""


def _first(text: str) -> str:
    """Return the first word of a value: the serial number of the spectrometer may follow."""
    return text.split()[0] if text.split() else ""
