# The study in one command: `make study`. The tests: `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONHASHSEED := 0
BOOK := book/_build/html/index.html

.DEFAULT_GOAL := help
.PHONY: help study test test-slow test-engines lab dag book pdf serve screenshots verify release bench bench-peers calibrate locks clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Guyub needs Python 3.11, 3.12 or 3.13 (3.14 has not been tried); give one: make study PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@! git rev-parse --git-dir >/dev/null 2>&1 || git config filter.notebook.clean "'$(CURDIR)/$(BIN)/python' -m analysis.notebooks"  # .gitattributes names it
	@touch $@

# The three other locks hold only what comes on top of the study's
.venv/.lab: .venv/.ready requirements-lab.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lab.lock
	@mkdir -p .venv/etc/jupyter/jupyter_server_config.d
	@echo '{"FileContentsManager": {"pre_save_hook": "analysis.notebooks.save_bare"}}' > .venv/etc/jupyter/jupyter_server_config.d/guyub.json
	@touch $@

# igraph and krippendorff are under the GPL: the tests and benchmarks compare with them, no study needs them (docs/adr/0007)
.venv/.tests: .venv/.ready requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

# PySpark is half a gigabyte, and no study needs an engine: so they have an environment of their own, which sees .venv's packages
ENGINES := .venv-engines/bin/python
.venv-engines/.ready: .venv/.tests requirements-engines.lock
	$(PYTHON) -m venv .venv-engines
	$(ENGINES) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-engines.lock
	@$(BIN)/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' > $$(echo .venv-engines/lib/python*/site-packages)/study.pth
	@touch $@

study: .venv/.ready ## set up, run the study, build the book
	$(BIN)/dvc repro
	@echo
	@echo "The book is in $(BOOK)"
	@echo "Open it in a browser, or: make serve"
	@$(BIN)/guyub pdf

test: .venv/.tests $(BOOK) ## set up, pass all but the slow tests (five minutes)
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@mkdir -p .guyub
	@set -o pipefail; $(BIN)/mypy > .guyub/mypy.log & typed=$$!; \
	$(BIN)/pytest -n auto --dist loadfile -m "not engines and not slow" | tee .guyub/pytest.log; passed=$$?; \
	wait $$typed; typed=$$?; echo "mypy: $$(tail -n 40 .guyub/mypy.log)"; exit $$((passed || typed))

test-slow: .venv/.tests $(BOOK) ## pass the slow tests: whole studies, browsers (ten minutes; needs Chromium: apt-get install chromium)
	@mkdir -p .guyub
	@set -o pipefail; $(BIN)/pytest -n auto --dist loadfile -m slow | tee .guyub/pytest-slow.log

test-engines: .venv-engines/.ready ## pass the tests of DuckDB, Polars and Spark (needs Java 17: apt-get install openjdk-17-jre-headless)
	$(ENGINES) -m pytest -m engines tests/corpus

# the tests of the built site need one: make it where there is none
$(BOOK): | .venv/.ready
	$(MAKE) study

lab: .venv/.lab ## open the study in JupyterLab, its notebooks first (they are saved without outputs)
	$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=/lab/tree/notebooks

dag: .venv/.ready ## draw which stage needs which, on one screen
	@$(BIN)/guyub dag

book: .venv/.ready ## build the book alone, from what has been run
	$(BIN)/dvc repro book --single-item

pdf: .venv/.ready ## print the book and its summary as PDF (needs Chromium: apt-get install chromium)
	$(BIN)/guyub pdf

serve: .venv/.ready ## show the book at http://127.0.0.1:8000 (PORT=9000 for another port)
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory book/_build/html $(or $(PORT),8000)

screenshots: .venv/.tests ## take a picture of every page at three widths, to look at before landing (in .guyub/screenshots/)
	$(BIN)/python -m tests.browser.screenshots

# A study must not be checked by its own source, which may have been changed. So the code of the last release, as git has it
# (the commit in which release.json was last changed), becomes a wheel in an environment of its own. That environment sees
# the packages of .venv by one line of a .pth file; -I keeps PYTHONPATH and the current folder out.
VERIFIER := .guyub/verifier
verify: .venv/.ready ## check the study with the released code, not its own (VERIFY="--rebuild --json" are options)
	@rm -rf $(VERIFIER) && mkdir -p $(VERIFIER)/source
	@commit=$$(git log -1 --format=%H -- release.json); git archive $${commit:-HEAD} | tar -x -C $(VERIFIER)/source
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir $(VERIFIER) $(VERIFIER)/source
	@$(BIN)/python -m venv --without-pip $(VERIFIER)/env
	@$(BIN)/python -m pip --python $(VERIFIER)/env/bin/python install --quiet --disable-pip-version-check --no-deps --no-index $(VERIFIER)/*.whl
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > $$(echo $(VERIFIER)/env/lib/python*/site-packages)/study.pth
	@$(VERIFIER)/env/bin/python -I -m analysis.cli verify $(VERIFY)

release: .venv/.ready ## write release.json, by which `make verify` knows the code and run of the last release; then commit it
	$(BIN)/python -m analysis.verify.release

bench: .venv/.tests ## measure speed and memory next to peers, then read 100,000 damaged exports (half an hour; KEEP=1 keeps the table)
	$(BIN)/python benchmarks/table.py $(if $(KEEP),--keep)
	$(BIN)/python benchmarks/ingest.py mutants 100000

# Each in an environment of its own, for they do not agree on versions and some are under the GPL
bench-peers: ## install what `make bench` compares with (R's sna: apt-get install r-cran-sna; engines: make .venv-engines/.ready)
	for pins in benchmarks/peers/*.txt; do place=build/peers/$$(basename $$pins .txt); \
	  $(PYTHON) -m venv $$place && $$place/bin/python -m pip install --quiet --disable-pip-version-check -r $$pins || exit 1; done
	mkdir -p build/peers/whatsapp-chat-parser && cp benchmarks/peers/package.json build/peers/whatsapp-chat-parser
	cd build/peers/whatsapp-chat-parser && npm install --silent --no-audit --no-fund

calibrate: .venv/.ready ## try on simulated communities how often the study errs (100 minutes a call, and the next goes on; FRESH=1 begins anew)
	$(BIN)/python calibration/calibrate.py $(if $(FRESH),--fresh) $(if $(FINAL),--final)

COMPILE := uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --group build
HELD = --constraint requirements.lock $$(sed -nE 's/^([a-z0-9-]+)==.*/--no-emit-package \1/p' requirements.lock)
locks: ## pin every package anew, as pyproject.toml asks (needs uv; a version pinned already stays, `uv` has --upgrade)
	$(COMPILE) -o requirements.lock pyproject.toml
	$(COMPILE) $(HELD) --extra lab -o requirements-lab.lock pyproject.toml
	$(COMPILE) $(HELD) --group test -o requirements-test.lock pyproject.toml
	$(COMPILE) $(HELD) --extra engines -o requirements-engines.lock pyproject.toml
	sed -i '/^#/d' requirements-lab.lock requirements-test.lock requirements-engines.lock

clean: ## remove what was made (not the environment, not DVC's cache)
	rm -rf book/_build book/executed .guyub
	find data/processed -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
