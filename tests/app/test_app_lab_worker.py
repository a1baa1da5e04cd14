"""The process that looks at files: it says how far it is, goes on after a stop, and says what is wrong in words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from halodot.app.lab.places import places_of
from halodot.app.lab.worker import LabWorker
from halodot.errors import InputError


def test_looks_are_told_stopped_and_taken_up_again(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    lines = "".join(f"{580 + x}\t{1000 if 60 < x < 70 else 10}\n" for x in range(140))
    (tmp_path / "lab" / "PL.txt").write_text("Wavelength (nm)\tCounts\n" + lines, encoding="utf-8")
    told: list[str] = []

    async def used() -> None:
        worker = LabWorker(tmp_path, told.append)
        going = asyncio.ensure_future(worker.look())
        while worker._process is None:
            await asyncio.sleep(0.01)
        worker.stop()
        with pytest.raises(InputError, match="was stopped"):
            await going
        view = await worker.look()
        assert [item.method for item in view.items] == ["pl"]
        assert "read 1 of 1 files" in told
        places_of(tmp_path).plan.write_text("samples: [", encoding="utf-8")
        with pytest.raises(InputError):
            await worker.look()
        with pytest.raises(InputError):
            await worker.pictures("x", "dark")
        worker.close()

    asyncio.run(used())
