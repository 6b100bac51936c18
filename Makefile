# Everything runs in .venv, which each target sets up for itself.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
DEMO ?= demo
FULL ?= full
SHAPES ?= shapes

.PHONY: setup demo results worth results-showers results-topology test lint types smoke bench fuzz intervals clean

setup: .venv/.complete

.venv/.complete: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	rm -rf $(DEMO)
	$(BIN)/eventspace demo --out $(DEMO)

# The recorded results of the documents: those of the demo, and what generated samples are worth.
results: demo
	for run in anomaly dimension; do \
	  mkdir -p docs/results/$$run/figures && \
	  cp $(DEMO)/$$run/results.json $(DEMO)/$$run/config.json docs/results/$$run/ && \
	  cp $(DEMO)/$$run/figures/*.png docs/results/$$run/figures/; \
	done
	$(MAKE) results-showers worth results-topology

# Options of the recorded runs of `eventspace amplification`, by their folders below docs/results/amplification.
WORTH := camelback ring camelback-1e7 ring-1e7 camelback-networks ring-networks ring-pooled camelback-pooled shell5 \
	shell10 without-holdout showers
worth-camelback = --truth camelback --trainings 30
worth-ring = --truth ring --trainings 30
worth-camelback-1e7 = --truth camelback --trainings 4 --generators gan --sampled 10000000
worth-ring-1e7 = --truth ring --trainings 4 --generators gan --sampled 10000000
worth-camelback-networks = --truth camelback --trainings 30 --sampled 200000 --generators flow vae
worth-ring-networks = --truth ring --trainings 30 --sampled 50000 --generators flow vae
worth-ring-pooled = --truth ring --trainings 20 --pooled 5 --generators gan --sampled 200000 --seed 4
worth-camelback-pooled = --truth camelback --trainings 20 --pooled 5 --generators gan --sampled 200000 --seed 4
worth-shell5 = --truth shell --dimension 5 --trainings 20 --quantiles 10 32 243 --sampled 100000
worth-shell10 = --truth shell --dimension 10 --trainings 20 --quantiles 10 32 1024 --sampled 100000 --generators fit
worth-without-holdout = --truth camelback --trainings 12 --resamples 4 --sampled 200000 --seed 2
worth-showers = --truth-sample $(FULL)/geant4-reference.h5 --train-sample $(FULL)/geant4-training.h5 \
	--generated $(FULL)/gan.h5 --quantiles 10 64 512

# An hour on one core, and the showers. `make worth WORTH=ring` makes one; one that was killed goes on.
worth: $(addprefix worth-,$(WORTH))

worth-%: setup
	$(BIN)/eventspace amplification $(worth-$*) --threads 1 --resume --out $(DEMO)/amplification-$*
	mkdir -p docs/results/amplification/$*
	cp $(DEMO)/amplification-$*/results.json $(DEMO)/amplification-$*/config.json docs/results/amplification/$*/
	for figure in $(notdir $(wildcard docs/results/amplification/$*/figures/*.png)); do \
	  cp $(DEMO)/amplification-$*/figures/$$figure docs/results/amplification/$*/figures/; \
	done

worth-showers: $(FULL)/geant4-reference.h5 $(FULL)/geant4-training.h5 $(FULL)/gan.h5

# Showers at the talk's size: Geant4 takes an hour and a half of a core. What the generator learned from is not in the
# reference.
REFERENCE := $(foreach seed,$(shell seq 1004 1019),$(FULL)/geant4/$(seed).h5)
TRAINING := $(foreach seed,1001 1002 1003,$(FULL)/geant4/$(seed).h5)

$(FULL)/geant4/%.h5: count = $(if $(filter 1019,$*),701,1000)
$(FULL)/geant4/%.h5: | setup
	mkdir -p $(FULL)/geant4
	$(BIN)/eventspace simulate showers -n $(count) --energy 100 --backend geant4 --seed $* $@

$(FULL)/geant4-reference.h5: $(REFERENCE)
	$(BIN)/eventspace merge $^ --out $@

$(FULL)/geant4-training.h5: $(TRAINING)
	$(BIN)/eventspace merge $^ --out $@

$(FULL)/parameterised.h5: | setup
	mkdir -p $(FULL)
	$(BIN)/eventspace simulate showers -n 15701 --energy 100 --seed 202 $@

$(FULL)/gan.h5: | setup
	mkdir -p $(FULL)
	$(BIN)/eventspace generate shower-gan -n 15701 --seed 1 $@

# A generator that repeats a thousand showers, for the control.
$(FULL)/memoriser.h5: $(FULL)/geant4-training.h5
	$(BIN)/python -c 'import sys, numpy as np, eventspace as es; \
	  es.write(sys.argv[2], es.read(sys.argv[1])[np.random.default_rng(1).integers(1000, size=15701)])' $< $@

results-showers: $(foreach name,geant4-reference geant4-training parameterised gan memoriser,$(FULL)/$(name).h5)
	set -e; run() { \
	  rm -rf $(DEMO)/$$2; \
	  $(BIN)/eventspace $$1 $(FULL)/geant4-reference.h5 $(FULL)/$$3.h5 $$4 --out $(DEMO)/$$2; \
	  mkdir -p docs/results/$$2; \
	  cp $(DEMO)/$$2/results.json $(DEMO)/$$2/config.json docs/results/$$2/; \
	}; \
	run support support gan '--threshold 1e-4'; \
	run support support-control geant4-training; \
	run support support-geant4-parameterised parameterised; \
	run support support-memoriser memoriser '--features profiles total'; \
	run validation validation gan '--threshold 1e-4'; \
	run validation validation-geant4 parameterised
	for run in support validation; do \
	  mkdir -p docs/results/$$run/figures; cp $(DEMO)/$$run/figures/*.png docs/results/$$run/figures/; \
	done

# The recorded shapes: rings and camel backs of a GAN that learned from 1,000 or 100 points, and jets; some minutes.
results-topology: setup
	rm -rf $(SHAPES) && mkdir $(SHAPES)
	set -e; for kind in ring camelback; do \
	  $(BIN)/eventspace simulate $$kind -n 5000 --seed 12 $(SHAPES)/$$kind.h5; \
	  for n in 1000 100; do \
	    $(BIN)/eventspace simulate $$kind -n $$n --seed 11 $(SHAPES)/$$kind-train$$n.h5; \
	    $(BIN)/eventspace generate points $(SHAPES)/$$kind-train$$n.h5 $(SHAPES)/$$kind-gan$$n.h5 \
	      --generator gan -n 5000 --seed 1; \
	  done; \
	  $(BIN)/eventspace topology $(SHAPES)/$$kind.h5 $(SHAPES)/$$kind-gan1000.h5 --out $(SHAPES)/topology-$$kind; \
	  $(BIN)/eventspace topology $(SHAPES)/$$kind.h5 $(SHAPES)/$$kind-gan100.h5 --out $(SHAPES)/topology-$$kind-100; \
	done
	$(BIN)/eventspace simulate qcd-jets -n 200 --seed 12 $(SHAPES)/qcd.h5
	$(BIN)/eventspace simulate top-jets -n 200 --seed 12 $(SHAPES)/top.h5
	$(BIN)/eventspace simulate qcd-jets -n 200 --seed 13 $(SHAPES)/qcd-control.h5
	set -e; run() { \
	  $(BIN)/eventspace topology $(SHAPES)/qcd.h5 $(SHAPES)/$$1.h5 --neighbours 5 --landmarks 400 --out $(SHAPES)/$$2; \
	}; run top topology-jets; run qcd-control topology-jets-control
	set -e; for run in ring ring-100 camelback camelback-100 jets jets-control; do \
	  mkdir -p docs/results/topology-$$run/figures; \
	  cp $(SHAPES)/topology-$$run/results.json $(SHAPES)/topology-$$run/config.json docs/results/topology-$$run/; \
	done
	cp $(SHAPES)/topology-ring/figures/diagrams.png docs/results/topology-ring/figures/
	cp $(SHAPES)/topology-camelback/figures/landmarks.png docs/results/topology-camelback/figures/
	cp $(SHAPES)/topology-jets/figures/exchanged.png docs/results/topology-jets/figures/

test: setup
	$(BIN)/python -m pytest -n auto --dist worksteal

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

# Damaged files of everything that is read: no traceback, no crash, no hang.
fuzz: setup
	$(BIN)/python benchmarks/fuzz.py

# How often each interval holds the truth, on toys: an hour or two on two cores. A stopped run goes on.
intervals: setup
	$(BIN)/python benchmarks/intervals

clean:
	rm -rf .venv .bench-venv $(DEMO) $(FULL) $(SHAPES) build dist
