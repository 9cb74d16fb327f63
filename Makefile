# Every target makes the environment it needs from the lock files; nothing has to be installed by hand.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# As many as cores: with one more, tests that start processes and watch clocks failed on a slow machine.
WORKERS := $(shell $(PYTHON) -c "import os; print(os.cpu_count())")
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help install demo test check mutants bench lock clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/pip install --quiet --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

install: $(VENV)/.runtime ## Make the environment

demo: $(VENV)/.runtime ## Run the main job on two emulated CRMs (ONCE=1 ends after it)
	$(BIN)/shortlist demo $(if $(ONCE),--once)

test: $(VENV)/.dev ## Run the tests
	$(BIN)/pytest -n $(WORKERS) --dist worksteal
	@touch $(VENV)/.tested

check: $(VENV)/.dev ## Everything a change must pass: lint, format, types, imports, bandit, house rules, and the tests if any file changed since they passed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive core connectors scoring store sync webhooks dashboard shortlist
	$(BIN)/python -m tests.house_rules
	@$(MAKE) --no-print-directory $(VENV)/.tested

$(VENV)/.tested: $(VENV)/.dev $(shell git ls-files 2>/dev/null || find . -name '*.py' -not -path './$(VENV)/*')
	$(BIN)/pytest -n $(WORKERS) --dist worksteal
	@touch $@

mutants: $(VENV)/.dev ## Take each guard out of a copy of the code and see that its fault test fails (ONLY=F01, or part of a test's name)
	$(BIN)/python -m tests.mutants $(if $(ONLY),--only $(ONLY))

bench: $(VENV)/.dev ## Print the measured table (ONLY=salesforce|hubspot|emulators|scoring|sync|service, SIZE=S|M|L of the scored and the synced world, PEERS=1 adds the peers)
	$(BIN)/python -m bench $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE)) $(if $(PEERS),--peers)

lock: ## Pin the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra postgres --group build --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade -q -o requirements.lock
	uv pip compile pyproject.toml --all-extras --group build --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -q -c requirements.lock -o requirements-dev.lock

clean: ## Remove the environment and what the tools left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-data
