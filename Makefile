# Each target sets up .venv itself on a machine that has Python 3.11 to 3.13.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench clean artefacts web test-web \
  test-android apk test-android-artefacts bench-android-arm64

# What needs no data, in the order in which `make bench` runs it.
BENCHMARKS := backbones pipeline instance_pipeline unpooling export dynamic semantic \
  object_scores large_image instances_export

VENV := .venv
BIN := $(VENV)/bin
# The first interpreter that runs and is one of the supported versions.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
  2>/dev/null && echo $$p && break; done)

# TensorFlow's C++ start-up messages would bury what kseg says.
export TF_CPP_MIN_LOG_LEVEL ?= 2

help:
	@echo "make demo   train a U-Net on real nuclei, score it, export it, draw it (demo/report.html)"
	@echo "make test   the test suite"
	@echo "make lint   ruff: rules and format"
	@echo "make bench  speed and memory: pipelines, training, pooling, exported networks, large images"
	@echo "make bench-NAME  one of them: $(BENCHMARKS)"
	@echo "make artefacts DATA=DIR  train and export what export/README.md lists, of free data"
	@echo "make web [BUNDLE=FILE] [PORT=8080] [HOST=127.0.0.1]  the browser demo, on this machine"
	@echo "make test-web  its tests, in node and in Chromium"
	@echo "make test-android  the Android app's tests, in a JVM, on the phone's runtime"
	@echo "make apk  the app, signed with a debug key"
	@echo "make test-android-artefacts [BUNDLES=FOLDER]  every bundle in the phone's runtime, beside Python"
	@echo "make bench-android-arm64  the bundles in the phone's arm64 library, emulated"
	@echo "make clean  remove .venv and what the other targets wrote"

$(VENV)/.installed: requirements.txt setup.py pyproject.toml
	@test -n "$(PYTHON)" || { echo "kseg needs Python 3.11, 3.12 or 3.13: none was found. Install one, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON) (once, a few minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/kseg demo --out demo

# The tests of both demos are part of it on a machine that can run them, and in CI.
test: $(VENV)/.installed
	@$(BIN)/python -m pytest -n 2 --dist worksteal
	@if [ -z "$(WEB_LACKS)" ] || [ -n "$$CI" ]; then $(MAKE) --no-print-directory test-web; \
	else echo "The browser demo's tests were skipped: no $(WEB_LACKS) was found."; fi
	@android_demo/test.sh --if-possible

lint: $(VENV)/.installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

# The browser demo needs node 20 and npm to install LiteRT.js; its tests Chromium, too.
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
NODE_LACKS = $(shell node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null || echo "node 20") \
  $(shell command -v npm >/dev/null || echo npm)
WEB_LACKS = $(strip $(NODE_LACKS) $(if $(CHROMIUM),,Chromium))
WEB := web_demo/node_modules/.installed

$(WEB): web_demo/package-lock.json web_demo/tools/copy_wasm.js
	@test -z "$(strip $(NODE_LACKS))" || { echo "The browser demo needs node 20 or newer and npm; missing: $(strip $(NODE_LACKS))."; exit 1; }
	@echo "Installing LiteRT.js for the browser (once, 50 MB)"
	@cd web_demo && npm ci --silent --no-audit --no-fund
	@touch $@

web: $(WEB)
	@test -n "$(PYTHON)" || { echo "The server needs Python 3.11, 3.12 or 3.13: make web PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) tools/serve_web.py $(if $(HOST),--host "$(HOST)") $(if $(PORT),--port "$(PORT)") $(if $(BUNDLE),"$(BUNDLE)")

test-web: $(VENV)/.installed $(WEB)
	@test -n "$(CHROMIUM)" || { echo "The tests need Chromium: install it, or name it: make test-web CHROMIUM=/path/to/chromium"; exit 1; }
	@cd web_demo && npm test --silent
	@cd web_demo && CHROMIUM="$(CHROMIUM)" PYTHON="$(CURDIR)/$(BIN)/python" npm run --silent test:browser

test-android:
	@android_demo/test.sh

apk:
	@android_demo/test.sh compile -pl host,app
	@android_demo/build_apk.sh

test-android-artefacts: $(VENV)/.installed
	@android_demo/test.sh test-compile -pl host,app
	@$(BIN)/python android_demo/tools/artefacts.py $(BUNDLES)

bench-android-arm64: $(VENV)/.installed
	@android_demo/test.sh compile -pl host
	@$(BIN)/python android_demo/arm64/bench.py $(BUNDLES)

.NOTPARALLEL: # under `make -j` each would measure the others
bench: $(addprefix bench-,$(BENCHMARKS))

# Two trainings, 105 minutes; after an interruption the same command goes on.
ARTEFACTS = $(BIN)/python export/$(1).py $(if $(2),--data "$(2)") $(OPTIONS)
artefacts: $(VENV)/.installed
	@$(call ARTEFACTS,unet_nuclei,$(DATA))
	@$(call ARTEFACTS,mask_rcnn_nuclei,$(DATA))

bench-export: OPTIONS := --train
bench-%: $(VENV)/.installed
	@$(BIN)/python benchmarks/$*.py $(OPTIONS)

clean:
	rm -rf $(VENV) demo artefacts web_demo/node_modules web_demo/vendor web_demo/build android_demo/target android_demo/*/target build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
