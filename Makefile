# Every command of this project; `make` alone lists them.

PYTHON ?= python3
NB ?=
JOBS ?=
FAST ?=
QUICK ?=
BENCH ?=
MINUTES ?=
VISITORS ?=
VERSIONS ?=
PHOTOS ?=
CLASSES ?=

BIN := .venv/bin
INSTALLED := .venv/.installed
# Cell ids stay: they are how git and JupyterLab tell cells apart.
STRIP := $(BIN)/nbstripout --keep-id
BACKENDS := build/backends
INTO_BACKENDS = $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --no-deps \
	--target $(BACKENDS)

.DEFAULT_GOAL := help
.PHONY: help lab app label notebooks notebooks-full site test test-browser test-swaps test-versions test-backends bench lint strip links pictures starter clean distclean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

lab: $(INSTALLED) ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

app: $(INSTALLED) ## Open the studio of notebook 04 as a page without code (VISITORS=16)
	cd unetlab/photo && ../../$(BIN)/python page.py $(if $(VISITORS),--visitors $(VISITORS))

label: $(INSTALLED) ## Label a folder's photos on a page without code (PHOTOS=folder CLASSES=background,cat)
	@[ -n "$(PHOTOS)" ] || { echo 'Name the photos: make label PHOTOS=folder'; exit 2; }
	$(BIN)/python unetlab/label/page.py "$(PHOTOS)" $(if $(CLASSES),--classes "$(CLASSES)")

notebooks: $(INSTALLED) ## Run the notebooks briefly, into build/notebooks (NB="01 02" picks some)
	$(BIN)/python tests/run_notebooks.py --short $(NB)

notebooks-full: $(INSTALLED) ## Run the notebooks with their full settings (NB as above)
	$(BIN)/python tests/run_notebooks.py $(if $(JOBS),--jobs $(JOBS)) $(NB)

site: $(INSTALLED) ## Make pages to read of the notebooks that ran, into build/site
	$(BIN)/python tests/build_site.py

test: $(INSTALLED) ## Run the tests and the docstrings' examples
	$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal

test-browser: $(INSTALLED) ## Run notebooks in JupyterLab, in a real browser (FAST=1: studio, labeller, site)
	$(BIN)/pytest -m browser $(if $(FAST),-k "studio or app or label or site") tests/test_browser.py \
		tests/test_label_browser.py tests/pages/test_site_in_browser.py

test-swaps: $(INSTALLED) ## Run the notebooks with other encoders and what they say to try (FAST=1: few)
	$(BIN)/python tests/run_swaps.py $(if $(FAST),--fast) $(NB)

test-versions: ## Test in environments of old, new and hosted packages (VERSIONS="oldest colab", FAST=1)
	$(PYTHON) tests/run_versions.py $(if $(FAST),--fast) $(VERSIONS)

test-backends: $(BACKENDS)/.installed ## Run the tests of models, losses and metrics on JAX and PyTorch, too (1 GB)
	PYTHONPATH=$(CURDIR)/$(BACKENDS) $(BIN)/pytest -n auto --maxprocesses 2 \
		tests/test_backends.py tests/test_several_devices.py

# In a folder of their own, as no other command is to meet them. PyTorch's version is named so that
# its build for processors, a third in size, comes before the one of the same version for GPUs.
$(BACKENDS)/.installed: $(INSTALLED)
	rm -rf $(BACKENDS)
	$(INTO_BACKENDS) jax jaxlib opt_einsum
	$(INTO_BACKENDS) --retries 1 --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0 \
		&& $(INTO_BACKENDS) sympy mpmath networkx filelock fsspec \
		&& PYTHONPATH=$(BACKENDS) $(BIN)/python -c 'import torch' \
		|| { echo 'PyTorch for processors cannot be had here: its tests are left out.'; rm -rf $(BACKENDS)/torch*; }
	@touch $@

bench: $(INSTALLED) ## Measure speed against the peers' ways, into build/bench (BENCH="growth" picks)
	$(BIN)/python tests/benchmarks/run_all.py $(if $(QUICK),--quick) $(BENCH)

lint: $(INSTALLED) ## Check style and format, and that notebooks hold no outputs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(STRIP) --verify notebooks/*.ipynb

strip: $(INSTALLED) ## Take the outputs out of the notebooks
	$(STRIP) notebooks/*.ipynb

links: $(INSTALLED) ## Write the links to Colab, Kaggle and Binder from pyproject.toml's address
	$(BIN)/python tests/hosted_links.py

pictures: $(INSTALLED) ## Draw the README's pictures from the models that the notebooks saved
	$(BIN)/python tests/draw_pictures.py

starter: $(INSTALLED) ## Train the starter anew from what data is found (MINUTES=120)
	$(BIN)/python -m unetlab.starter.train $(if $(MINUTES),--minutes $(MINUTES))

clean: ## Remove what runs left behind
	rm -rf build .pytest_cache .ruff_cache .hypothesis notebooks/.ipynb_checkpoints
	find unetlab tests -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## Remove the environment too
	rm -rf .venv

# The stamp is newer than pyproject.toml once everything in it is installed.
$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or sys.exit( \
	"Found Python %d.%d; expected 3.11, 3.12 or 3.13, which TensorFlow has packages for; " \
	"install one of them and name it: make PYTHON=python3.12" % v)'
	@echo 'Installing into .venv, once; this takes a few minutes.'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
