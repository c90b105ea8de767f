# Each target sets up .venv itself on a machine that has Python 3.11 to 3.13.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench clean

# What needs no data, in the order in which `make bench` runs it.
BENCHMARKS := backbones pipeline instance_pipeline unpooling export dynamic semantic \
  object_scores large_image

VENV := .venv
BIN := $(VENV)/bin
# The first interpreter that runs and is one of the supported versions.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
  2>/dev/null && echo $$p && break; done)

# TensorFlow's C++ start-up messages would bury what kseg says.
export TF_CPP_MIN_LOG_LEVEL ?= 2

help:
	@echo "make demo   train a U-Net on real nuclei, score it, export it, draw it (demo/report.html)"
	@echo "make test   the test suite"
	@echo "make lint   ruff: rules and format"
	@echo "make bench  speed and memory: pipelines, training, pooling, exported networks, large images"
	@echo "make bench-NAME  one of them: $(BENCHMARKS)"
	@echo "make clean  remove .venv and what the other targets wrote"

$(VENV)/.installed: requirements.txt setup.py pyproject.toml
	@test -n "$(PYTHON)" || { echo "kseg needs Python 3.11, 3.12 or 3.13: none was found. Install one, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON) (once, a few minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/kseg demo --out demo

test: $(VENV)/.installed
	@$(BIN)/python -m pytest

lint: $(VENV)/.installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.NOTPARALLEL: # under `make -j` each would measure the others
bench: $(addprefix bench-,$(BENCHMARKS))

bench-export: OPTIONS := --train
bench-%: $(VENV)/.installed
	@$(BIN)/python benchmarks/$*.py $(OPTIONS)

clean:
	rm -rf $(VENV) demo build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
