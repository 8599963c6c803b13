# The two commands are `make demo` and `make test`; each sets everything up first.
VENV := .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: setup demo test test-all lint types contracts check picture clean .venv-mediapipe .venv-norfair

setup: $(STAMP)
	@$(BIN)/fliptally weights fetch

$(STAMP): pyproject.toml constraints.txt
	@echo 'setting up (about a minute, once) ...'
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else "FlipTally needs Python 3.11 or newer; this is %d.%d: make PYTHON=python3.12 ..." % v[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) pip
	@$(PIP) --editable '.[dev]'
	@touch $@

demo: setup
	$(BIN)/fliptally demo

# In two processes, a file of tests in one of them.
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

test: setup
	$(PYTEST)

test-all: setup
	$(PYTEST) -m '' --hypothesis-profile=thorough

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

check: lint types contracts test

picture: setup
	$(BIN)/python -m bench.picture docs/dashboard.svg

# MediaPipe, the peer that the benchmarks compare with, lives in an environment of its own.
.venv-mediapipe: .venv-mediapipe/.installed
.venv-mediapipe/.installed: bench/constraints-mediapipe.txt
	$(PYTHON) -m venv .venv-mediapipe
	.venv-mediapipe/bin/python -m pip install --quiet --disable-pip-version-check --constraint $< mediapipe av
	touch $@

# Norfair, the peer of the tracking benchmark.
.venv-norfair: .venv-norfair/.installed
.venv-norfair/.installed: bench/constraints-norfair.txt
	$(PYTHON) -m venv .venv-norfair
	.venv-norfair/bin/python -m pip install --quiet --disable-pip-version-check --constraint $< norfair
	touch $@

clean:
	rm -rf $(VENV) .venv-mediapipe .venv-norfair
