# Envigate. `make help` lists what there is.
SHELL := /bin/bash
STAMP := node_modules/.installed

.PHONY: help run run-kafka test test-long storm fuzz check check-grafana generate format bench bench-assess bench-audit bench-flood bench-gaps bench-memory bench-parse bench-queries bench-race bench-reception bench-forward bench-scrape failures deb interoperability build suitable-node clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 26

run: build ## The whole gateway in one process, with simulated stations and a ministry stand-in; no Docker
	@node test/support/dist/demo/main.js

run-kafka: build ## The same with a process per service and Apache Kafka between them
	@node test/support/dist/demo/main.js --kafka

test: build ## Every test, on real PostgreSQL and real Kafka
	@node scripts/test.mjs $(ARGS)

test-long: build ## `make test` in long: 20,000 histories of gaps instead of 400, 2,000 cut uploads instead of 500, up to 2,000 files instead of 60 to 1,000 around kills, replaced logs and replays (these on both event logs), 200 kills of a forwarder instead of 10, an installation of 1,000,000 receptions taken over instead of 20,000; the Debian package and the image's stages in a clean system (as root)
	@ENVIGATE_TEST_CUTS=2000 ENVIGATE_TEST_FILES=500 ENVIGATE_TEST_KILLS=12 node scripts/test.mjs e2e -- test/reliability/cut-transfers test/reliability/log-replaced test/reliability/kill-between-states test/end-to-end/replay test/end-to-end/reread
	@ENVIGATE_TEST_KILLS=200 node scripts/test.mjs e2e -- test/reliability/forwarder-kills
	@ENVIGATE_TEST_GAP_HISTORIES=20000 node scripts/test.mjs unit -- packages/domain/src/gaps
	@ENVIGATE_TEST_OLD_RECEPTIONS=1000000 node scripts/test.mjs int -- packages/postgres/src/migrate/take-over
	@test/fresh-machine/fresh-machine.sh package image

deb: build ## The Debian package, into data/packages
	@deploy/package/build-deb.sh

storm: build ## 10,000 files while every service and the database are killed 100 times, disks fill up and clocks jump; SEED=… repeats a run
	@node test/support/dist/storm/main.js

failures: build ## Database, Kafka, ministry, mail server, disk and clock taken away: which alert fires when; makes docs/operators/failures.md (as root)
	@node test/support/dist/failures/main.js $(ARGS)

fuzz: build ## 1,000,000 hostile FTP sessions and as many SFTP ones, where `make test` plays thousands
	@ENVIGATE_TEST_FUZZ_INPUTS=$${ENVIGATE_TEST_FUZZ_INPUTS:-1000000} node scripts/test.mjs unit -- fuzz

check: build ## Types, format, import rules, lint, generated files up to date
	@node scripts/check.mjs

check-grafana: build ## Imports every dashboard into a Grafana and has it run every query: GRAFANA_URL=https://user:password@…
	@GRAFANA_URL='$(GRAFANA_URL)' node scripts/check-grafana.mjs

generate: $(STAMP) ## Everything that is made from something else
	@node scripts/generate.mjs

format: $(STAMP) ## Format every file
	@npx prettier --write --log-level warn .

bench: build ## Files per second and latency, on both event logs
	@node test/support/dist/bench/main.js

bench-assess: build ## Rules over time: readings per second, latency and memory, beside merely reading the rows
	@node test/support/dist/bench-assess/main.js $(ARGS)

bench-audit: build ## envigate audit on 5 million receptions: since a checkpoint, and everything, killed once and resumed
	@node test/support/dist/bench-audit/main.js $(ARGS)

bench-parse: build ## Lines per second of the whole normalising step, beside csv-parse merely splitting
	@node test/support/dist/bench-parse/main.js $(ARGS)

bench-flood: build ## Memory of the receiver, and uploads of others, while a sender floods it
	@node test/support/dist/bench-flood/main.js $(ARGS)

bench-gaps: build ## One look of the gap detector at 1,000 stations with a year behind them; ARGS=--against=DIR beside an earlier build
	@node test/support/dist/bench-gaps/main.js $(ARGS)

bench-memory: build ## Memory of each service with files of 1 MiB and 1,000 open sessions, on both event logs
	@node test/support/dist/bench-memory/main.js $(ARGS)

bench-queries: build ## Every list of the API with every combination of its filters on 50 million readings: p95 below 100 ms; ARGS='--keep FOLDER' keeps the record (20 GB) for the next run, with --make-only it is only made
	@node test/support/dist/bench-queries/main.js $(ARGS)

bench-race: build ## A folder of 50,000 files beside Telegraf and beside an earlier build, on both event logs
	@node test/support/dist/bench-race/main.js $(ARGS)

bench-reception: build ## Uploads per second beside vsftpd and OpenSSH; memory of idle sessions
	@node test/support/dist/bench-reception/main.js $(ARGS)

bench-forward: build ## Deliveries to a real vsftpd beside lftp; a backlog of 144,000 files with live files beside it
	@node test/support/dist/bench-forward/main.js $(ARGS)

bench-scrape: build ## A look of Prometheus at 2,000 stations, 1,000,000 due deliveries and 100,000 quarantined files: time, processor
	@node test/support/dist/bench-scrape/main.js $(ARGS)

interoperability: build ## Every client program against the doors; makes docs/interoperability.md
	@node scripts/interoperability.mjs

build: $(STAMP)
	@node_modules/.bin/tsc -b

# Installs again only when the lock file changed. An old Node.js would get through, and fail later.
$(STAMP): package-lock.json package.json | suitable-node
	@sh scripts/install.sh
	@touch $(STAMP)

suitable-node:
	@sh scripts/check-node.sh

clean: ## Remove what was built and installed, not the data
	@rm -rf node_modules packages/*/dist services/*/dist test/support/dist packages/*/*.tsbuildinfo services/*/*.tsbuildinfo test/support/*.tsbuildinfo
