# Everything happens inside this clone: .venv (with its caches) and .data. `make help` lists what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PRODUCT := .venv/product.stamp
DEVELOPMENT := .venv/development.stamp
DATA ?= .data/demo
ARGS ?=
TESTS ?= tests

PAGE := gateway/frontends/panel/web
WEB := $(shell find gateway/frontends/panel/build_web.py $(PAGE) -name node_modules -prune -o -type f -print 2>/dev/null)
# Due again when the clone has moved, Python was upgraded, setting up was stopped half-way or the built page is gone.
AGAIN := $(shell \
    [ "$$(cat $(PRODUCT) 2>/dev/null)" = "$$(pwd -P)" ] && [ ! -e .venv/cache/unfinished ] && $(BIN)/python -c 'import pip' 2>/dev/null \
    && [ -n "$(GATEWAY_SKIP_WEB)" -o -e gateway/frontends/panel/static/index.html ] || echo again)

# A Python that fits and can make virtual environments; the one line that helps where there is none.
define find_python
for name in python3 python3.13 python3.12 python3.11 none; do \
    $$name -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && break; \
done; \
if [ $$name = none ]; then \
    echo "This needs Python 3.11 to 3.13 with venv. On Debian and Raspberry Pi OS:" >&2; \
    echo "    sudo apt install -y make python3 python3-venv" >&2; \
    exit 1; \
fi
endef

.PHONY: help setup run test check soak bench clean again system-packages

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

setup: $(PRODUCT) ## what is needed to run, in .venv; every other target does it when it is due
	@echo "Ready: $(BIN)/gateway --help"

run: $(PRODUCT) ## the gateway with a simulated site on this machine; ARGS="--seed 7" for more
	@exec $(BIN)/gateway demo --data $(DATA) $(ARGS)

test: system-packages check ## everything CI runs: the checks, then the tests (TESTS=tests/core for some)
	@$(BIN)/python -m pytest -q -n 2 $(TESTS)

check: $(DEVELOPMENT) ## lint, format, types (also the panel's), and what may import what
	@status=0; \
	$(BIN)/ruff check --quiet . || status=1; \
	$(BIN)/ruff format --check --quiet . || status=1; \
	$(BIN)/mypy || status=1; \
	$(BIN)/lint-imports --no-logo || status=1; \
	[ ! -d $(PAGE)/node_modules ] || $(BIN)/python .ci/panel_types.py || status=1; \
	exit $$status

soak: system-packages $(DEVELOPMENT) ## the long counts, and every bench in full; takes long
	@$(BIN)/python -m pytest -q -m soak --timeout 7200 $(TESTS)
	@$(MAKE) bench

bench: $(DEVELOPMENT) ## measured figures beside a peer; ARGS=--quick for under a minute each
	@status=0; for name in ingest cost footprint wear history quality command live devices control inference window rules anomaly; do $(BIN)/gateway bench $$name $(ARGS) || status=1; done; exit $$status

clean: ## remove what was installed and built; .data stays
	rm -rf .venv gateway/frontends/panel/static gateway/frontends/panel/web/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find gateway tests .ci -name __pycache__ -type d -prune -exec rm -rf {} +

$(PRODUCT): pyproject.toml $(WEB) $(AGAIN)
	@$(find_python); $$name .ci/setup.py product

$(DEVELOPMENT): pyproject.toml $(AGAIN) | $(PRODUCT)
	@$(BIN)/python .ci/setup.py development

# Programs that some tests talk to. Installed only by root; a test whose program is missing is skipped by name.
system-packages:
	@sh .ci/system_packages.sh
