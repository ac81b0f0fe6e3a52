# Each target works on a fresh clone: the environment is a target too.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# most tests wait for something, so two a core
WORKERS = $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')
SOURCES := deployer summarizer benchmarks tests app.py

.DEFAULT_GOAL := all
.PHONY: all install format lint test demo bench screenshots lock clean

all: format lint test  ## everything that CI asks for

install: $(READY)  ## an environment with the deployer and the tools to work on it

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[rehearsal]" --group dev
	@touch $@

format: install  ## rewrite the code in its one style
	$(BIN)/black --quiet $(SOURCES)

lint: install  ## style, types, layers, the action and its workflows
	$(BIN)/black --quiet --check --diff $(SOURCES)
	$(BIN)/pylint --score=n $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: install  ## all tests; torch is installed once, by the demo Space's own build
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

demo: install  ## deploy the demo Space to a Hub on this machine, and serve it
	$(BIN)/hf-deploy rehearse

bench: install  ## measure against the other ways, for example BENCH="--quick"; writes docs/benchmarks.*
	$(BIN)/python -m benchmarks $(BENCH)

screenshots: install  ## draw the demo page for the README
	$(BIN)/python -m pytest -q -n0 tests/browser/screenshots.py

clean:  ## remove what these targets made
	rm -rf $(VENV) .mypy_cache .pytest_cache .import_linter_cache .hypothesis

lock: install  ## the action's own dependencies, each file by its hash
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
	  --custom-compile-command "make lock" --no-emit-index-url --quiet --output-file deployer/requirements.lock
