# Everything runs in .venv, which each target sets up for itself.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
DEMO ?= demo

.PHONY: setup demo record test quick lint types smoke bench fuzz intervals clean

setup: .venv/.complete

.venv/.complete: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	rm -rf $(DEMO)
	$(BIN)/eventspace demo --out $(DEMO)

# The recorded runs of the documents, of docs/results/runs.toml: `make record RUN=anomaly` makes one, in recorded/.
record: setup
	$(BIN)/python docs/results/record.py $(RUN)

# A process for each core, so one thread each: more of BLAS and OpenMP would only wait for each other.
test quick: export OMP_NUM_THREADS ?= 1

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal

# All but the coverage simulations, the demo and others that take long.
quick: setup
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

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
	$(BIN)/python -m benchmarks.speed.transport
	$(BIN)/python -m benchmarks.speed.nearest
	$(BIN)/python -m benchmarks.speed.counts
	$(BIN)/python -m benchmarks.speed.divergence
	$(BIN)/python -m benchmarks.speed.similarity
	$(BIN)/python -m benchmarks.speed.sinkhorn
	$(BIN)/python -m benchmarks.speed.growth
	$(BIN)/python -m benchmarks.speed.stages
	$(BIN)/python -m benchmarks.speed.scaling
	$(BIN)/python -m benchmarks.summary

# Damaged files of everything that is read: no traceback, no crash, no hang.
fuzz: setup
	$(BIN)/python -m benchmarks.validation.fuzz

# How often each interval holds the truth, on toys: an hour or two on two cores. A stopped run goes on.
intervals: setup
	$(BIN)/python -m benchmarks.validation.intervals

clean:
	rm -rf .venv .bench-venv $(DEMO) recorded build dist
