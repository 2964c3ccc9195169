# Everything is built from the Go module proxy at the versions in go.mod.

BIN := build/bin
KUBERNETES_VERSION := $(shell sed -n 's|^\tk8s.io/kubernetes \(v[^ ]*\).*|\1|p' go.mod)
# Without a real version, kubectl refuses to talk to the API server.
VERSION_PACKAGE := k8s.io/component-base/version
LDFLAGS := -s -w -X $(VERSION_PACKAGE).gitVersion=$(KUBERNETES_VERSION)

# The cluster in a box, and kubectl for whoever wants to look into it.
COMPONENTS := go.etcd.io/etcd/server/v3 \
	k8s.io/kubernetes/cmd/kube-apiserver \
	k8s.io/kubernetes/cmd/kube-controller-manager \
	k8s.io/kubernetes/cmd/kube-scheduler \
	k8s.io/kubernetes/cmd/kubectl \
	sigs.k8s.io/kwok/cmd/kwok \
	sigs.k8s.io/metrics-server/cmd/metrics-server

.PHONY: help
help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  %-15s %s\n", $$1, $$2}'

.PHONY: demo
demo: bin ## Show pods kept off hot nodes and moved off them, in a cluster in a box (ONCE=1: stop after the table)
	@$(BIN)/demo $(if $(ONCE),--once) $(if $(RECORD),--record $(RECORD))

.PHONY: box
box: bin ## Run an empty cluster in a box with Loadline on it, for trying things by hand
	@$(BIN)/box

.PHONY: test
test: bin ## Run all tests
	# The integration tests start a cluster each, and mostly wait: more of them than
	# there are cores run at a time.
	go test -timeout 25m -parallel 3 ./...

.PHONY: bench
bench: bin ## Measure what placing a pod and planning evictions cost, and write it down in docs/benchmarks.md
	go run ./test/benchmark/scheduling --record docs/benchmarks.md
	go run ./test/benchmark/planning --record docs/benchmarks.md
	go run ./test/benchmark/scheduling/throughput --record docs/benchmarks.md

.PHONY: bench-telemetry
bench-telemetry: bin ## Measure what telemetry costs with 1,000 and 5,000 nodes, and write it down in docs/benchmarks.md
	go run ./test/benchmark/telemetry --record docs/benchmarks.md

.PHONY: bench-placement
bench-placement: ## Simulate how well pods are placed, and write it down in docs/benchmarks.md
	go run ./test/benchmark/placement --experiments --record docs/benchmarks.md

.PHONY: bench-closed-loop
bench-closed-loop: bin ## Measure how well pods are placed in a real cluster, and write it down in docs/benchmarks.md
	go run ./test/benchmark/closedloop --record docs/benchmarks.md

.PHONY: bench-descheduling
bench-descheduling: ## Simulate how well nodes are kept below their lines, beside another descheduler, and write it down in docs/benchmarks.md
	cd test/benchmark/descheduling && go run . --record ../../../docs/benchmarks.md

.PHONY: verify
verify: ## Check formatting, generated files, imports and more
	hack/verify.sh

.PHONY: generate
generate: ## Write the generated files anew
	hack/generate.sh

.PHONY: bin
bin: $(BIN)/.components ## Build all programs; the first time takes about ten minutes
	@go build -ldflags "$(LDFLAGS)" -o $(BIN)/ ./cmd/... ./test/demo ./test/box

.PHONY: scheduler
scheduler: ## Build loadline-scheduler alone
	@mkdir -p $(BIN)
	go build -ldflags "$(LDFLAGS)" -o $(BIN)/ ./cmd/loadline-scheduler

# Built anew only when a version changes: asking the go command takes a while.
$(BIN)/.components: go.mod hack/build/main.go
	@mkdir -p $(BIN)
	@echo "Building a Kubernetes control plane from source. The first time takes about ten minutes on two cores."
	@go run ./hack/build -o $(BIN) -ldflags "$(LDFLAGS)" $(COMPONENTS)
	@mv $(BIN)/server $(BIN)/etcd
	@touch $@

.PHONY: clean
clean: ## Remove what was built
	rm -rf build
