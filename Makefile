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

# The recorded results of the documents: those of the demo, and its search with two other splits of the samples.
results: demo
	for seed in 2 3; do \
	  $(BIN)/eventspace anomaly $(DEMO)/qcd.h5 $(DEMO)/top.h5 --seed $$seed --out $(DEMO)/anomaly-seed$$seed && \
	  mkdir -p docs/results/anomaly-seed$$seed && \
	  cp $(DEMO)/anomaly-seed$$seed/results.json $(DEMO)/anomaly-seed$$seed/config.json docs/results/anomaly-seed$$seed/; \
	done
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
	$(BIN)/python benchmarks/counts.py
	$(BIN)/python benchmarks/divergence.py
	$(BIN)/python benchmarks/similarity.py
	$(BIN)/python benchmarks/sinkhorn.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/stages.py
	$(BIN)/python benchmarks/scaling.py
	$(BIN)/python benchmarks/summary.py

clean:
	rm -rf .venv .bench-venv $(DEMO) build dist
