# make run        start the app in the browser
# make test       all checks: ruff, mypy, import directions, tests (the browser tests need Chromium)
# make lint       the same without the tests
# make format     let ruff put the code in order
# make benchmark  measure against torch.nn; results in benchmarks/results/
#
# Every target first makes .venv and installs what changed in requirements*.txt, and does nothing twice.

PYTHON ?= python3
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
PYTEST ?=            # further arguments for pytest, e.g. make test PYTEST="-k optim -x"
BENCHMARK ?=         # further arguments for the benchmark, e.g. make benchmark BENCHMARK="cnn --quick"

BIN := .venv/bin
export CHROMIUM

.PHONY: run test lint format benchmark chromium
.DELETE_ON_ERROR:

# Two heaps for all threads: glibc would give the app's ever new ones sixteen on two cores, each with memory of its own
# that lies free (some 120 MB together). Only the environment can say so early enough.
run: .venv/runtime
	MALLOC_ARENA_MAX=2 $(BIN)/streamlit run app.py

test: chromium lint
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist loadfile $(PYTEST)

lint: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/development
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark: .venv/development
	$(BIN)/python -m benchmarks $(BENCHMARK)

# The two files below .venv/ only say when their requirements were last installed.
.venv/runtime: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet -r $<
	touch $@

.venv/development: requirements-dev.txt .venv/runtime
	$(BIN)/python -m pip install --quiet -r $<
	touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "ScratchNN needs Python 3.11 or newer; say which: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv .venv

chromium:
	@test -x "$(CHROMIUM)" || \
		{ echo "The browser tests need Chromium: install it (Debian: apt-get install chromium), or name it:" \
		"make test CHROMIUM=/path/to/chrome" >&2; exit 2; }
