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

# What is released. The same sources, version and compiler make the same bytes.
IMAGE ?= ghcr.io/loadline-dev/loadline
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
PLATFORMS ?= linux/amd64,linux/arm64
RELEASE_PLATFORMS ?= linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64
RELEASE_LDFLAGS = $(LDFLAGS) -X github.com/loadline-dev/loadline/pkg/version.stamped=$(VERSION)
IMAGE_PROGRAMS := ./cmd/loadline-scheduler ./cmd/loadline-descheduler
RELEASE_PROGRAMS := ./cmd/kubectl-loadline
IMAGE_ARCHIVE := build/image.tar
STATIC := build/static

# For platforms, programs; and beside each program the licences and a list of what is in it.
define compile
hack/compile.sh "$(1)" "$(RELEASE_LDFLAGS)" $(STATIC) $(2)
@go run ./hack/inventory -binaries $(STATIC) -platforms "$(1)" -version "$(VERSION)" -created "$(SOURCE_DATE_EPOCH)" $(2)
endef

OLDER_VERSION = $(shell sed -n 's|^\tk8s.io/kubernetes \(v[^ ]*\).*|\1|p' test/skew/go.mod)

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
	# there are cores run at a time, and they begin first, since they take longest.
	# Without tables for debuggers, linking takes half the time; make verify vets.
	go test -timeout 25m -parallel 3 -vet=off -ldflags "-s -w" ./test/integration ./test/soak ./test/browser ./test/docs ./...

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

.PHONY: web
web: ## Build the page that the scheduler serves from web/ into pkg/dashboard/assets; needs node
	npm ci --prefix web --no-progress --loglevel error
	npm run --prefix web --silent build

.PHONY: screenshots
screenshots: web bin ## Make the pictures of the page in docs, in a browser, over ten minutes; needs chromium
	go test -count=1 -timeout 30m -vet=off -ldflags "-s -w" ./test/browser -browser.screenshots=$(abspath docs)

.PHONY: verify-web
verify-web: ## Check the page's types, its tests and that its committed assets match their source; needs node
	hack/verify-web.sh

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

.PHONY: cli
cli: ## Build kubectl-loadline alone: on the PATH it is "kubectl loadline"
	@mkdir -p $(BIN)
	go build -ldflags "$(LDFLAGS)" -o $(BIN)/ ./cmd/kubectl-loadline

# Built anew only when a version changes: asking the go command takes a while.
$(BIN)/.components: go.mod hack/build/main.go
	@mkdir -p $(BIN)
	@echo "Building a Kubernetes control plane from source. The first time takes about ten minutes on two cores."
	@go run ./hack/build -o $(BIN) -ldflags "$(LDFLAGS)" $(COMPONENTS)
	@mv $(BIN)/server $(BIN)/etcd
	@touch $@

.PHONY: image
image: ## Build the container image without a container engine (VERSION, PLATFORMS)
	$(call compile,$(PLATFORMS),$(IMAGE_PROGRAMS))
	@go run ./hack/image -binaries $(STATIC) -platforms "$(PLATFORMS)" -reference "$(IMAGE):$(VERSION)" \
		-revision "$(REVISION)" -created "$(SOURCE_DATE_EPOCH)" -o $(IMAGE_ARCHIVE)

.PHONY: test-image
test-image: image ## Build the container image, and run its programs with nothing but the image around them
	go test -count=1 ./hack/image -run TestRuns -image $(abspath $(IMAGE_ARCHIVE))

.PHONY: image-root
image-root: # For the Dockerfile: what is in the image of one platform, as a folder
	$(call compile,$(PLATFORMS),$(IMAGE_PROGRAMS))
	rm -rf build/image-root
	go run ./hack/image -binaries $(STATIC) -platforms "$(PLATFORMS)" -root build/image-root

.PHONY: release-version
release-version: # Said before anything is compiled
	@case "$(VERSION)" in v[0-9]*.[0-9]*.[0-9]*) ;; *) \
		echo "$(VERSION) is no version to release: tag the commit, or say it as in: VERSION=v0.1.0 make release" >&2; exit 1;; esac

.PHONY: release
release: release-version image ## Lay out a release in build/release (VERSION, PLATFORMS, RELEASE_PLATFORMS)
	$(call compile,$(RELEASE_PLATFORMS),$(RELEASE_PROGRAMS))
	@go run ./hack/release -version "$(VERSION)" -created "$(SOURCE_DATE_EPOCH)" -binaries $(STATIC) \
		-platforms "$(RELEASE_PLATFORMS)" -image $(IMAGE_ARCHIVE) -image-platforms "$(PLATFORMS)" -image-name "$(IMAGE)" -o build/release
	@cd build/release && ls -l

.PHONY: skew
skew: build/skew/.built ## Build a control plane of the version of Kubernetes before; the first time takes about ten minutes

build/skew/.built: test/skew/go.mod
	@mkdir -p $(@D)
	@echo "Building a control plane of Kubernetes $(OLDER_VERSION) from source. The first time takes about ten minutes on two cores."
	go build -C test/skew -ldflags "-s -w -X $(VERSION_PACKAGE).gitVersion=$(OLDER_VERSION)" -o $(abspath $(@D))/ \
		k8s.io/kubernetes/cmd/kube-apiserver k8s.io/kubernetes/cmd/kube-controller-manager
	@touch $@

.PHONY: test-skew
test-skew: bin skew ## Test with a control plane of the version of Kubernetes before
	go test -count=1 -timeout 10m ./test/integration -run 'TestOlderControlPlane|TestTooOldAPIServer'

.PHONY: clean
clean: ## Remove what was built
	rm -rf build
