// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package metricsapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/metrics/pkg/apis/metrics/v1beta1"
	metricsclient "k8s.io/metrics/pkg/client/clientset/versioned"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/metricsapi"
	"github.com/loadline-dev/loadline/pkg/telemetry/nodefacts"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	interval   = 15 * time.Second
	staleAfter = 90 * time.Second
	timeout    = 10 * time.Second
)

// start is a whole interval.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is a metrics API and what it is measured into. All nodes have 4 cores
// and 8Gi.
type fixture struct {
	testing.TB
	clock    *testingclock.FakeClock
	database *embedded.Database
	poller   *metricsapi.Poller
	measurer *telemetry.Measurer
	// log is what has been logged, without the API's address.
	log []string
	ctx context.Context
}

// newFixture makes a fixture whose metrics API is served by a handler.
func newFixture(t *testing.T, handler http.Handler) *fixture {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	database, err := embedded.Open(t.Context(), t.TempDir(), timeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := metricsclient.NewForConfig(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	clock := testingclock.NewFakeClock(start)
	f := &fixture{TB: t, clock: clock, database: database}
	f.poller = metricsapi.NewPoller(client.MetricsV1beta1().NodeMetricses(), database, interval, clock)
	f.measurer = telemetry.NewMeasurer(metricsapi.Restrict(database.Query), timeout)
	logger := funcr.New(func(_, args string) {
		f.log = append(f.log, strings.ReplaceAll(args, server.Listener.Addr().String(), "HOST"))
	}, funcr.Options{})
	f.ctx = klog.NewContext(t.Context(), logger)
	return f
}

// measure asks for a built-in metric of nodes a and b.
func (f *fixture) measure(builtin v1alpha1.Builtin) verdict.Samples {
	f.Helper()
	now := f.clock.Now()
	nodes := []*corev1.Node{node("a"), node("b")}
	if err := f.database.Append(f.ctx, nodefacts.Scrape(nodes, now)); err != nil {
		f.Fatal(err)
	}
	metric := v1alpha1.Metric{Builtin: builtin, Window: v1alpha1.NewDuration(2 * time.Minute)}
	query := telemetry.QueryFor(metric, interval, staleAfter, metricsapi.Builtins())
	samples, failures := f.measurer.Measure(f.ctx, []telemetry.Query{query}, telemetry.NewNodes(nodes), now)
	if err := failures[query]; err != nil {
		f.Fatal(err)
	}
	return samples[query]
}

func node(name string) *corev1.Node {
	capacity := corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("8Gi")}
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: corev1.NodeStatus{Capacity: capacity}}
}

// api answers with what it is set to, in one page.
type api struct {
	items atomic.Pointer[[]v1beta1.NodeMetrics]
}

func (a *api) set(items ...v1beta1.NodeMetrics) { a.items.Store(&items) }

func (a *api) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	list := &v1beta1.NodeMetricsList{}
	if items := a.items.Load(); items != nil {
		list.Items = *items
	}
	write(w, list)
}

func write(w http.ResponseWriter, list *v1beta1.NodeMetricsList) {
	list.APIVersion, list.Kind = "metrics.k8s.io/v1beta1", "NodeMetricsList"
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list)
}

// usage is what the API says of a node whose CPU use was measured over half a
// minute.
func usage(name string, at time.Time, cpu, memory string) v1beta1.NodeMetrics {
	return v1beta1.NodeMetrics{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Timestamp:  metav1.NewTime(at),
		Window:     metav1.Duration{Duration: 30 * time.Second},
		Usage:      corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse(memory)},
	}
}

func TestBuiltinsAreFractionsOfCapacityAtTheTimeOfTheAPI(t *testing.T) {
	served := &api{}
	f := newFixture(t, served)
	served.set(
		usage("a", start.Add(-20*time.Second), "1", "6Gi"),
		usage("b", start.Add(-3*time.Minute), "3200000000n", "1Gi"),
		usage("elsewhere", start, "1", "1Gi"), // a node that has just been deleted
	)
	if err := f.poller.Poll(f.ctx); err != nil {
		t.Fatal(err)
	}
	cases := map[v1alpha1.Builtin]verdict.Samples{
		v1alpha1.BuiltinCPU: {
			"a": {Value: 0.25, Time: start.Add(-20 * time.Second)},
			"b": {Value: 0.8, Time: start.Add(-3 * time.Minute)},
		},
		v1alpha1.BuiltinMemory: {
			"a": {Value: 0.75, Time: start.Add(-20 * time.Second)},
			"b": {Value: 0.125, Time: start.Add(-3 * time.Minute)},
		},
	}
	for builtin, want := range cases {
		if diff := cmp.Diff(want, f.measure(builtin)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", builtin, diff)
		}
	}
	window, err := f.database.Query(f.ctx, `metrics_k8s_io_node_window_seconds{node="a"}`, start)
	if err != nil || len(window) != 1 || window[0].F != 30 {
		t.Errorf("got window %v and error %v, want 30 seconds", window, err)
	}
}

func TestAge(t *testing.T) {
	const gone = -time.Hour
	type polls []time.Duration
	cases := map[string]struct {
		// polls are what the API says at each poll: how long after the start it
		// claims to have measured. gone: the node is not listed.
		polls polls
		// want is the age at the last poll. gone: there is no sample.
		want time.Duration
	}{
		"each poll has newer data":                            {polls: polls{-5 * time.Second, 10 * time.Second, 25 * time.Second}, want: 5 * time.Second},
		"the same data again":                                 {polls: polls{-5 * time.Second, -5 * time.Second, -5 * time.Second}, want: 35 * time.Second},
		"a node that is gone":                                 {polls: polls{-5 * time.Second, gone, gone}, want: 35 * time.Second},
		"a node that comes back":                              {polls: polls{-5 * time.Second, gone, 20 * time.Second}, want: 10 * time.Second},
		"a clock that is ahead":                               {polls: polls{time.Hour, time.Hour + interval, time.Hour + 2*interval}, want: 0},
		"a clock that is ahead, and data that stays the same": {polls: polls{time.Hour, time.Hour, time.Hour}, want: 30 * time.Second},
		"a clock that is set right":                           {polls: polls{time.Hour, 10 * time.Second, 25 * time.Second}, want: 5 * time.Second},
		"data that is older than before":                      {polls: polls{-5 * time.Second, -20 * time.Second, -10 * time.Second}, want: 35 * time.Second},
		"data that is too old at once":                        {polls: polls{-20 * time.Minute}, want: gone},
		"data that grows too old":                             {polls: polls{0, 0, 0, 0, 0, 0, gone, gone}, want: gone},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			served := &api{}
			f := newFixture(t, served)
			var samples verdict.Samples
			for i, measured := range tc.polls {
				f.clock.SetTime(start.Add(time.Duration(i) * interval))
				// Of b there is always news.
				items := []v1beta1.NodeMetrics{usage("b", f.clock.Now(), "1", "1Gi")}
				if measured != gone {
					items = append(items, usage("a", start.Add(measured), "1", "1Gi"))
				}
				served.set(items...)
				if err := f.poller.Poll(f.ctx); err != nil {
					t.Fatal(err)
				}
				samples = f.measure(v1alpha1.BuiltinMemory)
			}
			got := gone
			if sample, ok := samples["a"]; ok {
				got = f.clock.Since(sample.Time)
			}
			if got != tc.want {
				t.Errorf("got age %v, want %v", got, tc.want)
			}
			if age := f.clock.Since(samples["b"].Time); age != 0 {
				t.Errorf("got age %v of the other node, want 0", age)
			}
		})
	}
}

// What asks for the first time sees the series end with the node, not five
// minutes later.
func TestSeriesOfANodeThatIsNoLongerListedEnd(t *testing.T) {
	served := &api{}
	f := newFixture(t, served)
	for i, items := range [][]v1beta1.NodeMetrics{
		{usage("a", start, "1", "1Gi"), usage("b", start, "1", "1Gi")},
		{usage("b", start.Add(interval), "1", "1Gi")},
	} {
		f.clock.SetTime(start.Add(time.Duration(i) * interval))
		served.set(items...)
		if err := f.poller.Poll(f.ctx); err != nil {
			t.Fatal(err)
		}
	}
	vector, err := f.database.Query(f.ctx, `{__name__=~"metrics_k8s_io_.+"}`, f.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, sample := range vector {
		got[sample.Metric.Get("node")]++
	}
	if diff := cmp.Diff(map[string]int{"b": 3}, got); diff != "" {
		t.Errorf("series by node (-want +got):\n%s", diff)
	}
}

func TestFiguresOfNoUse(t *testing.T) {
	cases := map[string]struct {
		change func(*v1beta1.NodeMetrics)
		// want are the built-in metrics that are measured on the node all the
		// same, and parts of the error.
		want    map[v1alpha1.Builtin]float64
		wantErr []string
	}{
		"no timestamp": {
			change:  func(node *v1beta1.NodeMetrics) { node.Timestamp = metav1.Time{} },
			wantErr: []string{"1 of 2 nodes", `node "a"`, "no timestamp"},
		},
		"no window": {
			change:  func(node *v1beta1.NodeMetrics) { node.Window.Duration = 0 },
			want:    map[v1alpha1.Builtin]float64{v1alpha1.BuiltinMemory: 0.5},
			wantErr: []string{`node "a"`, "a window of 0s"},
		},
		"negative window": {
			change:  func(node *v1beta1.NodeMetrics) { node.Window.Duration = -time.Second },
			want:    map[v1alpha1.Builtin]float64{v1alpha1.BuiltinMemory: 0.5},
			wantErr: []string{`node "a"`, "a window of -1s"},
		},
		"an increase over no time, converted to an integer": {
			change:  func(node *v1beta1.NodeMetrics) { node.Usage["cpu"] = resource.MustParse("-9223372036854775807n") },
			want:    map[v1alpha1.Builtin]float64{v1alpha1.BuiltinMemory: 0.5},
			wantErr: []string{`node "a"`, "cpu below zero"},
		},
		"no cpu": {
			change:  func(node *v1beta1.NodeMetrics) { delete(node.Usage, "cpu") },
			want:    map[v1alpha1.Builtin]float64{v1alpha1.BuiltinMemory: 0.5},
			wantErr: []string{`node "a"`, "no use of cpu"},
		},
		"no memory": {
			change:  func(node *v1beta1.NodeMetrics) { delete(node.Usage, "memory") },
			want:    map[v1alpha1.Builtin]float64{v1alpha1.BuiltinCPU: 0.5},
			wantErr: []string{`node "a"`, "no use of memory"},
		},
		"no usage": {
			change:  func(node *v1beta1.NodeMetrics) { node.Usage = nil },
			wantErr: []string{`node "a"`, "no use of"},
		},
		"idle": {
			change: func(node *v1beta1.NodeMetrics) { node.Usage["cpu"] = resource.MustParse("0") },
			want:   map[v1alpha1.Builtin]float64{v1alpha1.BuiltinCPU: 0, v1alpha1.BuiltinMemory: 0.5},
		},
		"another resource": {
			change: func(node *v1beta1.NodeMetrics) { node.Usage["example.com/gpu"] = resource.MustParse("1") },
			want:   map[v1alpha1.Builtin]float64{v1alpha1.BuiltinCPU: 0.5, v1alpha1.BuiltinMemory: 0.5},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			served := &api{}
			f := newFixture(t, served)
			changed := usage("a", start, "2", "4Gi")
			tc.change(&changed)
			served.set(changed, usage("b", start, "2", "4Gi"))
			err := f.poller.Poll(f.ctx)
			if (err != nil) != (tc.wantErr != nil) {
				t.Fatalf("got error %v, want one with %q", err, tc.wantErr)
			}
			for _, part := range tc.wantErr {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got error %q, want %q in it", err, part)
				}
			}
			got := map[v1alpha1.Builtin]float64{}
			for _, builtin := range []v1alpha1.Builtin{v1alpha1.BuiltinCPU, v1alpha1.BuiltinMemory} {
				samples := f.measure(builtin)
				if sample, ok := samples["a"]; ok {
					got[builtin] = sample.Value
				}
				if samples["b"].Value != 0.5 {
					t.Errorf("got %s %v of the other node, want 0.5", builtin, samples["b"])
				}
			}
			if tc.want == nil {
				tc.want = map[v1alpha1.Builtin]float64{}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllPagesAreRead(t *testing.T) {
	pages := map[string]*v1beta1.NodeMetricsList{
		"":    {ListMeta: metav1.ListMeta{Continue: "two"}, Items: []v1beta1.NodeMetrics{usage("a", start, "1", "1Gi")}},
		"two": {Items: []v1beta1.NodeMetrics{usage("b", start, "1", "2Gi")}},
	}
	f := newFixture(t, http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		write(w, pages[request.URL.Query().Get("continue")])
	}))
	if err := f.poller.Poll(f.ctx); err != nil {
		t.Fatal(err)
	}
	want := verdict.Samples{"a": {Value: 0.125, Time: start}, "b": {Value: 0.25, Time: start}}
	if diff := cmp.Diff(want, f.measure(v1alpha1.BuiltinMemory)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFailuresNameTheRemedy(t *testing.T) {
	status := func(code int, reason metav1.StatusReason, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(code)
			_ = json.NewEncoder(w).Encode(metav1.Status{
				TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
				Status:   metav1.StatusFailure, Code: int32(code), Reason: reason, Message: message,
			})
		}
	}
	cases := map[string]struct {
		handler http.HandlerFunc
		want    []string
	}{
		"not installed": { // as the API server answers where no APIService is
			handler: func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "404 page not found", http.StatusNotFound) },
			want:    []string{"metrics.k8s.io", "could not find", "is metrics-server installed?", "kubectl top node"},
		},
		"not running": { // as the aggregator answers
			handler: func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "service unavailable", http.StatusServiceUnavailable)
			},
			want: []string{"unable to handle the request", "is metrics-server running?", "apiservice v1beta1.metrics.k8s.io"},
		},
		"not allowed": {
			handler: status(http.StatusForbidden, metav1.StatusReasonForbidden, `nodes.metrics.k8s.io is forbidden: User "nobody" cannot list resource`),
			want:    []string{`User "nobody"`, "ClusterRole", `"list"`, `"metrics.k8s.io"`},
		},
		"broken": {
			handler: status(http.StatusInternalServerError, metav1.StatusReasonInternalError, "out of order"),
			want:    []string{"asking the metrics API", "out of order"},
		},
		"no nodes": { // as metrics-server answers when it has just started
			handler: (&api{}).ServeHTTP,
			want:    []string{"knows no node", "metrics-server"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, tc.handler)
			err := f.poller.Poll(f.ctx)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got error %q, want %q in it", err, part)
				}
			}
			if again := f.poller.Poll(f.ctx); again == nil || again.Error() != err.Error() {
				t.Errorf("got error %q, and then %q, want the same text", err, again)
			}
		})
	}
}

func TestConnectionsThatFailAlikeReadAlike(t *testing.T) {
	port := 1024
	failing := lister(func() (*v1beta1.NodeMetricsList, error) {
		port++ // of this side, another one each time
		local, remote := &net.TCPAddr{Port: port}, &net.TCPAddr{Port: 443}
		return nil, fmt.Errorf("reading: %w", &net.OpError{Op: "read", Net: "tcp", Source: local, Addr: remote, Err: net.ErrClosed})
	})
	poller := metricsapi.NewPoller(failing, nil, interval, testingclock.NewFakeClock(start))
	if first, second := poller.Poll(t.Context()), poller.Poll(t.Context()); first.Error() != second.Error() {
		t.Errorf("got %q and %q, want the same text", first, second)
	}
}

type lister func() (*v1beta1.NodeMetricsList, error)

func (l lister) List(context.Context, metav1.ListOptions) (*v1beta1.NodeMetricsList, error) {
	return l()
}

func TestNoAnswerInTime(t *testing.T) {
	f := newFixture(t, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() }))
	ctx, cancel := context.WithTimeout(f.ctx, 50*time.Millisecond)
	defer cancel()
	f.poller.Sweep(ctx)
	if len(f.log) != 1 || !strings.Contains(f.log[0], "no answer in time") {
		t.Errorf("got log %q, want a line that says why", f.log)
	}
}

func TestOutageIsLoggedOnceAndLosesNothing(t *testing.T) {
	served, down := &api{}, false
	f := newFixture(t, http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if down {
			http.Error(w, "service unavailable", http.StatusServiceUnavailable)
			return
		}
		served.ServeHTTP(w, request)
	}))
	served.set(usage("a", start, "1", "1Gi"))
	for i, out := range []bool{false, false, true, true, false, false, true} {
		down = out
		f.clock.SetTime(start.Add(time.Duration(i) * interval))
		if !out {
			served.set(usage("a", f.clock.Now(), "1", "1Gi"))
		}
		f.poller.Sweep(f.ctx)
		if _, ok := f.measure(v1alpha1.BuiltinMemory)["a"]; !ok {
			t.Errorf("poll %d: the node has no sample, want that of before", i)
		}
	}
	const unable, again = "Unable to measure nodes with the metrics API", "The metrics API can be read again"
	want := []string{unable, again, unable}
	if len(f.log) != len(want) {
		t.Fatalf("got log:\n%s\nwant lines with %q", strings.Join(f.log, "\n"), want)
	}
	for i, part := range want {
		if !strings.Contains(f.log[i], part) {
			t.Errorf("got log line %s, want %q in it", f.log[i], part)
		}
	}
}

func TestNothingIsLoggedWhereTheProcessEnds(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	f := newFixture(t, http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		end()
		<-request.Context().Done()
	}))
	f.poller.Sweep(klog.NewContext(ctx, klog.FromContext(f.ctx)))
	if len(f.log) != 0 {
		t.Errorf("got log %q, want nothing", f.log)
	}
}

// The API is asked a quarter of the interval before the rules are judged, once
// per interval, whenever the process starts.
func TestRunPollsBeforeTheRulesAreJudged(t *testing.T) {
	const into = interval - interval/4 // of an interval, at each poll
	cases := map[string]struct{ from, wait time.Duration }{
		"from the start of an interval": {from: 0, wait: into},
		"from before a poll":            {from: into - time.Second, wait: time.Second},
		"from the moment of a poll":     {from: into, wait: interval},
		"from after a poll":             {from: into + time.Second, wait: interval - time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			clock := testingclock.NewFakeClock(start.Add(tc.from))
			polled := make(chan struct{}, 1)
			poller := metricsapi.NewPoller(lister(func() (*v1beta1.NodeMetricsList, error) {
				polled <- struct{}{}
				return nil, errors.New("no answer")
			}), nil, interval, clock)
			ctx, cancel := context.WithCancel(klog.NewContext(t.Context(), logr.Discard()))
			done := make(chan struct{})
			go func() {
				defer close(done)
				poller.Run(ctx)
			}()
			for _, pause := range []time.Duration{tc.wait, interval, interval} {
				awaitSleep(t, clock)
				clock.Step(pause - time.Nanosecond)
				if !clock.HasWaiters() {
					t.Fatalf("polled before %v had passed", pause)
				}
				clock.Step(time.Nanosecond)
				if clock.HasWaiters() {
					t.Fatalf("not polled after %v", pause)
				}
				<-polled
			}
			cancel()
			<-done
		})
	}
}

// awaitSleep waits until the poller waits for the clock.
func awaitSleep(t *testing.T, clock *testingclock.FakeClock) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), time.Millisecond, 30*time.Second, true,
		func(context.Context) (bool, error) { return clock.HasWaiters(), nil })
	if err != nil {
		t.Fatalf("waiting for the poller to sleep: %v", err)
	}
}
