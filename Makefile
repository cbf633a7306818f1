# Every target works on a fresh clone with Python 3.11 or newer and make: the first one sets up .venv. Run make
# in this folder, or as `make -C`: paths are relative, so that the folder's name may hold a space.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READERS := $(VENV)/readers

.DEFAULT_GOAL := help
.PHONY: help setup landscape test tests bench evaluate check format types app screenshots translations dagster dictionary clean

help: ## Say what each target does.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.ready ## Create .venv with the pinned packages.

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)."; \
	    echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "This Python cannot create virtual environments. On Debian or Ubuntu:"; \
	    echo "  sudo apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv (once; about a minute) ..."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

landscape: setup ## Build the landscape from the committed sample, offline.
	@$(BIN)/landscape build --sample

test: setup ## Run every check and test.
	@$(MAKE) --no-print-directory --jobs=2 check tests

# The types are checked while tests wait for browsers and processes, which leave a core idle now and then.
tests: $(READERS)/duckdb-1.2/.ready $(READERS)/duckdb-2.0/.ready
	@$(BIN)/python -m pytest -n 2 --dist worksteal

bench: setup ## Measure ingestion, the landscape and the pages of the app (some minutes, idle machine).
	@$(BIN)/python -m tests.bench

evaluate: setup ## Measure the domain classifier and the nowcast, and write their tables into docs/.
	@$(BIN)/landscape evaluate --write
	@$(BIN)/landscape completeness evaluate --write

check: setup ## Lint, format, types and architecture.
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: setup ## Format the code and mend what ruff can.
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

dictionary: setup ## Write docs/data_dictionary.md and the JSON Schemas of the seeds anew.
	@$(BIN)/landscape dictionary

# Environments with nothing but DuckDB: tests open the published file from them as a researcher would.
$(READERS)/duckdb-%/.ready: | setup
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check 'duckdb==$*.*'
	@touch $@

app: setup ## Open the app on http://127.0.0.1:8501, on the sample; on live data with LANDSCAPE_PROFILE=live.
	@$(BIN)/streamlit run app/streamlit_app.py

screenshots: setup ## Make pictures of every page into screenshots/ (needs chromium; run `make landscape` first).
	@$(BIN)/python -m tests.browser.screenshots

translations: setup ## Bring app/i18n/zh.po up to the texts in the code; new ones wait there for their Chinese.
	@$(BIN)/pybabel --quiet extract --mapping=app/i18n/babel.cfg --no-location --keyword=_ --keyword=n_:1,2 --keyword=marked --omit-header \
	  --output-file=$(VENV)/app.pot app
	@$(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --omit-header --width=120 \
	  --input-file=$(VENV)/app.pot --output-file=app/i18n/zh.po --locale=zh_Hans

dagster: setup ## Open Dagster on http://127.0.0.1:3000 (needs nothing else running).
	@storage="$$($(BIN)/python -c 'from pipelines.floor.settings import load_settings; print(load_settings().dagster_dir)')" && \
	  mkdir -p "$$storage" && DAGSTER_HOME="$$PWD" LANDSCAPE_DAGSTER_STORAGE="$$storage" $(BIN)/dg dev

clean: ## Remove the built sample; live data and .venv stay.
	@rm -rf data/built_sample
