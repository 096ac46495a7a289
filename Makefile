# The commands of Amends. Each says what it needs and fetches what it may.
.DEFAULT_GOAL := help
SHELL := /bin/bash
TOOL := CGO_ENABLED=0 go tool -modfile=deploy/tools.mod
VERSION := $(shell git describe --tags --always 2>/dev/null || echo dev)
GO_FILES := $(shell git ls-files '*.go' 2>/dev/null)

.PHONY: help demo test lint gen build frontend e2e bench faults fuzz release clean need-%

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: need-postgresql build ## A seeded facility on this machine: http://localhost:8080
	@exec bin/amends demo

test: need-gcc need-postgresql need-redis-server need-chromium need-caddy need-nginx need-haproxy build ## Everything: Go with -race, front end, browser journeys
	go test -race -timeout 12m ./...
	cd frontend && npm run --silent check && npm run --silent test
	cd frontend && npx playwright test

lint: node_modules ## Formatting, vet, staticcheck, golangci-lint, dead code, who reads bodies, generated files, front-end lint, the OpenAPI document
	@test -z "$$(gofmt -l $(GO_FILES))" || { echo "run gofmt on:"; gofmt -l $(GO_FILES); exit 1; }
	go vet ./...
	$(TOOL) staticcheck ./...
	CGO_ENABLED=0 go tool -modfile=deploy/lint.mod golangci-lint run ./...
	@deploy/dead-code.sh
	go test ./server/httpapi -run '^TestBodiesAreReadInOneFile$$'
	cd server/postgres && CGO_ENABLED=0 go tool -modfile=../../deploy/tools.mod sqlc diff
	@deploy/check-generated.sh
	cd frontend && npm run --silent lint

gen: ## Writes generated files again: queries, wire types, client, room commands, OpenAPI, golden files, ENVIRONMENT.md
	cd server/postgres && CGO_ENABLED=0 go tool -modfile=../../deploy/tools.mod sqlc generate
	$(TOOL) tygo --config deploy/tygo.yaml generate
	go test ./server/wire -run 'CommandsInTypeScript|RoomFields' -update
	go test ./server/httpapi -run 'OpenAPI|TheClientIs' -update
	go test ./server/config -run Environment -update
	go test ./server/app -run WhoMay -update

build: frontend ## One binary with the front end inside
	go build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/amends ./cmd/amends

frontend: node_modules
	@cd frontend && npm run --silent build

node_modules: frontend/node_modules/.stamp

frontend/node_modules/.stamp: frontend/package-lock.json
	cd frontend && npm ci --no-fund --no-audit
	@touch $@

e2e: need-postgresql need-chromium build ## Browser journeys only
	cd frontend && npx playwright test

bench: need-postgresql need-redis-server ## Measures beside a bare server, and CENTRIFUGO=path; writes deploy/FIGURES.md
	@mkdir -p bin && go build -trimpath -o bin/compare ./cmd/compare
	bin/compare -centrifugo "$(CENTRIFUGO)" -json server/live/testdata/bench.json -chart deploy/pictures/bench.svg -page deploy/FIGURES.md -readme README.md

faults: need-postgresql need-redis-server ## Breaks nodes, Redis, Postgres and the disk, and attacks a meeting, while people talk; writes deploy/FIGURES.md
	@mkdir -p bin && go build -trimpath -o bin/faults ./cmd/faults
	bin/faults -page deploy/FIGURES.md -readme README.md

fuzz: ## A minute of hostile input for each decoder (FUZZTIME=60s); what it finds stays in testdata/fuzz
	@deploy/fuzz.sh $(or $(FUZZTIME),60s)

release: ## Archives for Linux with checksums and lists of parts, from a tag or commit (REF=), into dist/
	@deploy/release.sh $(or $(REF),HEAD)

clean: ## Removes what was built; the demo's data stays
	rm -rf bin dist frontend/build/* frontend/build-demo/* frontend/test-results && git checkout -q frontend/build/placeholder.txt frontend/build-demo/placeholder.txt

need-%:
	@deploy/need.sh $*
