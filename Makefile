# One command does each chore. Needs Python 3.11 or newer, and make; the rest is made in .venv.
# A stamp per extra remembers what is installed, so that a second run goes straight to the program.

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
INPUTS := setup.cfg pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test nightly requirements lint types docs wheel bench clean

help:
	@echo "make run           start the registry with demo data on 127.0.0.1:8080"
	@echo "make test          run the tests"
	@echo "make requirements  which requirements the tests prove"
	@echo "make lint types docs wheel   the other checks; .ci/run does them all"
	@echo "make bench         measure; prints ratios against floors of the same run"
	@echo "make nightly       the tests that take minutes"
	@echo "make clean         remove what was built; var/ with database and keys stays"

run: $(VENV)/.stamp-run
	@$(BIN)/python -m registry.demo.run

test: $(VENV)/.stamp-test
	@$(PYTEST)

nightly: $(VENV)/.stamp-test
	@$(PYTEST) -m nightly --timeout 3600

# The report needs every test to have run; a failing test is reported and fails the target.
requirements: $(VENV)/.stamp-test
	@$(PYTEST) -q -rN --tb=no --requirements-report

lint: $(VENV)/.stamp-lint $(VENV)/.stamp-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --config setup.cfg

types: $(VENV)/.stamp-lint
	@$(BIN)/mypy

docs: $(VENV)/.stamp-docs
	@$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

# An old build/ would put deleted modules into the wheel.
wheel: $(VENV)/.stamp-test
	@rm -rf build dist
	@$(BIN)/python -m build --quiet --wheel --no-isolation --outdir dist .

bench: $(VENV)/.stamp-test
	@$(BIN)/python -m bench

$(VENV)/.stamp-run: $(INPUTS) | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.stamp-test $(VENV)/.stamp-lint $(VENV)/.stamp-docs: $(VENV)/.stamp-%: $(INPUTS) | $(BIN)/python
	@echo "installing into $(VENV) for $* ..."
	@$(PIP) --editable ".[$*]"
	@touch $@ $(VENV)/.stamp-run

$(BIN)/python:
	@for python in $(PYTHON) python3.11 python3 python3.14 python3.13 python3.12; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "making $(VENV) with $$python ..."; \
	    $$python -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); \
	    echo "that Python cannot make environments; on Debian: apt install python3-venv" >&2; \
	    exit 1; \
	  fi; \
	done; \
	echo "Python 3.11 or newer was not found. Install it, or name it: make PYTHON=/path/to/python" >&2; \
	exit 1

clean:
	@rm -rf $(VENV) build dist docs/_build *.egg-info .mypy_cache .pytest_cache .ruff_cache \
	  .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
