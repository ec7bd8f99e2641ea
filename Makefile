# make demo       a lab on this computer, one store opened on it, left running
# make demo-hci   hyperconverged hosts on this computer: from bare to whole, then faults that they survive
# make test       everything that CI runs, with its own set-up
# make test-long  the slow drills
SHELL := /bin/bash
BIN := .venv/bin

.PHONY: setup setup-test demo demo-down demo-hci demo-hci-down test lint unit lab test-long benchmarks docs lock clean

setup:
	@.ci/setup

demo: setup
	@$(BIN)/retailops demo

demo-down: setup
	@$(BIN)/retailops demo --down

demo-hci: setup
	@$(BIN)/retailops hci demo

demo-hci-down: setup
	@$(BIN)/retailops hci demo --down

test: setup-test lint unit lab

setup-test:
	@.ci/setup openssh-server wireguard-tools ceph-base

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python docs/generate.py --check
	cd playbooks && ANSIBLE_HOME=$${TMPDIR:-/tmp}/retailops-ansible ../$(BIN)/ansible-lint --offline -q

unit:
	$(BIN)/pytest -n 2 -m "not lab and not long" --ignore tests/benchmarks -rs

lab:
	@$(BIN)/retailops lab build --quiet || echo "NOT RUN: the lab's artefacts could not be built here; its tests skip, each saying why"
	$(BIN)/pytest -m "lab and not long" -rs

test-long: setup-test
	$(BIN)/pytest -m long -rs

benchmarks: setup
	@for file in tests/benchmarks/bench_*.py; do $(BIN)/python $$file; done

docs: setup
	$(BIN)/python docs/generate.py

lock: setup
	$(BIN)/uv pip compile pyproject.toml --all-extras --generate-hashes --no-header --python-version 3.11 -q -o requirements.lock

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache
