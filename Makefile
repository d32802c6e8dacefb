# Two commands matter: `make run` starts the whole system, `make test` runs every test. The rest is for developers.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.12 python3 python; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] < (3,13))' 2>/dev/null && { command -v $$p; break; }; done)
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
TESTS ?= tests
DATA ?= ../shared/data
# Two more than there are cores: whole systems that are killed take their time to be whole again.
TEST_PROCESSES ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 2)))
# Many processes are started: where this is set, each would compile every module anew.
export PYTHONDONTWRITEBYTECODE :=

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/.runtime ## start the whole system (PORT, MENTALSPACE_HOME, … see README)
	@exec .venv/bin/mentalspace up

test: .venv/.dev chromium ## run every test on a real PostgreSQL and Redis
	@.venv/bin/python -m pytest -n $(TEST_PROCESSES) --dist loadgroup --no-loadscope-reorder $(TESTS)

# The headless shell is the same browser without windows, at a quarter of the work.
chromium:
	@for name in chromium-headless-shell chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit; done; \
	install() { apt-get install -y -qq --no-install-recommends chromium-headless-shell || apt-get install -y -qq --no-install-recommends chromium; }; \
	{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && echo "installing Chromium for the browser tests (once; a minute or two) …" \
		&& { install || { apt-get update -qq && install; }; } >/dev/null 2>&1; } \
	|| echo "note: there is no Chromium here, so the browser tests are skipped (on Debian: sudo apt-get install chromium-headless-shell)" >&2

check: .venv/.dev ## formatting, lint, types, import rules
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports

evaluate: .venv/.dev ## measure against real data: make evaluate DATA=folder
	@.venv/bin/python -m bench.evaluate $(DATA)

bench: .venv/.dev ## measure speed: requests, moods, imports
	@.venv/bin/python -m bench.http

format: .venv/.dev ## format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

lock: .venv/.dev ## pin every dependency again from pyproject.toml
	@$(PIP) install uv
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet pyproject.toml -o requirements.lock
	@.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --all-extras -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove what was built and the embedded servers' data
	@rm -rf .venv .local .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or 3.12 is needed, and neither was found" >&2; exit 1; }
	@command -v cc >/dev/null || command -v gcc >/dev/null || { echo "error: a C compiler is needed to build Redis, and none was found (try: apt-get install gcc)" >&2; exit 1; }
	@echo "making .venv with $(PYTHON) …"
	@$(PYTHON) -m venv .venv || { echo "error: the virtual environment could not be made (on Debian: apt-get install python3-venv)" >&2; rm -rf .venv; exit 1; }

.venv/.runtime: .venv/bin/python requirements.lock pyproject.toml
	@echo "installing packages (once; a minute or two) …"
	@$(PIP) install --require-hashes -r requirements.lock || { echo "error: packages could not be installed; the lines above say which" >&2; exit 1; }
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/bin/python requirements-dev.lock pyproject.toml
	@echo "installing packages, those for tests too (once; a minute or two) …"
	@$(PIP) install --require-hashes -r requirements-dev.lock || { echo "error: packages could not be installed; the lines above say which" >&2; exit 1; }
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ .venv/.runtime

.PHONY: help run test chromium check evaluate bench format lock clean
