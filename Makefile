# Everything is installed into .venv and node_modules, and cached in .cache.
PYTHON ?= python3.11
# The data set that the demo plays, a folder of data/.
DATA ?= mammo
# Mutants of the contracts: how many (0 for all), by which lot, and which part of them.
N ?= 0
SEED ?= 1
PART ?= 1/1
# Episodes of the simulation that are made again on the contracts.
CHECK ?= 3
# Where the app listens.
PORT ?= 8000
# Calls of the machine of all contracts, ten million in a night: in parts, `make fuzz STEPS=1000000`.
STEPS ?= 10000000

VENV := .venv/installed
NODE := node_modules/installed
BIN := .venv/bin
# Nothing is resolved at install time: exactly what the lock names, by its hashes, whatever registries newly offer.
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
LOCKED := --no-deps --require-hashes
OURS := --no-deps --no-build-isolation --editable . --editable tools --editable devnet --editable app
BUILD := .cache/contracts
# Scripts of others that pages of the app load.
VENDORED := app/goldleaf_app/static/vendor
VYPER_FILES := $(shell find contracts -name '*.vy' -o -name '*.vyi')
FORMATTED := .cache/formatted
# The fast tests are those of what computes by itself: they start no chain, compile no contract and estimate no data set.
FAST := $(addprefix tests/unit/, \
	$(patsubst %,audit/test_%.py, answers filing gold proposing report result rulings value) \
	autopilot/test_appeals.py cli/test_inputs.py cli/test_show.py evidence keys/test_salts.py \
	simulation/test_people.py simulation/test_standard.py test_floors.py test_memory.py \
	$(patsubst %,sdk/test_%.py, amounts_in_messages canonical deployment economics edge errors gather labels manifest \
		presets readers schema commitments))

# The programs are found without activating anything, and leave nothing in the home folder.
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export APE_DATA_FOLDER := $(CURDIR)/.cache/ape
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.cache/hypothesis
export MPLCONFIGDIR := $(CURDIR)/.cache/matplotlib

.DEFAULT_GOAL := help
.PHONY: help install demo app simulate audit-demo check fast test coverage test-versions fuzz mutants prove lint format \
	snapshots reasons abi reference court-costs devnet release chromium lock clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 15

install: $(VENV) $(NODE) ## Install what the locks name into .venv and node_modules; the others do it where they need it

demo: $(VENV) $(BUILD) ## Play the whole protocol on real answers: make demo DATA=weather
	ETH_HASH_BACKEND=pysha3 PYTHONWARNINGS=ignore ape run demo --data $(DATA)

audit-demo: $(VENV) $(NODE) ## Audit real answers through the deployed protocol, challenge, and see what comes of it
	PYTHONWARNINGS=ignore python -m scripts.audit_demo

simulate: $(VENV) ## Real answers under the protocol's rules, anew into docs/simulation*: make simulate CHECK=5
	python -m scripts.simulate --output docs/simulation.json --document docs/simulation.md --charts docs
	GOLDLEAF_SAMPLES=$(CHECK) pytest tests/integration/test_simulate.py -k drawn_samples

# The types take one core, so the tests have the other.
check: ## Format check, lint, types and the fast tests, for every change; without node and browser
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint fast

fast: $(VENV) ## Run the tests of what computes by itself, without a chain
	pytest -q $(FAST)

test: lint $(NODE) ## Format check, lint and all tests, quick profile
	@$(MAKE) --no-print-directory chromium || echo "The tests in a browser are skipped." >&2
	pytest -n 2 --dist loadgroup -rs

coverage: $(VENV) $(NODE) ## Run the tests, and tell which lines of the packages they do not reach
	pytest -n 2 --dist loadgroup --cov=sdk/goldleaf --cov=tools/goldleaf_tools --cov-report=term-missing:skip-covered

test-versions: $(VENV) $(NODE) ## The client with the lowest and the newest versions of what it needs, on each Python from 3.11 to 3.13
	python -m tests.versions

fuzz: $(VENV) ## Ten million random calls of all contracts together, then the other machines and properties at depth: make fuzz STEPS=1000000
	python -m tests.stateful.fuzz $(STEPS)
	python -m tests.stateful.fuzz 1000000 --machine escrow
	python -m tests.stateful.fuzz 200000 --machine royalty
	GOLDLEAF_PROFILE=deep pytest -n 2 tests/property tests/stateful/test_court_machine.py

prove: $(VENV) ## Prove for all inputs what packed words and splits of money promise: minutes
	pytest -n 2 -q tests/proofs

mutants: $(VENV) ## Put faults into the contracts, one at a time, that tests must find: make mutants N=50 SEED=2; all take a night: PART=1/3
	python -m tests.mutation --sample $(N) --seed $(SEED) --part $(PART) --jobs 2

lint: $(VENV) $(FORMATTED) ## Check format, style, who imports whom, and types
	ruff check .
	ruff format --check .
	lint-imports --no-cache > .cache/imports || { cat .cache/imports; exit 1; }
	mypy

# The Vyper formatter is slow: only what has changed since all was well, some files at a time, on both cores.
$(FORMATTED): $(VYPER_FILES) | $(VENV)
	echo $? | xargs -n 8 -P 2 mamushi --check --safe False -l 120
	mkdir -p $(@D)
	touch $@

format: $(VENV) ## Format Python and Vyper in place
	ruff check --fix .
	ruff format .
	mamushi --quiet -l 120 $(VYPER_FILES)

snapshots: $(VENV) $(NODE) ## Measure gas and sizes anew and write them into tests/gas
	UPDATE_SNAPSHOTS=1 pytest tests/gas

reasons: $(VENV) ## Write the reasons of contracts/reasons.txt into the module that the contracts import
	python -m scripts.reasons

abi: $(VENV) ## Write the contracts' ABIs into the SDK
	python -m scripts.abi

reference: $(VENV) ## Write docs/spec/reference.md from the contracts' NatSpec
	python -m scripts.reference

court-costs: $(VENV) ## Compute the tables of docs/spec/court.md on what it costs to bend, farm or fill a court
	python -m scripts.court_costs

app: $(VENV) $(NODE) ## Start a local chain and the app on it, and print the address and the test accounts: make app PORT=8080
	python -m scripts.app --port $(PORT)

devnet: $(VENV) ## Compile the contracts into the package goldleaf-devnet
	python -m scripts.devnet

release: $(VENV) $(NODE) ## Build the wheels of all packages into dist/, and run a task's life from them alone
	rm -rf dist
	for project in . tools devnet app; do (cd $$project && python -m hatchling build -t wheel -d $(CURDIR)/dist) || exit 1; done
	python -m tests.versions alone

# The browser that pages are tested with, in any version, is a system package: installed where that is allowed.
INSTALL_CHROMIUM := apt-get update -qq; apt-get install -y -qq --no-install-recommends chromium
chromium: ## Install the browser that pages are tested with, where there is none
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } > /dev/null \
		|| { [ "$$(id -u)" = 0 ] && { $(INSTALL_CHROMIUM); }; } \
		|| { command -v sudo > /dev/null && sudo -n sh -c '$(INSTALL_CHROMIUM)'; } \
		|| { echo "Pages are tested in Chromium: install it, on Debian by 'apt install chromium'." >&2; exit 1; }

lock: $(VENV) ## Resolve requirements.in into requirements.lock, changing only what has to be
	pip-compile --quiet --no-header --generate-hashes --no-strip-extras --allow-unsafe \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock requirements.in

# ape does not compile a contract anew when only a module of it has changed.
$(BUILD): $(VYPER_FILES)
	rm -rf .build
	mkdir -p $(@D)
	touch $@

clean: ## Remove all that was installed, cached or built
	rm -rf .venv node_modules .cache build dist

# A stamp is written last, and goes with the folder that is emptied first: what was interrupted is begun again.
# Some packages are sources only, so what builds them is there before them.
.venv/locked: requirements.lock
	$(PYTHON) -m venv --clear .venv
	sed -n -e '/^pip==/,/[^\]$$/p' -e '/^setuptools==/,/[^\]$$/p' requirements.lock > .venv/builders.lock
	$(PIP) install $(LOCKED) -r .venv/builders.lock
	$(PIP) install $(LOCKED) --no-build-isolation -r requirements.lock
	touch $@

$(VENV): .venv/locked pyproject.toml tools/pyproject.toml devnet/pyproject.toml app/pyproject.toml
	$(PIP) install $(OURS)
	$(PIP) check
	touch $@

# Before npm 11, `npm ci` forgets programs that packages for other platforms have, too; `rebuild` links them.
$(NODE): package.json package-lock.json .npmrc
	npm ci
	npm rebuild
	mkdir -p $(VENDORED)
	cp node_modules/htmx.org/dist/htmx.min.js $(VENDORED)
	touch $@
