# The targets are the README's commands. `make demo` and `make test` need Python 3.11+, a C compiler and make.
VENV   ?= .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
TYPESCRIPT := tests/clients/typescript
LANG_OUT ?= zh
# The tests start hundreds of processes: what is compiled is kept, also where the environment forbids it.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test lint types unit explore matrix newest lock sbom bench load figures prove mutants serve clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.ready-demo: pyproject.toml requirements.lock scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh "$(VENV)" api
	@touch $@

$(VENV)/.ready-test: pyproject.toml requirements-test.lock scripts/setup.sh scripts/browser.sh scripts/clients.sh $(TYPESCRIPT)/package-lock.json scripts/spark.sh requirements-spark.lock
	@PYTHON="$(PYTHON)" scripts/setup.sh "$(VENV)" test
	@scripts/browser.sh
	@scripts/clients.sh "$(VENV)"
	@scripts/spark.sh "$(VENV)"
	@touch $@ $(VENV)/.ready-demo

demo: $(VENV)/.ready-demo  ## set up, then the advice for a realistic patient (English: LANG_OUT=en)
	@$(BIN)/oncocds evaluate examples/patients/two-bone-agents.json --lang $(LANG_OUT)
	@echo
	@echo "HTTP:  $(BIN)/oncocds serve        then:"
	@echo "       curl -s localhost:8000/v1/evaluations -H 'content-type: application/json' -d '{\"patient\": {\"diagnosis\": {\"tumour_type\": \"breast\"}}}'"

# Most checks before the test-suite work on one core, so two run side by side; each says what it says in one piece.
test: $(VENV)/.ready-test  ## set up, then every check
	@$(MAKE) --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) lint types mutants prove
	@$(MAKE) --no-print-directory unit

lint: $(VENV)/.ready-test  ## style and knowledge
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/oncocds check
	$(BIN)/oncocds ledger

types: $(VENV)/.ready-test  ## mypy --strict and pyright
	$(BIN)/mypy
	$(BIN)/pyright

unit: $(VENV)/.ready-test  ## the test-suite
	$(BIN)/pytest -n auto

explore: $(VENV)/.ready-test  ## the laws of the test-suite on other examples each time (FILES="tests/…": only some files)
	$(BIN)/pytest -n auto --hypothesis-profile=random $(FILES)

matrix:  ## the tests on the lowest versions and on each other Python that is here; says which are not
	PYTHON="$(PYTHON)" scripts/matrix.sh

newest:  ## the same tests on the newest versions within the declared bounds; says which are not those of the lock
	NEWEST=1 PYTHON="$(PYTHON)" scripts/matrix.sh

lock:  ## write the versions with hashes anew (UPGRADE=1: the newest)
	PYTHON="$(PYTHON)" UPGRADE="$(UPGRADE)" scripts/lock.sh

sbom:  ## a bill of materials (CycloneDX) of what is shipped, from requirements.lock: reports/sbom.json
	@mkdir -p reports
	@$(PYTHON) scripts/sbom.py reports/sbom.json && echo reports/sbom.json

prove: $(VENV)/.ready-test  ## claims about every possible patient
	$(BIN)/oncocds prove

mutants: $(VENV)/.ready-test  ## small changes of the knowledge: each noticed by an example or a scenario, or proved to say the same
	$(BIN)/oncocds mutants --scenarios tests/data/scenarios.json

bench: $(VENV)/.ready-test  ## speed, as ratios measured side by side in one run
	$(BIN)/python -m bench

load: $(VENV)/.ready-test  ## a server under load: capacity, twice as much, workers killed and frozen; ends with 1 where what is promised does not hold (two minutes; FULL=1: then 10⁶ evaluations in process, 10⁵ over HTTP, hours)
	$(BIN)/python -m bench.load
	$(if $(FULL),$(BIN)/python -m bench.endurance --full)

figures: $(VENV)/.ready-test  ## a server with 1 and 2 workers beside an empty handler, what audit costs, hostile requests (under three minutes)
	$(BIN)/python -m bench.figures

serve: $(VENV)/.ready-demo  ## the HTTP server on port 8000
	$(BIN)/oncocds serve

clean:  ## remove what the targets above made
	rm -rf $(VENV) .venv-lock .venv-matrix .pytest_cache .mypy_cache .ruff_cache .hypothesis $(TYPESCRIPT)/node_modules reports dist build engine/oncocds/_prepared
