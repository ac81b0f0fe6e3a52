# Every target works on a fresh clone: the environment is a target, too.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# one more than cores: many tests wait for something, and those of signals for little else
WORKERS = $(shell $(PYTHON) -c 'import os; print(1 + (os.cpu_count() or 1))')
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope
SOURCES := deployer summarizer benchmarks tools tests app.py

.DEFAULT_GOAL := all
.PHONY: help all install format lint test test-fast sweep demo bench bench-demo screenshots lock gradio-releases clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

all: format lint test  ## format, then what CI runs

install: $(READY)  ## create .venv with hf-deploy and all development tools

$(READY): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is required")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[rehearsal]" --group dev
	@touch $@

format: install  ## format the code
	$(BIN)/black --quiet $(SOURCES)

lint: install  ## check style, types and import contracts
	$(BIN)/black --quiet --check --diff $(SOURCES)
	$(BIN)/pylint --score=n $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: install  ## run all tests (torch is installed once, by the demo Space's own build)
	$(PYTEST)

test-fast: install  ## run all tests but real builds and the browser
	$(PYTEST) -m "not real"

sweep: install  ## run the long series of cases in tests/sweep
	$(PYTEST) tests/sweep

demo: install  ## deploy the demo Space to a local Hub and serve it
	@$(BIN)/python tools/preload.py
	$(BIN)/hf-deploy rehearse

bench: install  ## measure against other tools, e.g. BENCH="--quick"; writes docs/benchmarks.*
	$(BIN)/python -m benchmarks $(BENCH)

bench-demo: install  ## measure the demo's summaries, e.g. BENCH="--every 5"; writes docs/benchmarks-demo.md
	$(BIN)/python -m benchmarks.demo $(BENCH)

screenshots: install  ## draw the pictures of the demo page for docs/
	$(BIN)/python -m pytest -q -n0 tests/browser/screenshots.py

lock: install  ## pin the action's dependencies by hash
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
	  --custom-compile-command "make lock" --no-emit-index-url --quiet --output-file deployer/requirements.lock

gradio-releases: install  ## update the list of Gradio's releases
	$(BIN)/python tools/gradio_releases.py

clean:  ## remove the environment and all caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .import_linter_cache .hypothesis
