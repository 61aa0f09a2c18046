# Every command of this project; `make` alone lists them. What a command needs is installed before
# it first runs: the extras of pyproject.toml, into .venv.

PYTHON ?= python3
NB ?=
ALL ?=
PHOTOS ?=
CLASSES ?=
BENCH ?=
QUICK ?=
VERSIONS ?=
BUILDER ?= html

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
NBCONVERT := $(BIN)/jupyter nbconvert --log-level ERROR --output-dir build/notebooks
CHOSEN := $(wildcard $(if $(NB),$(NB:%=notebooks/%*.ipynb),notebooks/*.ipynb))
RUNS := $(CHOSEN:notebooks/%.ipynb=build/notebooks/%.html)
PAGES := build/site_sources
BACKENDS := build/backends
# The notebooks run in the Python of .venv, whatever kernels are registered elsewhere.
export JUPYTER_PREFER_ENV_PATH := 1

.DEFAULT_GOAL := help
.PHONY: help lab notebooks test app label site notebooks-full clean lint test-browser test-swaps \
	test-versions test-backends bench pictures

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 } \
		/^## / { print "\n" substr($$0, 4) }' Makefile

## To learn

lab: .venv/.lab ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

notebooks: .venv/.lab ## Run the notebooks briefly, into build/notebooks (NB="01 02" picks some)
	@UNETLAB_SHORT_RUN=1 $(MAKE) --no-print-directory --keep-going -j 2 $(or $(RUNS),no-such-notebook)

test: .venv/.lab .venv/.test ## Run the tests and the docstrings' examples (ALL=1: the slow ones, too)
	$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal $(if $(ALL),-m "not browser")

# Voila warns of a notebook that nobody has trusted.
app: .venv/.lab ## Open the studio of notebook 04 as a page without code
	@$(BIN)/jupyter trust unetlab/photo/app.ipynb >/dev/null
	cd unetlab/photo && ../../$(BIN)/python -m voila app.ipynb

label: .venv/.lab ## Label a folder's photos on a page (PHOTOS=folder CLASSES=background,cat)
	@[ -n "$(PHOTOS)" ] || { echo 'Name the photos: make label PHOTOS=folder'; exit 2; }
	@$(BIN)/jupyter trust unetlab/label/app.ipynb >/dev/null
	photos=$$(realpath "$(PHOTOS)") && cd unetlab/label && UNETLAB_PHOTOS="$$photos" \
		UNETLAB_CLASSES="$(or $(CLASSES),background,subject)" ../../$(BIN)/python -m voila app.ipynb

site: .venv/.lab .venv/.site ## Make pages to read of the notebooks that ran, into build/site
	@ls build/notebooks/*.ipynb >/dev/null 2>&1 || { echo 'First run make notebooks.'; exit 2; }
	@rm -rf $(PAGES) build/site && mkdir -p $(PAGES)/notebooks $(PAGES)/unetlab/starter
	@cp -R notebooks/site/. README.md LICENSE .github $(PAGES)
	@cp -R notebooks/images notebooks/glossary.md build/notebooks/*.ipynb $(PAGES)/notebooks
	@cp unetlab/starter/CARD.md $(PAGES)/unetlab/starter
	$(BIN)/sphinx-build --builder $(BUILDER) --quiet --fail-on-warning --keep-going $(PAGES) build/site
	@echo 'Open build/site/index.html'

notebooks-full: .venv/.lab ## Run the notebooks with their full settings (NB as above)
	@$(MAKE) --no-print-directory --keep-going $(or $(RUNS),no-such-notebook)

clean: ## Remove what runs left behind
	rm -rf build .pytest_cache .ruff_cache .hypothesis notebooks/.ipynb_checkpoints
	find unetlab tests -name __pycache__ -prune -exec rm -rf {} +

## To maintain

lint: .venv/.maintain ## Check style and format, and that notebooks hold no outputs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb

test-browser: .venv/.lab .venv/.test .venv/.maintain ## Test the pages in Chromium
	$(BIN)/pytest -m browser tests/test_*browser.py

test-swaps: .venv/.lab .venv/.maintain ## Run each notebook with another encoder and size (NB as above)
	$(BIN)/python tests/tools/run_swaps.py $(NB)

test-versions: .venv/.maintain ## Test with old and hosted packages (VERSIONS="oldest colab")
	$(BIN)/nox --noxfile tests/tools/noxfile.py $(if $(VERSIONS),--sessions $(VERSIONS))

test-backends: .venv/.test $(BACKENDS)/.installed ## Test models, losses and metrics on JAX and PyTorch, too (1 GB)
	PYTHONPATH=$(CURDIR)/$(BACKENDS) $(BIN)/pytest -n auto --maxprocesses 2 \
		tests/test_backends.py tests/test_distribution.py

bench: .venv/.lab .venv/.test ## Measure speed against the peers' ways, into build/bench (BENCH="pipeline_speed")
	$(BIN)/python tests/benchmarks/run_all.py $(if $(QUICK),--quick) $(BENCH)

# One notebook: the page with what it printed and drew, and the notebook itself. Widgets and threads
# print the exceptions of the code they call and go on, so what was printed is looked at, too.
build/notebooks/%.html: notebooks/%.ipynb pictures
	@rm -f build/notebooks/$*.* && echo '$*: runs'
	@began=$$(date +%s); log=build/notebooks/$*.log; \
	$(NBCONVERT) --to notebook --execute --ExecutePreprocessor.timeout=$(if $(UNETLAB_SHORT_RUN),600,1800) $< >$$log 2>&1 && \
	$(NBCONVERT) --to html build/notebooks/$*.ipynb >>$$log 2>&1 || { tail -n 30 $$log; exit 1; }; \
	seconds=$$(($$(date +%s) - began)); echo "$*: $$seconds s"; \
	echo "a $(if $(UNETLAB_SHORT_RUN),short run on drawn photos,full run): $$seconds seconds" \
	> build/notebooks/$*.txt
	@if grep -q 'Traceback (most recent call last)' build/notebooks/$*.ipynb; \
	then echo '$*: a traceback stands among its outputs; see $@'; exit 1; fi

# Once, before the first notebook: two copies at a time would meet.
pictures:
	@mkdir -p build/notebooks && cp -R notebooks/images build/notebooks

no-such-notebook:
	@echo 'No notebook begins so; give the beginnings of some, as in NB="01 02".'; exit 2

# The stamps are newer than pyproject.toml once everything in it is installed.
.venv/.%: pyproject.toml | .venv/bin/python
	@echo "Installing into .venv what pyproject.toml lists under '$*', once."
	@$(PIP) --editable '.[$*]'
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit( \
	"Found Python %d.%d; expected 3.11, 3.12 or 3.13, which TensorFlow has packages for; " \
	"install one of them and name it: make PYTHON=python3.12" % v)'
	@$(PYTHON) -m venv .venv

# In a folder of their own, as no other command is to meet them. PyTorch's version is named so that
# its build for processors, a third in size, comes before the one of the same version for GPUs.
$(BACKENDS)/.installed: .venv/.test
	rm -rf $(BACKENDS)
	$(PIP) --no-deps --target $(BACKENDS) jax jaxlib opt_einsum
	$(PIP) --no-deps --target $(BACKENDS) --retries 1 --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0 \
		&& $(PIP) --no-deps --target $(BACKENDS) sympy mpmath networkx filelock fsspec \
		&& PYTHONPATH=$(CURDIR)/$(BACKENDS) $(BIN)/python -c 'import torch' \
		|| { echo 'PyTorch for processors cannot be had here: its tests are left out.'; rm -rf $(BACKENDS)/torch*; }
	@touch $@
