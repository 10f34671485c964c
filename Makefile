# The two commands are `make demo` and `make test`; `make help` lists the rest.

PYTHON ?= python3
STATE  := $(or $(CATALYST_STATE_DIR),.catalyst)
VENV   := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test doctor clean-state stack infra-check cluster-proof chaos dod \
        bench-log bench-dns bench-redeem bench-ui set-up set-up-tests

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: set-up ## make a real Sovereign on the local cloud, print addresses and log-ins
	@$(VENV) manage.py demo

test: set-up-tests ## every check and every test; ends with one verdict line
	@$(VENV) infra/tools/suite.py

doctor: ## what is needed, what is there, how to get what is missing
	@$(PYTHON) infra/tools/doctor.py

clean-state: ## forget all data of the laptop stack; tools stay cached
	@$(PYTHON) infra/tools/forget.py "$(STATE)"

stack: set-up ## start the laptop stack without a demo
	@$(VENV) manage.py stack up

infra-check: set-up-tests ## charts, Flux tree and OpenTofu module, offline; ends with one verdict line
	@$(VENV) -m infra.check

cluster-proof: set-up-tests ## the cluster path end to end, with faults on the way: some minutes
	@$(VENV) -m pytest tests/e2e/cluster_proof.py -q -s

chaos: set-up-tests ## kill -9 of every process at random moments, ROUNDS times (SEED=n repeats one)
	@$(VENV) -m tests.fault.chaos --rounds $(or $(ROUNDS),100) --seed $(or $(SEED),1000)

bench-log: set-up ## the live log under load
	@$(VENV) -m bench.log

bench-dns: set-up ## the pool-domain-manager under load
	@$(VENV) -m bench.dns

bench-ui: set-up ## when pages are there, and frames a second of a log with a million lines
	@$(VENV) -m bench.ui

bench-redeem: set-up ## redeeming vouchers under load
	@$(VENV) -m bench.redeem

dod: set-up-tests ## the Definition of Done, step by step in a browser; with HETZNER_TEST_TOKEN for real
	@$(VENV) -m tests.dod

set-up:
	@$(PYTHON) infra/tools/prepare.py

set-up-tests:
	@$(PYTHON) infra/tools/prepare.py --tests
