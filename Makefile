# Two commands matter: `make serve` and `make test`. Every other target is part of one of them.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
BENCH_VENV := $(VENV)/bench
BENCH := $(BENCH_VENV)/.installed
# What judges the OpenAPI document comes from npm and Go, where this machine has them; tests say what they had to skip.
CLIENTS := tests/clients/node_modules/.package-lock.json
JAVASCRIPT := scripts/javascript/node_modules/.package-lock.json
DIFFER := $(BIN)/oasdiff
GO ?= go
JUDGES := $(if $(shell command -v npm),$(CLIENTS) $(JAVASCRIPT)) $(if $(shell command -v $(GO)),$(DIFFER))
# What `make bench` is given: `make bench ARGS="--engines --sizes 1000"`; `python -m benchmarks --help` lists it all.
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install dev serve test check bench lock clean

help:  ## say what each target does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): $(BIN)/python requirements.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

install: $(RUNTIME)  ## create .venv with the locked dependencies and the `actions` command

$(CLIENTS): tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc
	npm --prefix tests/clients ci --no-progress
	@touch $@

$(JAVASCRIPT): scripts/javascript/package.json scripts/javascript/package-lock.json scripts/javascript/.npmrc
	npm --prefix scripts/javascript ci --no-progress
	@touch $@

# Only with the toolchain that is here: none is fetched, and an older one leaves the tests to say what they miss.
$(DIFFER): $(BIN)/python tests/clients/differ/go.mod tests/clients/differ/go.sum
	@GOTOOLCHAIN=local $(GO) build -C tests/clients/differ -o $(abspath $@) github.com/oasdiff/oasdiff || echo "no oasdiff"

dev: $(DEV) $(JUDGES)  ## the same, with what tests and checks need

serve: install  ## migrate, import data/actions.txt into an empty catalogue, serve on PORT (8000)
	$(BIN)/actions import --if-empty data/actions.txt
	$(BIN)/actions serve --port $(PORT)

test: dev  ## run every test that this machine can run, with branch coverage
	scripts/test

check: dev  ## formatter, linter, types, import layers, lock files, dependency audit, JavaScript
	scripts/check

# Peers are compared with in an environment of their own, which nothing else needs.
$(BENCH): $(BIN)/python requirements-bench.lock pyproject.toml
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-bench.lock
	$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

bench: $(BENCH)  ## the benchmarks beside Tantivy, FTS5, Whoosh and Datasette; prints ratios
	$(BENCH_VENV)/bin/python -m benchmarks $(ARGS)

lock: dev  ## write the lock files anew from pyproject.toml
	scripts/lock

clean:  ## remove the environment and the caches, never the data in var/
	rm -rf $(VENV) tests/clients/node_modules scripts/javascript/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage .coverage.*
