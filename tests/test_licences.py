"""No distribution that halodot brings with it, in any extra, is under the GPL or the LGPL."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

#: what may be: iminuit is MIT with Minuit2 under the LGPL, linked by itself; the rest of an extra is for tests alone
EXCEPTIONS = {
    "iminuit": "MIT AND LGPL-2.1-or-later, agreed on for its intervals",
    "docutils": "public domain and BSD; what is under the GPL is a mode for Emacs, which its wheel does not hold",
}
EXTRAS = ("", "materials", "lab", "app", "cluster", "optimise", "suggest")
_COPYLEFT = re.compile(r"\b(?:A|L)?GPL|GNU (?:Affero |Lesser |Library )?(?:General|GENERAL)")


def required(found: Distribution, extra: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the names and extras that a distribution asks for, in an extra or always."""
    from packaging.requirements import Requirement

    names = []
    for text in found.requires or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            names.append((requirement.name, tuple(requirement.extras)))
    return names


def tree(name: str, extra: str) -> dict[str, Distribution]:
    """Return every distribution that an extra brings, by name."""
    found: dict[str, Distribution] = {}
    ahead = [(name, (extra,))]
    seen = set()
    while ahead:
        one, extras = ahead.pop()
        for chosen in extras or ("",):
            if (one, chosen) in seen:
                continue
            seen.add((one, chosen))
            try:
                found[one] = distribution(one)
            except PackageNotFoundError:
                continue  # for another system or Python
            ahead += [(item, more or ("",)) for item, more in required(found[one], chosen)]
    return found


def licence(found: Distribution) -> str:
    """Return what a distribution's metadata say of its licence."""
    told = [found.metadata.get("License-Expression") or "", (found.metadata.get("License") or "").splitlines()[:1]]
    told += [item for item in found.metadata.get_all("Classifier") or [] if item.startswith("License")]
    return " | ".join(str(item) for item in told if item)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_brings_no_copyleft(extra: str) -> None:
    brought = tree("halodot", extra)
    assert "numpy" in brought
    wrong = {name: licence(one) for name, one in brought.items() if _COPYLEFT.search(licence(one))}
    assert set(wrong) - set(EXCEPTIONS) == set(), wrong


def test_the_words_of_copyleft_are_found() -> None:
    for text in ("GPL-3.0-or-later", "License :: OSI Approved :: GNU Lesser General Public License v3", "LGPLv3+"):
        assert _COPYLEFT.search(text)
    assert not _COPYLEFT.search("License :: OSI Approved :: BSD License")
