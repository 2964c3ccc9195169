// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/metrics"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/engine"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/telemetrytest"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// lineOnMemory has a band, and a metric whose query a telemetry setting can change.
const lineOnMemory = `
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: m, builtin: memory}]
  rules: [{name: line, when: [{metric: m, above: 0.9, clear: 0.5}], for: 60s, reject: {}}]
`

// argsOf reads the plugin's arguments with these telemetry settings.
func argsOf(t *testing.T, telemetry string, values ...any) *v1alpha1.LoadlineArgs {
	t.Helper()
	args, err := v1alpha1.DecodeLoadlineArgs(fmt.Appendf(nil,
		"apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\ntelemetry: "+telemetry, values...))
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// serve answers queries out of series as telemetrytest.Load takes them.
func serve(t *testing.T, series ...string) (url string) {
	t.Helper()
	server := httptest.NewServer(telemetrytest.Serve(telemetrytest.Load(t, series...)))
	t.Cleanup(server.Close)
	return server.URL
}

// follow starts an engine that writes nothing to the API server, so that nothing but its
// rounds waits by the clock.
func follow(t *testing.T, args *v1alpha1.LoadlineArgs) (started *engine.Engine, clock *clocktesting.FakeClock) {
	t.Helper()
	clock = clocktesting.NewFakeClock(telemetrytest.After(0))
	started = engine.NewFollower(clock)
	client := clusterOf(lineOnMemory, "a")
	core := informers.NewSharedInformerFactory(client, 0).Core().V1()
	ctx := klog.NewContext(t.Context(), ktesting.NewLogger(t, ktesting.NewConfig()))
	if err := started.Start(ctx, args, &rest.Config{}, client, core.Nodes(), core.Pods()); err != nil {
		t.Fatal(err)
	}
	await(t, "the engine to wait", clock.HasWaiters)
	return started, clock
}

// step lets the time of the next round come, and returns the state of the line after it.
func step(t *testing.T, clock *clocktesting.FakeClock, running *engine.Engine, by time.Duration) verdict.State {
	t.Helper()
	before := running.Snapshot().Generation
	clock.Step(by)
	await(t, "the next round", func() bool { return running.Snapshot().Generation > before })
	await(t, "the end of the round", clock.HasWaiters)
	return stateOf(running.Snapshot())
}

// reload changes the settings, and waits until the engine waits for its next round by
// them. The round that it waited for before is waited for by nobody any more.
func reload(t *testing.T, clock *clocktesting.FakeClock, running *engine.Engine, args *v1alpha1.LoadlineArgs) {
	t.Helper()
	before := clock.Waiters()
	if err := running.Reload(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	await(t, "the engine to wait again", func() bool { return clock.Waiters() > before })
}

// What is asked, where, and how often may change in the midst of it all: states, and
// the times since when they last, go on, and what was measured counts until it is too
// old.
func TestReloadGoesOnFromWhatIsKnown(t *testing.T) {
	hot := serve(t, `x{node="a"} 0.95x40`)
	const settings = "{interval: %s, prometheus: {url: %q, timeout: 1s}, builtins: {memory: %s}}"
	cases := map[string]struct {
		to func(t *testing.T) *v1alpha1.LoadlineArgs
		// want are the states after each round.
		want []verdict.State
	}{
		"a server that measures in the band": {
			to: func(t *testing.T) *v1alpha1.LoadlineArgs {
				return argsOf(t, settings, "15s", serve(t, `x{node="a"} 0.7x40`), "x")
			},
			want: []verdict.State{verdict.Pending, verdict.InForce},
		},
		"a server that measures below the line": {
			to: func(t *testing.T) *v1alpha1.LoadlineArgs {
				return argsOf(t, settings, "15s", serve(t, `x{node="a"} 0.4x40`), "x")
			},
			want: []verdict.State{verdict.OK},
		},
		"another query": {
			to: func(t *testing.T) *v1alpha1.LoadlineArgs {
				return argsOf(t, settings, "15s", serve(t, `other{node="a"} 0.7x40`), "other")
			},
			want: []verdict.State{verdict.Pending, verdict.InForce},
		},
		"another query, that nobody answers": { // 90s after the last sample
			to: func(t *testing.T) *v1alpha1.LoadlineArgs {
				return argsOf(t, settings, "15s", "http://127.0.0.1:1", "other")
			},
			want: []verdict.State{verdict.Pending, verdict.InForce, verdict.InForce, verdict.InForce, verdict.InForce, verdict.InForce, verdict.Unknown},
		},
		"another interval": {
			to:   func(t *testing.T) *v1alpha1.LoadlineArgs { return argsOf(t, settings, "30s", hot, "x") },
			want: []verdict.State{verdict.InForce},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			started, clock := follow(t, argsOf(t, settings, "15s", hot, "x"))
			for range 2 { // of the four that the rule waits for
				step(t, clock, started, interval)
			}
			args := tc.to(t)
			reload(t, clock, started, args)
			for round, want := range tc.want {
				if got := step(t, clock, started, args.Telemetry.Interval.Value()); got != want {
					t.Fatalf("round %d: got %v, want %v", round, got, want)
				}
			}
		})
	}
}

// The time since the last round was none in which nobody looked, however short the
// interval is from now on.
func TestReloadToAShorterInterval(t *testing.T) {
	const settings = "{interval: %s, prometheus: {url: %q, timeout: 1s}, builtins: {memory: x}}"
	server := serve(t, `x{node="a"} 0.95x60`)
	started, clock := follow(t, argsOf(t, settings, "5m", server))
	if got := step(t, clock, started, 5*time.Minute); got != verdict.InForce {
		t.Errorf("before: got %v, want %v", got, verdict.InForce)
	}
	clock.Step(4 * time.Minute)
	reload(t, clock, started, argsOf(t, settings, "15s", server))
	if got := step(t, clock, started, interval); got != verdict.InForce {
		t.Errorf("after: got %v, want %v", got, verdict.InForce)
	}
}

// Settings that cannot be used are refused with the field that is wrong, and nothing
// has changed.
func TestReloadRefuses(t *testing.T) {
	taken := t.TempDir()
	database, err := embedded.Open(t.Context(), taken, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	free, missing := t.TempDir(), filepath.Join(t.TempDir(), "missing")
	cases := map[string]struct{ telemetry, want string }{
		"authorities that are not there": {
			fmt.Sprintf("{embedded: {dataDirectory: %q, kubelets: {caFile: %q}}}", free, missing), "telemetry.embedded.kubelets.caFile",
		},
		"a scrape configuration that is not there": {
			fmt.Sprintf("{embedded: {dataDirectory: %q, scrapeConfigFile: %q}}", free, missing), "telemetry.embedded.scrapeConfigFile",
		},
		"a data directory of somebody else": {
			fmt.Sprintf("{embedded: {dataDirectory: %q, kubelets: {insecureSkipVerify: true}}}", taken), "telemetry.embedded.dataDirectory",
		},
		"a certificate that is not there": {
			fmt.Sprintf("{prometheus: {url: 'https://localhost', httpConfig: {tls_config: {ca_file: %q}}}}", missing), "telemetry.prometheus",
		},
	}
	server := serve(t, `x{node="a"} 0.95x40`)
	started, clock := follow(t, argsOf(t, "{prometheus: {url: %q}, builtins: {memory: x}}", server))
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := started.Reload(t.Context(), argsOf(t, tc.telemetry))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want %s in it", err, tc.want)
			}
		})
	}
	for range 3 {
		step(t, clock, started, interval)
	}
	if got := step(t, clock, started, interval); got != verdict.InForce {
		t.Errorf("by the former settings: got %v, want %v", got, verdict.InForce)
	}
	database, err = embedded.Open(t.Context(), free, time.Minute)
	if err != nil {
		t.Fatalf("the directory of refused settings is in use: %v", err)
	}
	if err := database.Close(); err != nil {
		t.Error(err)
	}
}

// A server that hangs is left for another one as soon as no round waits for it any
// more, and not only once its queries have failed.
func TestReloadLeavesAServerThatHangs(t *testing.T) {
	var hangs atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // or it is not seen when the client goes
		hangs.Store(true)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	const settings = "{interval: 8s, prometheus: {url: %q, timeout: 8s}, builtins: {memory: x}}"
	answers := serve(t, `x{node="a"} 0.95x400`)
	started, clock := follow(t, argsOf(t, settings, answers))
	reload(t, clock, started, argsOf(t, settings, server.URL))
	clock.Step(8 * time.Second)
	await(t, "the server to hang", hangs.Load)
	reloaded := make(chan error, 1)
	go func() { reloaded <- started.Reload(t.Context(), argsOf(t, settings, answers)) }()
	await(t, "the server to be left", func() bool { return len(reloaded) > 0 })
	if err := <-reloaded; err != nil {
		t.Error(err)
	}
}

// The embedded engine and a server may take turns, and nothing is left of either: no
// goroutine, no lock. What they count goes on where it was.
func TestReloadBetweenEngines(t *testing.T) {
	directory, other := t.TempDir(), t.TempDir()
	inside := argsOf(t, "{interval: 1s, embedded: {dataDirectory: %q, kubelets: {insecureSkipVerify: true}}}", directory)
	cases := []*v1alpha1.LoadlineArgs{
		argsOf(t, "{interval: 1s, prometheus: {url: %q}}", serve(t, `m{node="a"} 1x40`)),
		inside,
		argsOf(t, "{interval: 1s, embedded: {dataDirectory: %q, maxSize: 64Mi, kubelets: {insecureSkipVerify: true}}}", directory),
		argsOf(t, "{interval: 1s, embedded: {dataDirectory: %q, metricsAPI: {}}}", other),
		inside,
	}
	registry := metrics.NewKubeRegistry()
	started := engine.New(clock.RealClock{})
	if err := started.RegisterMetrics(registry.Register); err != nil {
		t.Fatal(err)
	}
	client := clusterOf(lineOnMemory, "a")
	core := informers.NewSharedInformerFactory(client, 0).Core().V1()
	ctx, cancel := context.WithCancel(klog.NewContext(t.Context(), ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))))
	defer cancel()
	if err := started.Start(ctx, inside, &rest.Config{Host: "http://127.0.0.1:1"}, client, core.Nodes(), core.Pods()); err != nil {
		t.Fatal(err)
	}
	round := func() {
		for i, args := range cases {
			if err := started.Reload(ctx, args); err != nil {
				t.Fatalf("settings %d: %v", i, err)
			}
			before := started.Snapshot().Generation
			await(t, "a round by them", func() bool { return started.Snapshot().Generation > before })
		}
	}
	round() // after which all is there that stays
	goroutines := runtime.NumGoroutine()
	round()
	await(t, "what fed the sources to end", func() bool { return runtime.NumGoroutine() <= goroutines })
	if _, err := embedded.Open(t.Context(), directory, time.Minute); err == nil {
		t.Error("the data directory is not in use, want it locked while the engine measures")
	}
	database, err := embedded.Open(t.Context(), other, time.Minute)
	if err != nil {
		t.Fatalf("a data directory that was left is still in use: %v", err)
	}
	if err := database.Close(); err != nil {
		t.Error(err)
	}
	cancel()
	started.Wait()
}
