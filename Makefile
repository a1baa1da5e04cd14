# `make paper` runs the main job, `make test` the tests; both set up .venv first. With PYTHON=python3.12 they use that
# interpreter, and a folder of its own.
PYTHON ?= python3
VENV := $(if $(filter python3,$(PYTHON)),.venv,.venv-$(shell $(PYTHON) -c "import sys; print('%d.%d' % sys.version_info[:2])"))
BIN := $(VENV)/bin
# Every file is opened with its encoding named, whatever the computer's own is.
PYTEST := PYTHONWARNDEFAULTENCODING=1 $(BIN)/python -m pytest

.PHONY: paper test explore lint benchmark docs clean
.DELETE_ON_ERROR:

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

paper: $(VENV)/installed
	$(BIN)/halodot reproduce --out paper-results --overwrite

test: $(VENV)/installed-dev lint
	$(BIN)/python tests/compile_kernels.py
	$(PYTEST) -n 2 --durations=20

# Draws every property anew, twenty times as often as the tests do, and runs what is too long for them.
explore: $(VENV)/installed-dev
	$(BIN)/python tests/compile_kernels.py
	$(PYTEST) -n 2 --durations=20 -m "explore or hypothesis" --hypothesis-profile=explore

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: $(VENV)/installed-dev
	$(BIN)/python -m pytest benchmarks --benchmark-only -o addopts=""

# The documentation, with a gallery made by running examples/: docs/_build/html/index.html. A warning is an error.
docs: $(VENV)/installed-dev
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

clean:
	rm -rf .venv .venv-* paper-results .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/_build docs/gallery docs/sg_execution_times.rst
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
