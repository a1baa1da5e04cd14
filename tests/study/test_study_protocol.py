"""The protocol of a recipe: against the text of the paper to the digit, scaled, and complete in what it must say."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path

import pytest

import halodot
from halodot.errors import InputError
from halodot.states import Interpretation, Note, Step
from halodot.study import from_text
from halodot.study.protocol import make_protocol
from halodot.study.protocol_lists import LEAD, SCALING
from halodot.study.protocol_numbers import measured, shown, significant
from halodot.study.protocol_sheet import Protocol, Stage
from halodot.study.protocol_words import SENTENCES, Line, sentence
from halodot.study.verbs import EXAMPLES, VERBS

PAPER = Path(__file__).parents[3] / "shared" / "paper" / "paper.txt"

#: section 2.2 of the paper (Li et al., Nano-Micro Lett. 16, 105, 2024, CC BY 4.0): what it says, in which part of the
#: protocol that stands, and the words there; {n times m unit} scales with the batch, a bare number does not
PARTS = {
    "Stock ligand": (
        ("The 5AVA of (0.1, 0.2, 0.3) mmol (M)", "<0.2> mmol"),
        ("was dissolved in 1.5 times HI", "1.5 equivalents of 5-aminopentanoic acid"),
        ("and then 1 mL ethyl acetate was added", "Put in <1> mL of ethyl acetate"),
        ("The 5AVAI solution was heated to 80 °C", "Heat to 80 °C"),
    ),
    "Stock cs_oleate": (
        ("144 mg of Cs₂CO₃", "Put in <144> mg of Cs2CO3"),
        ("11 mL of ODE", "Put in <11> mL of 1-octadecene"),
        ("6 mL of OA were loaded", "Put in <6> mL of oleic acid"),
        ("into a 50 mL 3-neck flask", "50 mL 3-neck flask"),
        ("dried for 15 min at room temperature in a vacuum", "Dry for 15 min at 25 °C under vacuum"),
        ("heated at 100 °C for 30 min under argon flow", "Heat to 100 °C under argon and hold it there for 30 min"),
    ),
    "Pot": (
        ("170 mg PbI₂", "Put in <170> mg of PbI2"),
        ("345 mg ZnI₂", "Put in <345> mg of ZnI2"),
        ("6 mL ODE were loaded", "Put in <6> mL of 1-octadecene"),
        ("into a 50 mL three-necked flask", "50 mL three-necked flask"),
        ("dried under argon flow at 120 °C for 1 h", "Dry for 1 h at 120 °C under argon"),
        ("1 mL OA", "Inject <1> mL of oleic acid"),
        ("2 mL OAm were injected at 120 °C", "Inject <2> mL of oleylamine"),
        ("were injected at 120 °C under argon flow", "at 120 °C under argon"),
        ("The temperature was increased to 150 °C", "Heat to 150 °C"),
        ("Cs-oleate (2.2 mL of the stock solution", "Inject <2.2> mL of the stock cs_oleate"),
        ("After five seconds", "Wait for 5 s"),
        ("immediately cooled to 100 °C by immersing in a cold water bath", "Cool to 100 °C"),
        ("cooled down to room temperature", "Cool to 25 °C in a bath. to room temperature"),
    ),
    "Work-up": (
        ("centrifuged at 5000 rpm for 1 min to remove unreacted", "Centrifuge at 5000 rpm for 1 min"),
        ("transferred to two 50 mL centrifuge tubes equally", "two 50 mL centrifuge tubes"),
        ("was 1:1:3)", "for 1 volume of dispersion 1 of ethyl acetate, 3 of methyl acetate"),
        ("and then centrifuged at 7000 rpm for 2 min", "7000 rpm for 2 min"),
        ("re-dispersed in 1 mL of hexane", "Redisperse the precipitate in <1> mL of hexane"),
        ("6 mL methyl acetate and 6 mL ethyl acetate", "<6> mL of methyl acetate and <6> mL of ethyl acetate"),
        ("centrifuged at 4000 rpm for 5 min", "4000 rpm for 5 min"),
        ("redispersed in 1 mL of octane", "Redisperse the precipitate in <1> mL of octane"),
        ("0.22 μm poly(tetrafluoroethylene) filter", "Filter through pores of 0.22 µm"),
    ),
}
ROWS = [(part, *row) for part, rows in PARTS.items() for row in rows]


@pytest.fixture(scope="module")
def paper() -> Protocol:
    return halodot.protocol("paper-0.2")


@pytest.fixture(scope="module")
def thrice() -> Protocol:
    return halodot.protocol("paper-0.2", scale=3)


def stage(protocol: Protocol, title: str) -> Stage:
    return next(item for item in protocol.stages if item.title == title)


def words(protocol: Protocol, title: str) -> str:
    return " | ".join(f"{step.text} {step.note}" for step in stage(protocol, title).steps)


def at(expected: str, factor: int) -> str:
    """The words with the numbers that scale multiplied."""
    return re.sub(r"<([\d.]+)>", lambda found: f"{float(Fraction(found[1]) * factor):g}", expected)


@pytest.mark.skipif(not PAPER.is_file(), reason="the text of the paper is not here")
def test_the_quotes_are_those_of_the_paper() -> None:
    text = " ".join(PAPER.read_text(encoding="utf-8").split())
    section = text[text.index("2.2 Synthesis of CsPbI₃ QDs") : text.index("2.3 Fabrication")]
    for part, quote, _ in ROWS:
        assert quote in section, (part, quote)


@pytest.mark.skipif(not PAPER.is_file(), reason="the text of the paper is not here")
def test_no_number_of_the_paper_is_left_out() -> None:
    text = " ".join(PAPER.read_text(encoding="utf-8").split())
    section = text[text.index("2.2.1 Preparation") : text.index("2.2.4 Synthesis")]
    numbers = r"(?<![\d.₃])\d+(?:\.\d+)? (?:mg|mL|mmol|min|h\b|°C|rpm|μm)"
    quoted = " ".join(quote for _, quote, _ in ROWS)
    missing = set(re.findall(numbers, section)) - set(re.findall(numbers, quoted))
    assert not missing


@pytest.mark.parametrize(("part", "quote", "expected"), ROWS, ids=[quote[:40] for _, quote, _ in ROWS])
def test_the_protocol_agrees_with_the_paper_to_the_digit(
    paper: Protocol, thrice: Protocol, part: str, quote: str, expected: str
) -> None:
    assert at(expected, 1) in words(paper, part)
    assert at(expected, 3) in words(thrice, part)


def test_the_amount_of_acid_follows_from_its_equivalents(paper: Protocol, thrice: Protocol) -> None:
    for protocol, factor in ((paper, 1.0), (thrice, 3.0)):
        acid = next(item for item in stage(protocol, "Stock ligand").measured if item.chemical == "hydroiodic acid")
        assert acid.amount == pytest.approx(factor * 1.5 * 0.2e-3)
        assert acid.mass == pytest.approx(factor * 0.3e-3 * 127.912e-3 / 0.565, rel=1e-6)  # molar mass and share of HI
        assert acid.take == f"{significant(acid.volume * 1e9)} µL ({acid.mass * 1e6:.1f} mg)"


def test_three_times_the_batch_is_three_times_every_amount(paper: Protocol, thrice: Protocol) -> None:
    for one, three in zip(paper.stages, thrice.stages, strict=True):
        for small, large in zip(one.measured, three.measured, strict=True):
            for name in ("mass", "volume", "amount"):
                assert getattr(large, name) == pytest.approx(3.0 * getattr(small, name), rel=1e-12, nan_ok=True)


def test_what_the_paper_leaves_open_stands_at_its_step(paper: Protocol) -> None:
    flagged = {reading.name: step.text for item in paper.stages for step in item.steps for reading in step.readings}
    assert "hydroiodic acid" in flagged["1.5 times hydroiodic acid"]
    assert "5-aminopentanoic acid" in flagged["dose of 5-aminopentanoic acid: M or mmol"]
    assert "ethyl acetate" in flagged["hydrolysis of ethyl acetate in the acidic stock"]
    assert "stock ligand" in flagged["ethyl acetate that stays in the hot pot"]
    assert [item.name for item in paper.readings] == ["free amine"]


def test_scaling_says_what_does_not_scale(paper: Protocol, thrice: Protocol) -> None:
    assert SCALING in thrice.cautions
    assert SCALING not in paper.cautions
    assert LEAD in paper.cautions


def test_a_batch_has_what_it_is_asked_for() -> None:
    made = halodot.protocol("paper-0.2", batch="500 mg of lead(II) iodide")
    lead = next(item for item in stage(made, "Pot").measured if item.chemical == "PbI2")
    assert lead.take == "500 mg"
    assert made.scale == pytest.approx(500.0 / 170.0)
    salt = next(item for item in stage(made, "Stock cs_oleate").measured if item.chemical == "Cs2CO3")
    assert salt.take == "423.5 mg"  # 144 * 500 / 170 = 423.53 to a balance of 0.1 mg


def test_a_batch_of_dots_is_what_the_limiting_ion_allows(paper: Protocol) -> None:
    cesium = 2.0 * 144e-6 * 0.99 / 325.819e-3 * 2.2 / 17.0  # what 2.2 of 17 mL of the stock hold
    lead = 170e-6 * 0.99999 / 461.009e-3
    assert cesium < lead
    shown = f"At most {significant(cesium * 1e3)} mmol of cesium lead halide can form; cesium limits it."
    assert stage(paper, "Pot").contents == shown
    made = halodot.protocol("paper-0.2", batch="0.5 mmol dots")
    assert made.scale == pytest.approx(0.5e-3 / cesium, rel=1e-9)
    assert "At most 0.500 mmol" in stage(made, "Pot").contents


def test_what_a_study_assumes_stands_at_its_step() -> None:
    made = halodot.protocol("paper-hi-only")
    assert stage(made, "Stock ligand").steps[0].remarks == ("Assumed, the amount: Not in the paper's text.",)


def test_a_study_may_state_the_hazards_of_its_own_chemicals() -> None:
    own = "    mystery: {formula: CH4O, role: solvent, molar_mass: 32.04 g/mol, density: 0.8 g/mL, hazards: %s}\n"
    text = study_with("add", "{add: mystery, volume: 1 mL}").replace("recipe:\n", f"recipe:\n  chemicals:\n{own}")
    made = make_protocol(from_text(text % "{signal: danger, statements: [H225], source: our sheet}"))
    hazards = next(item for item in made.supplies if item.chemical == "mystery").hazards
    assert hazards is not None
    assert [item.code for item in hazards.statements] == ["H225"]
    with pytest.raises(InputError, match="'H999' is no hazard statement"):
        from_text(text % "{signal: danger, statements: [H999], source: our sheet}")


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ("500 mg dots", "asked for by their amount"),
        ("much", "no amount of a chemical"),
        ("500 mg NaCl", "the recipe has no 'NaCl'"),
        ("0 mg PbI2", "above zero"),
        ("5 mL PbI2", "measures out no volume of PbI2"),
    ],
)
def test_a_batch_that_means_nothing_is_refused(batch: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        halodot.protocol("recipe-only", batch=batch)


def test_a_study_without_recipe_has_no_protocol() -> None:
    with pytest.raises(InputError, match="has no recipe"):
        halodot.protocol("device-only")


@pytest.mark.parametrize("scale", [0.0, -1.0, math.inf, math.nan])
def test_a_scale_is_a_positive_number(scale: float) -> None:
    with pytest.raises(InputError, match="positive"):
        halodot.protocol("recipe-only", scale=scale)


# ------------------------------------------------------------------------------------------------------ words, numbers


def test_every_word_of_a_procedure_has_a_sentence() -> None:
    assert set(SENTENCES) == set(VERBS) == set(EXAMPLES)


@pytest.mark.parametrize("word", EXAMPLES)
def test_every_example_of_a_step_makes_a_sentence(word: str) -> None:
    made = make_protocol(from_text(study_with(word, EXAMPLES[word][0])))
    found = [step.text for item in made.stages for step in item.steps]
    assert all(line.endswith(".") and not re.search(r"nan|[{}]|  ", line) for line in found), found


def study_with(word: str, example: str) -> str:
    """A study whose recipe has one example of a step, where such a step may stand."""
    at_once = example if "pot" in VERBS[word].parts else ""
    first = "{wash: {methyl acetate: 6 mL}}" if word == "redisperse" else ""
    work_up = [first, example] if VERBS[word].parts == ("work_up",) else []
    film = [example] if VERBS[word].parts == ("film",) else []
    pot = (
        "{add: PbBr2, mass: 170 mg}",
        "{add: 1-octadecene, volume: 6 mL}",
        at_once,
        "{inject: cs_oleate, volume: 2.2 mL}",
        "{cool: 25 degC}",
    )
    lines = ["halodot: 1", "title: a step", "recipe:", "  stocks:", "    cs_oleate:"]
    lines += ["      - {add: Cs2CO3, mass: 144 mg}", "      - {add: 1-octadecene, volume: 11 mL}"]
    for part, steps in (("pot", pot), ("work_up", work_up), ("film", film)):
        lines += [f"  {part}:", *(f"    - {step}" for step in steps if step)] if any(steps) else []
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("word", "fields", "written", "said"),
    [
        ("heat", {"temperature": 423.15, "duration": 600.0}, {"heat": "150 degC", "hold": "10 min"}, "150 °C and hold"),
        ("centrifuge", {"centrifugal_force": 8000.0, "keep": "solid"}, {"centrifuge": "8000 g"}, "8000 × g; keep the"),
        ("store", {"duration": 60 * 86400.0, "temperature": 277.15}, {}, "Store for 60 days at 4 °C."),
        ("degas", {"duration": 1800.0, "atmosphere": "vacuum"}, {"degas": "30 min"}, "Degas for 30 min under vacuum."),
        ("spin", {"rotation": 2000 * math.tau / 60, "duration": 30.0}, {"spin": "2000 rpm"}, "2000 rpm for 30 s"),
    ],
)
def test_a_step_is_said_with_the_digits_of_the_study(
    word: str, fields: dict[str, float | str], written: dict[str, str], said: str
) -> None:
    step = Step(kind=VERBS[word].kind or word, **fields)  # type: ignore[arg-type]
    assert said in sentence(Line(word, step, written))


@pytest.mark.parametrize(
    ("text", "value", "unit", "factor", "said"),
    [
        ("0.20 mmol", 0.2e-3, "mol", 1, "0.20 mmol"),  # as it was written
        ("170 mg", 170e-6, "kg", 3, "510 mg"),
        ("0.5 g", 0.5e-3, "kg", 3, "1.5 g"),
        ("145 mg", 145e-6, "kg", Fraction(1, 3), "48.3 mg"),  # a balance
        ("2.2 mL", 2.2e-6, "m3", Fraction(1, 7), "314 µL"),  # a pipette
        ("170 mg", 160e-6, "kg", 1, "160.0 mg"),  # changed since it was written
        ("25 degC", 298.15, "K", 1, "25 °C"),
        (None, 7200.0, "s", 1, "2 h"),
    ],
)
def test_numbers_keep_their_digits_or_those_of_the_instrument(
    text: str | None, value: float, unit: str, factor: Fraction, said: str
) -> None:
    assert shown(text, value, unit, Fraction(factor)) == said


def test_rounding_up_keeps_the_count_of_digits() -> None:
    assert significant(0.9996) == "1.00"
    assert significant(99.96) == "100"
    assert measured(0.9999e-6, "m3") == "1000 µL"


# ---------------------------------------------------------------------------------------------------------------- text


def test_the_text_is_plain_and_80_letters_wide(paper: Protocol) -> None:
    text = str(paper)
    assert max(map(len, text.splitlines())) <= 80
    assert "[ ] 144 mg Cs2CO3" in text
    for supply in paper.supplies:
        assert re.search(rf"^\[ \] {re.escape(supply.chemical)}: ", text, re.MULTILINE), supply.chemical


def test_notes_of_the_check_stand_at_their_step_or_at_the_end() -> None:
    study = halodot.load("recipe-only")
    notes = (Note("not followed", "stirring is not followed", "recipe.pot[3].x"), Note("unlikely", "odd", "recipe"))
    reading = Interpretation("a word", "so", ("or so",), "It matters.", where="recipe.pot[0]")
    made = make_protocol(study, readings=[reading], notes=notes)
    pot = stage(made, "Pot")
    assert pot.steps[3].remarks == ("Check of the study, not followed: stirring is not followed.",)
    assert pot.steps[0].readings == (reading,)
    assert made.remarks == ("Check of the study, unlikely: recipe: odd.",)
    assert made.readings == ()


def test_a_recipe_outside_the_models_has_its_protocol_and_a_word_on_it() -> None:
    made = halodot.protocol(from_text(study_with("add", "{add: methanol, volume: 1 mL}")))
    assert any("the model does not follow this recipe" in text for text in made.remarks)
    assert "Put in 1 mL of methanol (" in words(made, "Pot")
