"""One grammar names the numbers of a study."""

from __future__ import annotations

import pytest

from halodot import paths
from halodot.paths import LayerPath, StepPath
from halodot.study import load


def test_a_layer_is_named_or_counted() -> None:
    assert paths.layer_of("device.layers.PO-T2T.thickness") == LayerPath("PO-T2T", -1, "thickness")
    assert paths.layer_of("device.layers[3].hole_mobility") == LayerPath("", 3, "hole_mobility")
    assert paths.layer_of(paths.layer_path("a.b", "thickness")) == LayerPath("a.b", -1, "thickness")
    assert paths.layer_of("device.area") is None


def test_a_line_of_the_procedure_is_counted() -> None:
    assert paths.step_of("recipe.pot[3].mass") == StepPath("pot", "", 3, "mass", False)
    assert paths.step_of("recipe.stocks.oleyl amine[2].volume") == StepPath("stocks", "oleyl amine", 2, "volume", False)
    assert paths.step_of("recipe.work_up[0].wash.methyl acetate") == StepPath("work_up", "", 0, "methyl acetate", True)
    assert paths.chemical_of("recipe.chemicals.1,2-ethanedithiol.purity") == ("1,2-ethanedithiol", "purity")


@pytest.mark.parametrize("name", ["paper-0.2", "device-only", "6_psc_ions_steady"])
def test_every_number_of_a_study_is_named_by_the_grammar(name: str) -> None:
    for path in load(name).inputs:
        assert paths.present(path) == path
        readings = (paths.step_of, paths.chemical_of, paths.layer_of, paths.emitter_word, paths.device_word)
        found = [reading for reading in readings if reading(path)]
        assert len(found) == (1 if paths.root_of(path) in ("recipe", "device") else 0), path
