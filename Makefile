# Two commands do everything: `make run` and `make test`. Both set up what they need.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# Python 3.13 where there is one (Lambda's, and what a deployment is built with), else the newest plain python3 from 3.11 on.
PYTHON_313 := $(shell for p in python3.13 $$HOME/.pyenv/versions/3.13*/bin/python3.13; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && command -v "$$p" && break; done)
PYTHON ?= $(or $(PYTHON_313),python3)

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2

include infra/build.mk

.PHONY: help
help: ## Show what there is
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# -- set-up ------------------------------------------------------------------------------------------------------------

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $(UV)

# `make run` needs less than `make test`.
.make/local: requirements/local.txt $(UV)
	@mkdir -p .make
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r $<
	@touch $@

.make/dev: requirements/dev.txt $(UV)
	@mkdir -p .make
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r $<
	@touch $@ .make/local

# Environments of their own, since their pins would hold ours back.
.make/sam .make/ministack .make/docs .make/peers: .make/%: requirements/%.txt $(UV)
	@test -x .venv-$*/bin/python || $(or $(PYTHON_313),$(PYTHON)) -m venv .venv-$*
	@$(UV) pip install --quiet --python .venv-$*/bin/python --require-hashes --compile-bytecode -r $<
	@mkdir -p .make && touch $@

# What judges the FHIR output: two Python judges, the Node beside them for the others, and a browser.
JUDGES := tests/judges
.make/judges: requirements/judges.txt $(wildcard $(JUDGES)/*/package-lock.json) $(UV)
	@test -x .venv-judges/bin/python || $(or $(PYTHON_313),$(PYTHON)) -m venv .venv-judges
	@$(UV) pip install --quiet --python .venv-judges/bin/python --require-hashes --compile-bytecode -r $<
	@for part in node lforms cards walks; do \
	  (cd $(JUDGES)/$$part && PATH="$(CURDIR)/.venv-judges/bin:$$PATH" npm ci --silent) || exit 1; done
	@.ci/chromium
	@mkdir -p .make && touch $@

# -- use ---------------------------------------------------------------------------------------------------------------

.PHONY: run
run: .make/local ## Start the service on 127.0.0.1:8080 (PORT=…), submit a sample intake, print its result, keep serving
	@$(BIN)/python -m infra.local

.PHONY: deploy-local
deploy-local: .make/dev .make/sam .make/ministack ## Build and deploy the real template to a local AWS, run the sample through it
	@$(BIN)/python -m infra.deploy_local

# -- test --------------------------------------------------------------------------------------------------------------

.PHONY: test
test: .make/dev .make/ministack .make/peers .make/judges $(if $(PYTHON_313),.make/sam) ## Run every test
	@REQUIRE_JUDGES=1 $(PYTEST) -n $(WORKERS) --dist loadgroup tests $(if $(PYTHON_313),,--ignore tests/deployed)
ifeq ($(PYTHON_313),)
	@echo
	@echo "NOT RUN, for want of Python 3.13: tests/deployed (the built template on a local AWS). CI runs them."
endif

.PHONY: check
check: .make/dev .make/sam .make/docs ## Static checks: lint, types, dependency rule, template, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/bandit --quiet --recursive shared functions
	@$(BIN)/python -m shared.instruments check
	@for kind in pages conformance dictionary schema; do $(BIN)/python -m shared.instruments $$kind --check || exit 1; done
	@$(BIN)/python -m shared.risk_models check
	@$(BIN)/python -m shared.profile check
	@$(BIN)/python -m shared.batteries check
	@for kind in pages schema; do $(BIN)/python -m shared.risk_models $$kind --check || exit 1; done
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet --strict
	@.venv-sam/bin/cfn-lint template.yaml infra/*.yaml
	@SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint

.PHONY: build
build: .make/sam $(UV) ## Build functions and layers for Lambda (needs Python 3.13)
	@$(if $(PYTHON_313),,$(error Building for Lambda needs Python 3.13))
	@PATH="$(dir $(PYTHON_313)):$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 ARCHITECTURE=$(ARCHITECTURE) \
	  .venv-sam/bin/sam build --parameter-overrides Architecture=$(ARCHITECTURE)

.PHONY: bench
bench: .make/dev .make/ministack ## Measure, side by side with baselines, and write docs/benchmarks.md
	@$(BIN)/python -m bench

# -- write -------------------------------------------------------------------------------------------------------------

.PHONY: pages
pages: .make/dev ## Write everything that is generated from the definitions
	@for kind in pages conformance dictionary schema; do $(BIN)/python -m shared.instruments $$kind || exit 1; done
	@for kind in pages schema; do $(BIN)/python -m shared.risk_models $$kind || exit 1; done

.PHONY: docs
docs: .make/docs ## Build the documentation site into site/
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet --strict && echo "site/index.html"

.PHONY: catalogue
catalogue: .make/dev ## Print the catalogue: scorable, trust, text, missing rule, verified facts, sources
	@$(BIN)/python -m shared.instruments table

.PHONY: format
format: .make/dev ## Format the code
	@$(BIN)/ruff check --quiet --fix . && $(BIN)/ruff format --quiet .

.PHONY: pins
pins: $(UV) ## Pin every requirement again, by hash and without addresses
	@for name in uv runtime tokens delivery local dev sam ministack peers docs judges; do \
	  $(UV) pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt || exit 1; done

.PHONY: clean
clean: ## Remove everything that can be made again
	@rm -rf .venv* .make .local .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/judges/*/node_modules
