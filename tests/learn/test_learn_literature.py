"""Recipes of many papers: reading them, the fit, what leaving papers out tells, and the shipped calibration."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from halodot.errors import DataError
from halodot.flask.nucleation import phase_probabilities
from halodot.learn.literature import calibration, left_out, scores
from halodot.learn.literature.fit import NAMES, Observations, Prior, fit, observe
from halodot.learn.literature.recipes import recipe_of, split
from halodot.learn.literature.rows import COLUMNS, LiteratureRow, conditions_of, read_rows
from halodot.learn.literature.seed import seed_paper
from halodot.learn.literature.whole_flask import make
from halodot.states import Chemical
from halodot.study import library
from halodot.units import to_si

MEASURED = Path(os.environ.get("HALODOT_MEASURED", Path(__file__).parents[3] / "shared" / "measured"))
TABLE = MEASURED / "nc_recipe_dataset_CsPbX3_rows.csv"
PRIOR = Prior(np.array([np.log(9.5e-9), -0.15, 0.1, 2000.0, -0.5, -0.08, 0.17, -0.3]), np.array([0.3, *[0.1] * 7]))


@pytest.fixture(scope="module")
def rows() -> tuple[LiteratureRow, ...]:
    if not TABLE.is_file():
        pytest.skip("the table of published recipes is not here; HALODOT_MEASURED names its folder")
    return read_rows(TABLE)


def made_up(papers: int = 40, each: int = 3, seed: int = 3) -> tuple[Observations, np.ndarray]:
    """Recipes whose ln L follow a known law, with an effect of each paper and a scatter of each row."""
    random = np.random.default_rng(seed)
    count = papers * each
    x = np.column_stack([np.ones(count), *random.uniform(0.0, 1.0, (7, count))])
    x[:, 3] *= 3e-4
    true = np.array([np.log(9e-9), -0.2, 0.15, 3000.0, -0.6, -0.1, 0.3, -0.2])
    paper = np.repeat(np.arange(papers), each)
    log_length = x @ true + random.normal(0.0, 0.2, papers)[paper] + random.normal(0.0, 0.1, count)
    dois = tuple(f"10.0/{index}" for index in range(papers))
    return Observations(x, log_length, np.zeros_like(x), paper, dois), true


# ----------------------------------------------------------------------------------------------------------- the reader


def written(folder: Path, **cells: str) -> Path:
    """A table of one made-up recipe."""
    line = dict.fromkeys(COLUMNS, "0") | {
        "row_in_xlsx": "7",
        "Nanocrystal Composition": "CsPbBr3-1",
        "cationic precursor": "Cs2CO3,OA,ODE",
        "anionic precursor": "PbBr2,OA,OLA,ODE",
        "injection temperature/℃": "170",
        "reaction time/min": "0.5",
        "D/nm": "9",
        "Size distribution/%": "？",
        "shape": "cube",
        "DOI": "https://doi.org/10.0/1",
    }
    amounts = {"Cs2CO3": 0.03, "PbBr2": 0.2, "OA": 1.67, "OLA": 1.52, "ODE": 17.125}
    for index, (word, amount) in enumerate(amounts.items()):
        ending = f".{index}" if index else ""
        line |= {f"additive amount/mmol{ending}": str(amount), f"reactants{ending}": word}
    line |= cells
    quoted = [",".join(f'"{value}"' for value in part) for part in (line, line.values())]
    path = folder / "table.csv"
    path.write_text("\n".join(quoted) + "\n", encoding="utf-8")
    return path


def test_reads_minutes_percent_and_question_marks(tmp_path: Path) -> None:
    (row,) = read_rows(written(tmp_path))
    assert row.time == pytest.approx(30.0)
    assert row.temperature == pytest.approx(443.15)
    assert row.length == pytest.approx(9e-9)
    assert np.isnan(row.spread)
    assert row.doi == "10.0/1"
    assert row.is_cube
    assert row.clean


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("Nanocrystal Composition", "CdSe", "none of CsPbX3"),
        ("D/nm", "nine", "no number"),
        ("reactants.1", "PbS", "reagent 'PbS' is not known"),
    ],
)
def test_says_which_row_cannot_be_read(tmp_path: Path, column: str, cell: str, message: str) -> None:
    with pytest.raises(DataError, match=f"row 7.*{message}"):
        read_rows(written(tmp_path, **{column: cell}))


def test_a_row_that_cannot_be_read_is_left_out_with_a_word_where_that_is_allowed(tmp_path: Path) -> None:
    told: list[str] = []
    assert read_rows(written(tmp_path, **{"reactants.1": "PbS"}), told.append) == ()
    assert "PbS" in told[0]
    (row,) = read_rows(written(tmp_path, **{"additive amount/mmol.1": "？"}))
    assert row.is_cube
    assert calibration.subsets((row,))["all"] == ()


def test_reagents_that_the_table_has_no_word_for_are_those_of_the_library(tmp_path: Path) -> None:
    """By name or alias: zinc bromide brings a foreign cation and two bromides, oleylamine is an amine."""
    (row,) = read_rows(written(tmp_path, **{"reactants.5": "ZnBr2", "additive amount/mmol.5": "0.1"}))
    assert not row.clean
    assert conditions_of(row).bromide == pytest.approx(0.6e-3)
    (other,) = read_rows(written(tmp_path, **{"reactants.3": "OAm"}))
    assert conditions_of(other).amine == pytest.approx(1.52e-3)
    assert conditions_of(other).volume == pytest.approx(conditions_of(row).volume, rel=0.01)


def test_says_what_a_wrong_file_lacks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_rows(tmp_path / "none.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks the columns"):
        read_rows(tmp_path / "other.csv")


def test_pot_and_stock_add_up_and_the_usual_pot_has_five_millilitres(tmp_path: Path) -> None:
    (row,) = read_rows(written(tmp_path))
    parts = split(row)
    for word, amount in row.amounts.items():
        assert parts.pot.get(word, 0.0) + parts.injected.get(word, 0.0) == pytest.approx(amount)
    assert parts.pot["ODE"] == pytest.approx(15.625e-3)  # 5 mL
    assert set(parts.injected) == {"Cs2CO3", "OA", "ODE"}


def test_a_published_recipe_becomes_one_of_halodot(tmp_path: Path) -> None:
    (row,) = read_rows(written(tmp_path))
    names = ("Cs2CO3", "PbBr2", "oleic acid", "oleylamine", "1-octadecene")
    chemicals = {name: Chemical(name, "", "solvent", 0.3) for name in names}
    with pytest.raises(DataError, match="no 1-octadecene"):
        recipe_of(row, {name: chemicals[name] for name in names[:-1]})
    recipe = recipe_of(row, chemicals)
    assert sum(step.amount for step in recipe.pot if step.material == "PbBr2") == pytest.approx(0.2e-3)
    assert [step.kind for step in recipe.pot][-4:] == ["heat", "inject", "hold", "cool"]


def test_the_clean_cubes_of_the_table_are_told_by_their_recipes(rows: tuple[LiteratureRow, ...]) -> None:
    cubes = [row for row in rows if row.is_cube]
    assert len(rows) == 120
    assert len(cubes) == 81
    assert sum(row.clean for row in cubes) == 53
    mixed = {row.number for row in cubes if {"PbI2", "PbBr2"} <= set(row.amounts)}
    assert mixed == {1903}


def test_the_ratio_of_cesium_to_lead_names_most_phases(rows: tuple[LiteratureRow, ...]) -> None:
    """Five of seven recipes of Cs4PbX6, and no perovskite wrongly."""
    told = {row.number: phase_probabilities(conditions_of(row))["Cs4PbX6"] > 0.5 for row in rows}
    other = {row.number for row in rows if row.phase == "Cs4PbX6"}
    assert {number for number, is_other in told.items() if is_other} < other
    assert sum(told[number] for number in other) == 5


# -------------------------------------------------------------------------------------------------------------- the fit


def test_the_fit_finds_a_law_that_it_was_made_from() -> None:
    observations, true = made_up(papers=400)
    wide = Prior(PRIOR.mean, np.array([1.0, 1.0, 1.0, 1e4, 1.0, 1.0, 1.0, 1.0]))
    law = fit(observations, wide, np.ones(8, dtype=bool))
    sd = np.sqrt(np.diag(law.covariance))
    assert np.all(np.abs(law.mean - true) < 3.5 * sd)
    assert law.variance == pytest.approx(0.2**2 + 0.1**2, rel=0.2)


def test_a_paper_counts_once_however_many_rows_it_has() -> None:
    observations, _ = made_up()
    again = np.concatenate([np.arange(120), np.tile(np.arange(3), 20)])
    for name in ("mean", "covariance"):
        one, two = (
            getattr(fit(part, PRIOR, np.ones(8, dtype=bool)), name)
            for part in (observations, observations.chosen(again))
        )
        assert two == pytest.approx(one, rel=1e-9, abs=1e-12)


def test_without_data_that_say_anything_the_prior_stays() -> None:
    observations, _ = made_up(papers=6, each=1)
    narrow = replace(PRIOR, sd=PRIOR.sd * 1e-6)
    assert fit(observations, narrow, np.ones(8, dtype=bool)).mean == pytest.approx(narrow.mean, rel=1e-3)


def test_a_left_out_paper_does_not_enter_its_own_prediction() -> None:
    observations, _ = made_up()
    changed = observations.log_length.copy()
    changed[observations.paper == 4] += 1.0
    one, two = (
        left_out.leave_papers_out(part, left_out.law_of(left_out.SHIPPED, PRIOR))[0]
        for part in (observations, replace(observations, log_length=changed))
    )
    own = observations.paper == 4
    assert np.array_equal(one[own], two[own])
    assert not np.array_equal(one[~own], two[~own])


def test_intervals_of_left_out_papers_cover_what_they_say() -> None:
    observations, _ = made_up(papers=150)
    found = left_out.leave_papers_out(observations, left_out.law_of(left_out.SHIPPED, PRIOR))
    assert 0.92 < scores.score(observations, *found).covered < 0.98


def test_scores_of_a_perfect_and_of_a_constant_prediction() -> None:
    observations, _ = made_up()
    perfect = scores.score(observations, observations.log_length, np.full(120, 0.1))
    assert (perfect.median, perfect.error, perfect.ordered) == (0.0, 0.0, 1.0)
    assert perfect.covered == pytest.approx(1.0)
    assert scores.score(observations, np.full(120, -18.0), np.full(120, 1.0)).ordered == 0.5
    assert scores.probability_better(observations, observations.log_length, np.full(120, -18.0)) == (1.0, 1.0)


def test_anchoring_on_a_row_takes_away_what_a_paper_shares() -> None:
    observations, _ = made_up()
    law = fit(observations, PRIOR, np.ones(8, dtype=bool))
    x = observations.regressors[:3]
    own = Observations(x, x @ law.mean + 0.4, np.zeros_like(x), np.zeros(3, dtype=int), ("a",))
    assert left_out.anchored(own, law, 1.0)[0] == pytest.approx(np.zeros(6), abs=1e-12)
    assert left_out.anchored(own, law, 0.75)[0] == pytest.approx(np.full(6, 0.1))


# ---------------------------------------------------------------------------------------------- the shipped calibration


def shipped() -> dict[str, dict[str, dict[str, str]]]:
    text = (library.ROOT / "calibrations" / "literature.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(text)
    return found


def test_the_shipped_calibration_is_that_of_the_table(rows: tuple[LiteratureRow, ...]) -> None:
    _, entries = library.parameters("flask")
    observations = observe(calibration.subsets(rows)["all"])
    prior = left_out.widened(calibration.prior_of(entries), left_out.SHIPPED)
    law = fit(observations, prior, left_out.SHIPPED.used)
    for name, value in zip(NAMES[1:], law.mean[1:]):
        assert float(shipped()["values"][f"flask.{name}"]["value"].split()[0]) == pytest.approx(value, rel=1e-4)
    assert shipped()["papers"] == list(observations.dois)


def test_papers_left_out_are_predicted_better_than_by_the_baselines(rows: tuple[LiteratureRow, ...]) -> None:
    observations = observe(calibration.subsets(rows)["all"])
    _, entries = library.parameters("flask")
    learners = (left_out.law_of(left_out.SHIPPED, calibration.prior_of(entries)), left_out.constant)
    law, constant = (scores.score(observations, *left_out.leave_papers_out(observations, each)) for each in learners)
    assert law.median < constant.median
    assert law.error < constant.error
    assert law.log_score > constant.log_score
    assert law.ordered > 0.8
    assert 0.90 <= law.covered <= 0.98


def test_no_row_of_the_table_is_shipped() -> None:
    """The table has no licence: the calibration holds fitted numbers, scores and DOIs."""
    assert set(shipped()) == {
        "name", "about", "script", "fitted_to", "values", "correlation", "scatter", "scores", "papers",
    }  # fmt: skip


def test_the_flask_makes_published_recipes_as_large_as_the_law_unless_they_have_no_time_to_grow(
    rows: tuple[LiteratureRow, ...],
) -> None:
    """All that grow for long, and bromide at once; iodide of some seconds stays below."""
    chosen = tuple(row for row in rows if row.number in (1878, 1884, 1895, 1904, 1917, 1924, 1955, 3445, 1882))
    made = {item.row.number: item for item in make(chosen, law_values())}
    assert not any(item.refused for item in made.values())
    ratio = {number: item.flask / item.law for number, item in made.items()}
    early = ratio.pop(1882)
    assert early < min(ratio.values())
    assert all(0.9 < value < 1.05 for value in ratio.values())


def law_values() -> dict[str, float]:
    """The parameters of the shipped calibration in SI."""
    units = {"flask.usual_length": "m", "flask.length_temperature": "K"}
    values = shipped()["values"].items()
    return {path: float(to_si(entry["value"], units.get(path, "1"))) for path, entry in values}


def test_the_model_paper_is_as_likely_as_its_distance_from_the_law() -> None:
    """With an effect fitted the report is at least as likely as with none, and never less than the scatter allows."""
    found = seed_paper(law_values(), between=0.29, within=0.14)
    assert 4e-9 < found.expected < 9e-9
    residual = np.log(5.88e-9 / found.expected)
    assert found.effect == pytest.approx(residual * 0.29**2 / (0.29**2 + 0.14**2))
    assert found.at_zero <= found.fitted <= -np.log(0.14 * np.sqrt(2.0 * np.pi))
    assert found.marginal == pytest.approx(
        -0.5 * residual**2 / (0.29**2 + 0.14**2) - 0.5 * np.log(2.0 * np.pi * (0.29**2 + 0.14**2))
    )
