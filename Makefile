# `make paper` runs the main job, `make test` the tests; both set up .venv first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: paper test lint benchmark clean
.DELETE_ON_ERROR:

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

paper: .venv/installed
	$(BIN)/halodot reproduce --out paper-results --overwrite

test: .venv/installed-dev lint
	$(BIN)/python -m pytest

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: .venv/installed-dev
	$(BIN)/python -m pytest benchmarks --benchmark-only -o addopts=""

clean:
	rm -rf .venv paper-results .pytest_cache .mypy_cache .ruff_cache
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
