# Two commands do what most people need: make run, and make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run test install lint types imports tests model bench docs lock clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-9s %s\n", $$1, $$2}'

run: $(VENV)/run-ready ## Install what is needed and start everything
	@$(BIN)/rightdoor serve

test: lint types imports tests ## Check style, types and import directions, and run the tests

install: $(VENV)/run-ready ## Install what running needs

lint: $(VENV)/test-ready ## Check style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/test-ready ## Check types
	@$(BIN)/mypy

imports: $(VENV)/test-ready ## Check that imports run one way
	@$(BIN)/lint-imports

tests: $(VENV)/test-ready ## Run the tests
	@sh tests/install_programs.sh
	@$(BIN)/pytest

model: $(VENV)/run-ready ## Train the embedded interpreter from its examples
	@$(BIN)/rightdoor train

bench: $(VENV)/test-ready ## Measure speed and memory, beside named baselines
	@$(BIN)/python -m benchmarks.mail

docs: $(VENV)/test-ready ## Write the tables of docs/ that come from the code
	@$(BIN)/python -m tests.write_docs

lock: $(VENV)/test-ready ## Choose the versions anew
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements-dev.lock

clean: ## Remove what was installed here; what was received stays in var/
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rightdoor needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV) || { echo "To make a virtual environment: apt install python3-venv"; exit 1; }

$(VENV)/run-ready: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Rightdoor needs; the first time takes about a minute."
	@$(INSTALL) -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/test-ready: requirements-dev.lock $(VENV)/run-ready
	@$(INSTALL) -r requirements-dev.lock
	@touch $@
