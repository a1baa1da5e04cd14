"""What all tests share: how properties are drawn, results that several of them look at, and what was compiled."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import halodot
from halodot import Result

os.environ["HALODOT_LIBRARY"] = ""  # whoever runs the tests may have a library of their own
# what Python compiles is kept, as the kernels are: every process of the tests would compile all source anew
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
#: files whose tests look at something that takes long: one process makes it, and begins with it
TOGETHER = (
    "app/test_app_page.py",
    "app/test_app_keep_page.py",
    "app/test_app_lab_page.py",
    "app/test_app_stack_page.py",
    "app/test_app_recipe_page.py",
    "app/test_app_newcomer_page.py",
    "app/test_app_page_drags.py",
    "device/test_device_sensitivity.py",
    "lab/test_roundtrip.py",
    "learn/test_learn_drawn_result.py",
    "learn/test_learn_limits.py",
    "learn/test_learn_optimise.py",
    "learn/test_learn_spread.py",
    "learn/test_learn_thickness.py",
    "report/test_figure_files.py",
    "report/test_page_in_a_browser.py",
    "report/test_report_html.py",
    "report/test_report_stack.py",
    "paper/test_paper_reproduce.py",
    "test_documents.py",
    "test_imports.py",
    "test_wheel.py",
)
#: how many times more examples `make explore` draws of every property
MORE = 20

settings.register_profile(
    "tests", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have every property drawn more often where that was asked for."""
    if config.getoption("--hypothesis-profile") != "explore":
        return
    for test in {item.function for item in items if item.get_closest_marker("hypothesis")}:
        own = test._hypothesis_internal_use_settings
        test._hypothesis_internal_use_settings = settings(own, max_examples=MORE * own.max_examples)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share the tests out one by one, but for the files that stay together."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return file if file.removeprefix("tests/") in TOGETHER else nodeid

    return Scheduling(config, log)


def compiled_here() -> list[str]:
    """Return the kernels of halodot that this process had to compile."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("halodot.")]
    found = {value for module in modules for value in vars(module).values() if hasattr(value, "stats")}
    return sorted(f"{one.__module__}.{one.__name__}" for one in found if sum(one.stats.cache_misses.values()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what a worker compiled."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["compiled"] = compiled_here()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """Collect what a worker compiled."""
    compiled.update(getattr(node, "workeroutput", {}).get("compiled", ()))


compiled: set[str] = set()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the kernels that `tests/compile_kernels.py` left to the tests."""
    if late := sorted(compiled | set(compiled_here())):
        terminalreporter.write_line(f"compiled during the tests: {', '.join(late)}")


@pytest.fixture(scope="session")
def treated() -> Result:
    """The paper's device with 0.2 mmol of the short ligand, from recipe to ageing."""
    return halodot.simulate(halodot.load("paper-0.2"))


@pytest.fixture(scope="session")
def control() -> Result:
    """The paper's device without the short ligand."""
    return halodot.simulate(halodot.load("paper-control"))
