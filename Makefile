# Everything a developer runs. `make` alone lists the targets; CI (.ci/run) runs lint, test and wheel.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

BIN := .venv/bin
STAMP := .venv/.ready
ENGINE := media/engine/Cargo.toml
ENGINE_SOURCES := $(ENGINE) $(shell find media/engine/src -name '*.rs')
# cargo is found where rustup or Debian put it, also when that is not in the search path
CARGO = PATH="$$(scripts/rust-path.sh):$$PATH" cargo

.PHONY: help setup demo test test-rust test-python lint lint-python \
    lint-rust fmt bench proof wheel constraints clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Put everything into .venv, with .venv/bin/callcenter

$(STAMP): pyproject.toml constraints.txt scripts/setup.sh $(ENGINE_SOURCES)
	scripts/setup.sh
	touch $@

demo: $(STAMP) ## Watch a call from menu to CDR (ONCE=1: verify every step and end)
	$(BIN)/callcenter demo $(if $(ONCE),--once)

test: test-rust test-python ## Run all tests, with real peers

test-rust:
	$(CARGO) test --quiet --manifest-path $(ENGINE)

# What only computes shares the cores; what waits in real time shares the waiting, a file at a time;
# what measures has the machine for itself.
test-python: $(STAMP)
	scripts/install-test-peers.sh
	$(BIN)/python -m pytest -n auto --dist worksteal tests/unit tests/conformance tests/sim
	$(BIN)/python -m pytest -n 3 --dist loadfile -m "not load and not proof" tests/interop
	$(BIN)/python -m pytest -m "load and not proof" tests/interop tests/load

lint: lint-python lint-rust ## Check style, types, import rules and sizes

lint-python: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy scripts
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/check_sizes.py
	scripts/check_unit.sh

lint-rust:
	scripts/lint-rust.sh

fmt: $(STAMP) ## Format Python and Rust
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format
	$(CARGO) fmt --manifest-path $(ENGINE)

bench: $(STAMP) ## Measure, beside the references of the same run
	$(BIN)/python -m tests.load.bench

proof: $(STAMP) ## Run what takes longer than CI may
	scripts/install-test-peers.sh
	$(BIN)/python -m pytest -m proof

wheel: $(STAMP) ## Check that `pip install .` gives the same program
	scripts/check_wheel.sh

constraints: $(STAMP) ## Write down the versions that .venv holds
	$(BIN)/pip freeze --exclude-editable | grep '==' >constraints.txt

clean: ## Remove whatever was built
	rm -rf .venv build dist media/engine/target media/_engine*.so .mypy_cache .ruff_cache \
	    .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
