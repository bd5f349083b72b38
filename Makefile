# Two commands matter: `make demo` and `make test`. Both set up what they need, the first time.
SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test lint format bench lock audit system-test clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## the environment in .venv, from requirements.lock

$(READY): requirements.lock pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Loa needs Python 3.11 or newer; python3 here is $$(python3 --version 2>&1)."; exit 1; }
	@test -x $(PYTHON) && $(PYTHON) -m pip --version >/dev/null 2>&1 || $(MAKE) --no-print-directory venv
	$(PYTHON) -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(PYTHON) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Debian keeps `venv` in a package of its own.
.PHONY: venv
venv:
	@rm -rf $(VENV)
	@python3 -m venv $(VENV) >/dev/null 2>&1 || { $(MAKE) --no-print-directory debian PACKAGES=python3-venv && python3 -m venv $(VENV); }

# Installs PACKAGES where that is allowed, else prints the one command that does.
.PHONY: debian
debian:
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  echo "Installing $(PACKAGES) with apt-get"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null; \
	elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then \
	  echo "Installing $(PACKAGES) with apt-get"; sudo apt-get update -qq && sudo apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null; \
	else \
	  echo "Please install these system packages, then run the same command again:"; echo "  sudo apt-get install $(PACKAGES)"; exit 1; \
	fi

demo: $(READY) ## the main job: make and publish every demonstration product, then serve them
	$(VENV)/bin/loa demo

serve: $(READY) ## the site and one worker, on your own data
	$(VENV)/bin/loa serve

test: $(READY) system-test ## every test, slow ones too
	$(PYTHON) -m pytest -n $(JOBS) --dist loadfile

# What no wheel brings: a browser for the journeys, a library that its driver needs, PostgreSQL for the newsroom, and
# other people's programs that play, measure and read what we make.
system-test: $(READY)
	@missing=""; \
	need() { command -v "$$1" >/dev/null || missing="$$missing $$2"; }; \
	need chromium chromium; need ffmpeg ffmpeg; need mpg123 mpg123; need sox sox; need zbarimg zbar-tools; \
	need gst-launch-1.0 "gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav"; \
	need tesseract "tesseract-ocr tesseract-ocr-vie tesseract-ocr-khm"; \
	$(VENV)/lib/python3*/site-packages/playwright/driver/node --version >/dev/null 2>&1 || missing="$$missing libatomic1"; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$$missing postgresql"; \
	if [ -n "$$missing" ]; then $(MAKE) --no-print-directory debian PACKAGES="$${missing# }"; fi

lint: $(READY) ## ruff, mypy, the import contracts, missing migrations
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/loa manage makemigrations --check --dry-run

format: $(READY)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(READY) ## speed, as ratios against peers run in the same minute
	$(PYTHON) -m tests.bench

lock: $(READY) ## requirements.lock anew: every version with its hashes, no addresses
	$(VENV)/bin/uv pip compile pyproject.toml --all-extras --generate-hashes --universal --python-version 3.11 \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --output-file requirements.lock $(LOCK)

audit: $(READY) ## known holes in what is locked
	$(VENV)/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock

clean: ## removes what was made: .loa, out, caches (never .venv)
	rm -rf .loa out build .pytest_cache .ruff_cache .mypy_cache .hypothesis
