# Two commands matter: `make lab` and `make test`. Both install what they need.
PYTHON ?= python3
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
# The environment's jlpm and jupyter before any other.
export PATH := $(CURDIR)/$(BIN):$(PATH)

SAMPLES ?= samples
PORT ?= 8888
INSTALLED := $(VENV)/.installed
TESTING := $(VENV)/.testing
FRONT_END := $(shell find src style schema scripts/build-viewer.mjs package.json tsconfig.json -type f 2>/dev/null)

.PHONY: lab test lint types unit ui coverage conformance torture bench binder build clean help

help:
	@echo "make lab    install, write the samples, start JupyterLab with them"
	@echo "make test   everything that must hold: lint, types, tests, notebooks, browser"
	@echo "make bench  every benchmark, as ratios"
	@echo "make coverage   how much of model and storage the tests run; under 95 % fails"
	@echo "make torture  crashes, faults and kills of saves, by the hundred (minutes)"
	@echo "make conformance  compare with pyUSID, installed beside (1 GB)"

# ---- installing ---------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "usid_lab needs Python >= 3.11"; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || { echo "usid_lab needs Node >= 20 to build its front end"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(INSTALLED): pyproject.toml package.json yarn.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[plot]"
	@touch $@

$(TESTING): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --group lint --group test "jupyter-builder>=1.0.2,<2" build
	@touch $@

# What an editable install built is stale as soon as a source is newer.
usid_lab/labextension/package.json: $(FRONT_END) | $(INSTALLED)
	$(BIN)/python -m pip install --quiet "jupyter-builder>=1.0.2,<2"
	jlpm install --immutable
	jlpm build
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

build: usid_lab/labextension/package.json

# ---- using --------------------------------------------------------------

lab: build
	@test -d $(SAMPLES) || $(BIN)/usid-lab samples $(SAMPLES)
	$(BIN)/jupyter lab --ip=127.0.0.1 --port=$(PORT) --ServerApp.root_dir=$(SAMPLES) $(if $(filter 0,$(shell id -u 2>/dev/null)),--allow-root)

# ---- testing ------------------------------------------------------------

# The unit tests run the notebooks too.
test: lint types unit ui

lint: $(TESTING) build
	ruff check .
	ruff format --check .
	lint-imports
	numpydoc lint $$(find usid_lab -name '*.py' -not -path '*/labextension/*')
	jlpm lint

types: $(TESTING) build
	mypy
	jlpm types

unit: $(TESTING) build
	jlpm test
	pytest

ui: $(TESTING) build
	scripts/chromium
	cd ui-tests && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 jlpm install --immutable && CHROMIUM="$$(../scripts/chromium)" jlpm playwright test

# The room of USID's rules and the border to HDF5: lines and branches, each room by itself.
coverage: $(TESTING) build
	pytest --quiet --cov --cov-report= --ignore=tests/test_wheel.py --ignore=tests/test_notebooks.py
	coverage report --skip-covered --fail-under=95 --include='usid_lab/model/*'
	coverage report --skip-covered --fail-under=95 --include='usid_lab/storage/*'

conformance: $(TESTING) build
	USID_LAB_CONFORMANCE=1 pytest tests/conformance

# Not for every change: what must hold when disks fail and programs are killed.
torture: $(TESTING)
	USID_LAB_TORTURE=1 pytest tests/torture

bench: $(TESTING) build
	scripts/chromium
	cd ui-tests && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 jlpm install --immutable
	CHROMIUM="$$(scripts/chromium)" $(BIN)/python -m benchmarks

binder:
	binder/check

clean:
	jlpm clean
	rm -rf $(VENV) node_modules ui-tests/node_modules
