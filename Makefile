# `make demo` and `make test` are all one needs; both set everything up first.
PYTHON ?= python3
NPM := $(shell command -v npm 2>/dev/null)
BIN := .venv/bin
ARGS ?=
# Most of a test's time is waiting for simulated devices: more of them than cores.
WORKERS ?= 4

.PHONY: setup demo test check bench clean
.DEFAULT_GOAL := demo

setup: .venv/.ready

.venv/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("homeport needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all,dev]'
	@touch $@

# Independent peers and the conformance suite come from npm; without npm their tests say so.
.node/.ready: tests/node/package.json | .venv/.ready
ifneq ($(NPM),)
	@mkdir -p .node && cp tests/node/package.json .node/
	cd .node && $(NPM) install --silent --no-audit --no-fund --no-package-lock
	@touch $@
else
	@echo 'npm is not here: tests with peers from npm will be skipped'
endif

demo: setup
	$(BIN)/homeport demo $(ARGS)

test: setup check .node/.ready
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/homeport openapi --check

bench: setup .node/.ready
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf .venv .node build dist .mypy_cache .ruff_cache .pytest_cache
