# make demo   runs the main job on testdata/demo and prints where the report is
# make test   passes the tests
.PHONY: demo build test test-race lint bench bench-whole fuzz accuracy soak clean

VERSION ?= 0.1.0-dev
GO      ?= go

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/tieout ./cmd/tieout

demo: build
	./bin/tieout run --config configs/demo.yaml --as-of 2026-03-17

# -timeout is per package; the longest one starts an Ethereum node.
test:
	$(GO) vet ./...
	$(GO) test -timeout 15m ./...
	cd configs/kubernetes && $(GO) test ./...

test-race:
	$(GO) test -race -timeout 20m ./reconcile/... ./cmd/internal/... ./sources/...

lint:
	@test -z "$$(gofmt -l .)" || (gofmt -l . && false)
	$(GO) vet ./...
	golangci-lint run

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./reconcile ./reconcile/reconciletest ./sources/tabular ./sources/evm ./sources/blockatm ./sources/bvnk ./reports

# The published speed table: the program on a million orders, in turn with DuckDB on
# the same files where npm can install it. ORDERS and PAIRS vary it.
ORDERS ?= 1000000
PAIRS  ?= 5
bench-whole: build
	$(GO) run ./cmd/internal/yardstick/measure -bin bin/tieout -orders $(ORDERS) -pairs $(PAIRS)

# The published accuracy table: the engine against worlds whose truth is known.
accuracy:
	DEEP=1 $(GO) test ./reconcile/reconciletest -run '^TestAccuracy$$' -v

# A few seconds for each parser of foreign bytes; make soak takes longer.
FUZZTIME ?= 5s
fuzz:
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    ./.ci/fuzz "$$pkg" "$$f" "$(FUZZTIME)" || exit 1; \
	  done; done

# The full figures: a hundred thousand small worlds, twenty years of business dates in
# every time zone, a large benchmark, nodes that lie, secrets, bombs, long fuzzing.
soak:
	WORLDS=100000 $(GO) test -run 'TestReference$$' -timeout 60m -v ./reconcile/reconciletest
	YEARS=20 $(GO) test -run '^TestYears$$' -timeout 60m -v ./cmd/internal/schedule
	DEEP=1 ORDERS=200000 $(GO) test -run '^TestAccuracy$$' -timeout 60m -v ./reconcile/reconciletest
	ADDRESSES=1000000 $(GO) test -run '^TestRealNode$$/^many_addresses$$' -timeout 60m -v ./sources/evm
	LIES=10000 $(GO) test -run '^TestRealNode$$/^many_lies$$' -timeout 60m -v ./sources/evm
	DEEP=1 $(GO) test -run 'Conform' -timeout 60m ./sources/...
	DEEP=1 $(GO) test -run '^(TestCanary|TestBombs)' -timeout 60m -v ./cmd/tieout
	KILLS=200 $(GO) test -run '^TestKill$$' -timeout 60m -v ./cmd/tieout
	LIES=100 $(GO) test -run '^TestLies$$' -timeout 60m -v ./sources/tron
	$(MAKE) fuzz FUZZTIME=60s
	$(MAKE) bench

clean:
	rm -rf bin demo-out
