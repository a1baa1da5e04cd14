"""Random recipes through the whole chain: whatever comes out, sites, charges and photons add up."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import halodot
from halodot import Result
from halodot.errors import ValidityError
from halodot.states import replaced, sum_of_parts
from halodot.study import with_inputs

STUDY = halodot.load("paper-0.2")
COARSE = replaced(
    STUDY,
    run=replaced(
        STUDY.run, voltages=np.linspace(0.0, 5.0, 11), wavelength=np.linspace(540e-9, 790e-9, 26), positions=3
    ),
)
#: input -> range of a factor on it
VARIED = {
    "recipe.stocks.ligand[0].amount": (0.1, 3.0),
    "recipe.stocks.ligand[1].equivalents": (0.0, 2.0),
    "recipe.pot[0].mass": (0.5, 2.0),
    "recipe.pot[4].volume": (0.5, 2.0),
    "recipe.pot[5].volume": (0.7, 2.0),
    "recipe.pot[7].volume": (0.3, 1.5),
    "recipe.pot[8].duration": (0.2, 6.0),
    "recipe.work_up[1].wash.methyl acetate": (0.2, 3.0),
}
factors = st.fixed_dictionaries({path: st.floats(*limits) for path, limits in VARIED.items()})


def check_balances(result: Result) -> None:
    """Raise where a balance of a result is open."""
    if result.flask is not None:
        for sample in result.flask.samples:
            covered = sample.coverage_native + sample.coverage_short + sample.coverage_bare
            assert abs(covered - 1.0) < 1e-12
    if result.device_solution is None:
        assert result.flask is not None
        assert not result.flask.survived
        assert result.flask.reason
        return
    emission, device_solution = result.emission, result.device_solution
    assert emission is not None
    parts = sum_of_parts(device_solution, "current_density")
    error = np.abs(parts - device_solution.current_density) / np.maximum(np.abs(device_solution.current_density), 1e-9)
    assert np.all(device_solution.converged)
    assert np.max(error) < 1e-9
    lit = np.isfinite(emission.air)
    # the bound that the optics state for their budget: the power of a thin, lossy film is found to 1e-8
    assert np.max(np.abs(sum_of_parts(emission, "exciton")[lit] - 1.0), initial=0.0) < 1e-8


@given(factors)
@settings(max_examples=50, deadline=None)
def test_the_balances_of_any_recipe_close(scale: dict[str, float]) -> None:
    values = {path: STUDY.inputs[path].value * factor for path, factor in scale.items()}
    result, refusal = None, ""
    try:
        result = halodot.simulate(with_inputs(COARSE, values))
    except ValidityError as error:
        refusal = str(error)
    if result is None:
        assert refusal.strip()
    else:
        check_balances(result)
