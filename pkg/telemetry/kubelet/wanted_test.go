// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/testutil"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	pressure        = "container_pressure_cpu_waiting_seconds_total"
	cadvisorExample = pressure + `{container="",id="/",image="",name="",namespace="",pod=""} 12.5 1772366393000` + "\n" +
		pressure + `{container="main",id="/kubepods/x",image="i",name="n",namespace="default",pod="busy"} 1 1772366393000` + "\n"
)

// untimed is an answer whose samples are of the time at which it is given.
func untimed(body string) string {
	return regexp.MustCompile(`(?m) 1772366\d+$`).ReplaceAllString(body, "")
}

// swept is a fetcher whose nodes are all asked at once, time after time.
type swept struct {
	*Fetcher
	t        *testing.T
	clock    *testingclock.FakeClock
	database *embedded.Database
	registry metrics.KubeRegistry
	logger   klog.Logger
}

func newSwept(t *testing.T, settings Settings) *swept {
	t.Helper()
	settings.TLS = TLS{InsecureSkipVerify: true}
	client, err := NewClient(settings, oneToken("secret"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.http.CloseIdleConnections)
	s := &swept{
		t: t, clock: testingclock.NewFakeClock(start), database: openDatabase(t), registry: metrics.NewKubeRegistry(),
		logger: ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true))),
	}
	s.Fetcher = NewFetcher(client, s.database, interval, s.clock)
	if err := s.RegisterMetrics(s.registry.Register); err != nil {
		t.Fatal(err)
	}
	return s
}

// sweep asks nodes one interval later.
func (s *swept) sweep(nodes ...*corev1.Node) {
	s.clock.Step(interval)
	s.Sweep(klog.NewContext(s.t.Context(), s.logger), nodes)
}

func (s *swept) query(expression string) map[string]float64 {
	s.t.Helper()
	return query(s.t, s.database, expression, s.clock.Now())
}

func (s *swept) expect(expression string, want map[string]float64, when string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.query(expression)); diff != "" {
		s.t.Errorf("%s: %s (-want +got):\n%s", when, expression, diff)
	}
}

func (s *swept) logged(text string) int {
	return strings.Count(s.logger.GetSink().(ktesting.Underlier).GetBuffer().String(), text)
}

func (s *swept) expectMetrics(want string, names ...string) {
	s.t.Helper()
	if err := testutil.GatherAndCompare(s.registry, strings.NewReader(want), names...); err != nil {
		s.t.Error(err)
	}
}

func TestSeriesThatAreNotWantedAnyMoreEnd(t *testing.T) {
	server := startKubelet(t, serve(untimed(example)))
	a, b := nodeAt(t, "a", server.Listener.Addr()), nodeAt(t, "b", server.Listener.Addr())
	const memory, cpu = `container_memory_working_set_bytes`, `pod_cpu_usage_seconds_total`
	s := newSwept(t, Settings{})
	steps := []struct {
		when        string
		wanted      Wanted
		memory, cpu map[string]float64
	}{
		{when: "at first", memory: map[string]float64{}, cpu: map[string]float64{}},
		{
			when:   "all containers, and pods on a",
			wanted: Wanted{Everywhere: names(memory), PodsOn: names("a")},
			memory: map[string]float64{"a": 1.5044608e+07, "b": 1.5044608e+07}, cpu: map[string]float64{"a": 4.67812},
		},
		{when: "pods on b", wanted: Wanted{PodsOn: names("b")}, memory: map[string]float64{}, cpu: map[string]float64{"b": 4.67812}},
		{when: "nothing", memory: map[string]float64{}, cpu: map[string]float64{}},
		{when: "all pods", wanted: Wanted{Everywhere: names(cpu)}, memory: map[string]float64{}, cpu: map[string]float64{"a": 4.67812, "b": 4.67812}},
	}
	for _, step := range steps {
		s.Want(step.wanted)
		s.sweep(a, b)
		s.expect(memory, step.memory, step.when)
		s.expect(cpu, step.cpu, step.when)
		s.expect(`up`, map[string]float64{"a": 1, "b": 1}, step.when)
	}
}

// kubeletWithPressure serves both endpoints, as long as they are well.
func kubeletWithPressure(t *testing.T) (node *corev1.Node, resources, cadvisor *endpointState) {
	resources, cadvisor = &endpointState{body: untimed(example)}, &endpointState{body: untimed(cadvisorExample)}
	server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
		switch request.URL.Path {
		case "/metrics/resource":
			resources.serve(w)
		case "/metrics/cadvisor":
			cadvisor.serve(w)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	return nodeAt(t, "a", server.Listener.Addr()), resources, cadvisor
}

type endpointState struct {
	body   string
	broken atomic.Bool
	asked  atomic.Int32
}

func (e *endpointState) serve(w http.ResponseWriter) {
	e.asked.Add(1)
	if e.broken.Load() {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	_, _ = io.WriteString(w, e.body)
}

func TestPressureIsAskedForWhileItIsWanted(t *testing.T) {
	node, resources, cadvisor := kubeletWithPressure(t)
	s := newSwept(t, Settings{})
	s.Want(Wanted{Everywhere: names("container_memory_working_set_bytes")})
	s.sweep(node)
	if got := cadvisor.asked.Load(); got != 0 {
		t.Errorf("asked %d times for pressure, want never before it is wanted", got)
	}
	s.Want(Wanted{Everywhere: names(pressure)})
	s.sweep(node)
	s.expect(pressure, map[string]float64{"a": 12.5}, "wanted")
	s.expect(`up`, map[string]float64{"a": 1}, "wanted")
	s.Want(Wanted{})
	s.sweep(node)
	s.expect(pressure, map[string]float64{}, "not wanted any more")
	if got := cadvisor.asked.Load(); got != 1 {
		t.Errorf("asked %d times for pressure, want once", got)
	}
	if got := resources.asked.Load(); got != 3 {
		t.Errorf("asked %d times for resources, want three times", got)
	}
}

func TestOneEndpointThatFailsHarmsNotTheOther(t *testing.T) {
	node, resources, cadvisor := kubeletWithPressure(t)
	const cpu = `node_cpu_usage_seconds_total`
	s := newSwept(t, Settings{})
	s.Want(Wanted{Everywhere: names(pressure)})
	s.sweep(node)

	cadvisor.broken.Store(true)
	s.sweep(node)
	s.sweep(node)
	s.expect(pressure, map[string]float64{}, "cAdvisor fails")
	s.expect(cpu, map[string]float64{"a": 357.35491}, "cAdvisor fails")
	s.expect(`up`, map[string]float64{"a": 1}, "cAdvisor fails")
	if n := s.logged("Unable to read the pressure"); n != 1 || s.logged("/metrics/cadvisor: 403") != 1 || s.logged("Unable to read some kubelets") != 0 {
		t.Errorf("the log tells %d times of cAdvisor, want once, with the reason", n)
	}

	cadvisor.broken.Store(false)
	resources.broken.Store(true)
	s.sweep(node)
	s.expect(pressure, map[string]float64{"a": 12.5}, "resources fail")
	s.expect(cpu, map[string]float64{}, "resources fail")
	s.expect(`up`, map[string]float64{"a": 0}, "resources fail")
	if s.logged("pressure of all nodes can be read again") != 1 || s.logged("Unable to read some kubelets") != 1 {
		t.Error("the log does not tell what is wrong now")
	}

	cadvisor.broken.Store(true)
	s.sweep(node)
	if s.logged("Unable to read the pressure") != 1 {
		t.Error("the log tells of cAdvisor where the kubelet is not to be reached at all")
	}
	s.expectMetrics(`
# HELP loadline_kubelet_nodes_unreachable [ALPHA] Number of nodes whose kubelet gave no metrics when it was last asked, without those that cannot be measured.
# TYPE loadline_kubelet_nodes_unreachable gauge
loadline_kubelet_nodes_unreachable 1
# HELP loadline_kubelet_scrapes_total [ALPHA] Number of times that a kubelet was asked, by endpoint and result: success, timeout, error, or exempt for a failure of a node that cannot be measured.
# TYPE loadline_kubelet_scrapes_total counter
loadline_kubelet_scrapes_total{endpoint="cadvisor",result="error"} 3
loadline_kubelet_scrapes_total{endpoint="cadvisor",result="success"} 2
loadline_kubelet_scrapes_total{endpoint="resource",result="error"} 2
loadline_kubelet_scrapes_total{endpoint="resource",result="success"} 3
`, "loadline_kubelet_nodes_unreachable", "loadline_kubelet_scrapes_total")
}

// An endpoint that never answers leaves time for the other.
func TestOneEndpointThatHangsHarmsNotTheOther(t *testing.T) {
	const cpu = `node_cpu_usage_seconds_total`
	cases := map[string]map[string]float64{ // by the endpoint that hangs
		"/metrics/resource": {"up": 0, pressure: 12.5},
		"/metrics/cadvisor": {"up": 1, cpu: 357.35491},
	}
	for hangs, want := range cases {
		t.Run(hangs, func(t *testing.T) {
			server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
				if request.URL.Path == hangs {
					<-request.Context().Done()
					return
				}
				_, _ = io.WriteString(w, untimed(map[string]string{"/metrics/resource": example, "/metrics/cadvisor": cadvisorExample}[request.URL.Path]))
			})
			s := newSwept(t, Settings{})
			s.interval = 500 * time.Millisecond // which bounds the time of both
			s.Want(Wanted{Everywhere: names(pressure)})
			s.sweep(nodeAt(t, "a", server.Listener.Addr()))
			for _, name := range []string{"up", cpu, pressure} {
				expected := map[string]float64{}
				if value, ok := want[name]; ok {
					expected["a"] = value
				}
				s.expect(name, expected, hangs)
			}
			if got := s.logged("deadline exceeded"); got != 1 {
				t.Errorf("the log tells %d times that there was no answer, want once", got)
			}
		})
	}
}

func TestNodeWithTooManySeriesIsCutOff(t *testing.T) {
	var pods atomic.Int32
	pods.Store(100)
	exploding := startKubelet(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range pods.Load() {
			fmt.Fprintf(w, "pod_cpu_usage_seconds_total{namespace=\"default\",pod=\"%d\"} 1\n", i)
		}
		_, _ = io.WriteString(w, example)
	})
	good := startKubelet(t, serve(example))
	nodes := []*corev1.Node{nodeAt(t, "exploding", exploding.Listener.Addr()), nodeAt(t, "good", good.Listener.Addr())}
	s := newSwept(t, Settings{MaxSeries: 10})
	s.Want(Wanted{Everywhere: names("pod_cpu_usage_seconds_total")})
	for range 3 {
		s.sweep(nodes...)
	}
	s.expect(`count by (node) (pod_cpu_usage_seconds_total)`, map[string]float64{"exploding": 8, "good": 1}, "cut off")
	s.expect(`node_cpu_usage_seconds_total`, map[string]float64{"exploding": 357.35491, "good": 357.35491}, "cut off")
	if n := s.logged("more series than are kept"); n != 1 || s.logged(`names="exploding"`) != 1 || s.logged("93 series more than the 10") != 1 {
		t.Errorf("the log tells %d times of the limit, want once, with the node and the number", n)
	}
	s.expectMetrics(`
# HELP loadline_kubelet_series_dropped_total [ALPHA] Number of series that were dropped because their node had too many, counted once per scrape.
# TYPE loadline_kubelet_series_dropped_total counter
loadline_kubelet_series_dropped_total 279
`, "loadline_kubelet_series_dropped_total")
	pods.Store(1)
	s.sweep(nodes...)
	if s.logged("No node has too many series any more") != 1 {
		t.Error("the log does not tell that it is over")
	}
}

func TestMetricsAreRegisteredOnce(t *testing.T) {
	registry := metrics.NewKubeRegistry()
	first, second := NewFetcher(nil, nil, interval, nil), NewFetcher(nil, nil, interval, nil)
	if err := first.RegisterMetrics(registry.Register); err != nil {
		t.Fatal(err)
	}
	if err := second.RegisterMetrics(registry.Register); err == nil {
		t.Error("registered a second fetcher on the same registry, want an error")
	}
}
