# Everything runs in .venv, which each target sets up for itself.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
DEMO ?= demo

.PHONY: setup demo results test lint types smoke bench clean

setup: .venv/.complete

.venv/.complete: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	rm -rf $(DEMO)
	$(BIN)/eventspace demo --out $(DEMO)

# The recorded results of the documents: those of the demo.
results: demo
	for run in anomaly dimension; do \
	  mkdir -p docs/results/$$run/figures && \
	  cp $(DEMO)/$$run/results.json $(DEMO)/$$run/config.json docs/results/$$run/ && \
	  cp $(DEMO)/$$run/figures/*.png docs/results/$$run/figures/; \
	done

test: setup
	$(BIN)/python -m pytest

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

# pip can be content while an import fails.
smoke: setup
	$(BIN)/python -m pytest -q tests/test_imports.py
	$(BIN)/pip check

# Every benchmark compares with its peers in the same run.
bench: setup
	$(BIN)/python benchmarks/transport.py
	$(BIN)/python benchmarks/nearest.py

clean:
	rm -rf .venv .bench-venv $(DEMO) build dist
