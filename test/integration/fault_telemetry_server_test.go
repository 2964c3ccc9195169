// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/test/deploy"
)

// serverFaults are by the name of the node about which the server is asked in vain.
func serverFaults(elsewhere string) map[string]fault {
	faults := httpFaults(elsewhere)
	for name, says := range map[string]string{
		"hanging": "no answer in time", "dripping": "no answer in time", "a-page": "not from the API of Prometheus",
		"cut-off": "unexpected EOF", "redirecting": "not from the API of Prometheus", "packed": "not from the API of Prometheus",
	} {
		fault := faults[name]
		fault.says = []string{says}
		faults[name] = fault
	}
	for name, more := range map[string]fault{
		"of-another-type":  {measured: true, answer: ofType("text/html")},
		"nothing-at-all":   {answer: always(func(http.ResponseWriter, *http.Request) {}), says: []string{"not from the API"}},
		"a-null":           {answer: always(text("null"))},
		"no-series":        {answer: always(text(`{"status":"success","data":{"resultType":"vector","result":[]}}`)), says: []string{"Query returns nothing"}},
		"a-number":         {answer: always(text(`{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`)), says: []string{"not a vector"}},
		"not-a-number":     {answer: rewritten(values("NaN"))},
		"infinite":         {answer: rewritten(values("+Inf"))},
		"of-an-hour-ago":   {answer: rewritten(times(-time.Hour))},
		"of-no-time":       {answer: rewritten(timesAre("NaN"))},
		"of-an-hour-ahead": {measured: true, answer: rewritten(times(time.Hour))},
		"of-other-nodes": {answer: rewritten(func(text string) string { return strings.ReplaceAll(text, `"node":"`, `"node":"other-`) }),
			says: []string{"Query names no node"}},
		"twice": {answer: rewritten(func(text string) string {
			return strings.Replace(text, `"result":[`, `"result":[{"metric":{"node":"twice","twin":"1"},"value":[1,"10"]},`, 1)
		}), says: []string{`two samples for node \"twice\"`, "aggregate them"}},
		"endless": {answer: always(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[`)
			const one = `{"metric":{"node":"endless"},"value":[1,"10"]},`
			some := strings.Repeat(one, 1000)
			for written := 0; written < huge; written += len(some) {
				if _, err := io.WriteString(w, some); err != nil {
					return
				}
			}
		})},
	} {
		faults[name] = more
	}
	return faults
}

func text(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }
}

func ofType(contentType string) func(http.Handler) http.Handler {
	return func(well http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, recordedAnswer(well, r))
		})
	}
}

var valueOf = regexp.MustCompile(`"value":\[([^,]*),"([^"]*)"\]`)

// values puts a value in the place of all.
func values(value string) func(text string) string {
	return func(text string) string {
		return valueOf.ReplaceAllString(text, `"value":[$1,"`+value+`"]`)
	}
}

// times moves the times of data, which are told as values above all that is measured.
func times(by time.Duration) func(text string) string {
	return func(text string) string { return timesAre(fmt.Sprint(time.Now().Add(by).Unix()))(text) }
}

func timesAre(value string) func(text string) string {
	return func(text string) string {
		return valueOf.ReplaceAllStringFunc(text, func(found string) string {
			if number, _ := strconv.ParseFloat(valueOf.FindStringSubmatch(found)[2], 64); number > 1e6 {
				return values(value)(found)
			}
			return found
		})
	}
}

// prometheus is a server that knows the heat of nodes: each by a metric of its own.
type prometheus struct {
	*fixture
	address string

	mu     sync.Mutex
	heat   map[string]float64      // by node
	faults map[string]http.Handler // by node, in the place of answers about it
	server *http.Server            // nil while nobody listens
}

// heatOf is the metric that tells of one node.
func heatOf(node string) string { return "heat_" + strings.ReplaceAll(node, "-", "_") }

func (f *fixture) newPrometheus() *prometheus {
	f.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	f.must(err)
	p := &prometheus{fixture: f, address: listener.Addr().String(), heat: map[string]float64{}}
	p.serve(listener)
	f.Cleanup(p.stop)
	return p
}

func (p *prometheus) serve(listener net.Listener) {
	p.server = &http.Server{Handler: p, ErrorLog: silent}
	go func(server *http.Server) { _ = server.Serve(listener) }(p.server) // it ends with stop
}

// stop has nobody listen, and end all connections.
func (p *prometheus) stop() {
	if p.server != nil {
		_ = p.server.Close()
		p.server = nil
	}
}

func (p *prometheus) restart() {
	p.Helper()
	listener, err := net.Listen("tcp4", p.address)
	p.must(err)
	p.serve(listener)
}

func (p *prometheus) setHeat(degrees float64, nodes ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, node := range nodes {
		p.heat[node] = degrees
	}
}

func (p *prometheus) setFaults(faults map[string]fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = map[string]http.Handler{}
	for node, fault := range faults {
		p.faults[node] = fault.answer(http.HandlerFunc(p.answer))
	}
}

// ServeHTTP goes wrong about some nodes.
func (p *prometheus) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.FormValue("query")
	p.mu.Lock()
	var handler http.Handler = http.HandlerFunc(p.answer)
	for node, fault := range p.faults {
		if strings.Contains(query, heatOf(node)+")") {
			handler = fault
		}
	}
	p.mu.Unlock()
	handler.ServeHTTP(w, r)
}

// answer is that of a server that is well. It has no past.
func (p *prometheus) answer(w http.ResponseWriter, r *http.Request) {
	kind, query := "vector", r.FormValue("query")
	result := []map[string]any{}
	if strings.HasSuffix(r.URL.Path, "/query_range") {
		kind = "matrix"
	} else {
		result = p.samples(query)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": result}})
}

func (p *prometheus) samples(query string) []map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	result, now := []map[string]any{}, float64(time.Now().UnixMilli())/1000
	for node, degrees := range p.heat {
		if !strings.Contains(query, heatOf(node)+")") {
			continue
		}
		value := degrees
		if strings.Contains(query, "timestamp(") {
			value = now
		}
		result = append(result, map[string]any{"metric": map[string]string{"node": node}, "value": []any{now, fmt.Sprint(value)}})
	}
	return result
}

// A server that goes wrong about some nodes, each in its own way, and then is not
// there at all.
func TestPrometheusFaults(t *testing.T) {
	elsewhere, shown := stranger(t)
	o := &outage{faults: serverFaults(elsewhere), idle: 8} // as many as there are queries at a time
	o.fixture = newDriftFixture(t, o.nodes()...)
	server := o.newPrometheus()
	server.setHeat(50, o.nodes()...)
	server.setHeat(95, hotNode)
	o.webOn(1)
	sets := o.heatRules(slices.Concat(slices.Collect(maps.Keys(o.faults)), []string{hotNode, driftingNode}))
	credentials := o.write("token", "secret")
	o.start(func(telemetry map[string]any) {
		delete(telemetry, "embedded")
		telemetry["prometheus"] = map[string]any{
			"url":        "http://" + server.address,
			"httpConfig": map[string]any{"authorization": map[string]any{"credentials_file": credentials}},
		}
	})
	o.inForce(sets)

	begin := func() {
		server.setFaults(o.faults)
		server.setHeat(95, slices.Concat(o.unknown(), []string{driftingNode})...)
	}
	o.watch(begin, func() { server.setFaults(nil) })
	if got := shown.Load(); got > 0 {
		t.Errorf("credentials were shown elsewhere %d times", got)
	}

	server.setHeat(50, o.nodes()...)
	server.setHeat(95, hotNode)
	o.goneAltogether(server)
}

// goneAltogether is the end of a server, and its return.
func (o *outage) goneAltogether(server *prometheus) {
	o.Helper()
	o.awaitSnapshots(o.descheduler, 4*time.Second)
	evicted, before := o.evictions(o.descheduler), o.footprints()
	server.stop()
	for i, program := range o.programs() {
		o.awaitLog(program, "Unable to measure", "connection refused", "is the server running")
		o.awaitFootprint(program, before[i].with(o.idle))
	}
	server.setHeat(95, o.nodes()...)
	o.pod("after-the-end", onlyOn(hotNode))
	o.placed("after-the-end") // what is not known refuses nothing
	for _, program := range o.programs() {
		for query, times := range o.saidOfQueries(program, "running the query: ", "connection refused") {
			if times > 1 {
				o.Errorf("%s says %d times that nobody answers %s, want once", program.LogFile(), times, query)
			}
		}
	}
	o.awaitSnapshots(o.descheduler, 4*time.Second)
	if got := o.evictions(o.descheduler); got != evicted {
		o.Errorf("%v pods were evicted while nobody answered", got-evicted)
	}
	server.setHeat(50, o.nodes()...)
	server.setHeat(95, hotNode)
	seen := o.logLines(o.scheduler, "Node is over a load line", fmt.Sprintf("node=%q", hotNode))
	server.restart()
	o.awaitLogLines(o.scheduler, seen+1, "Node is over a load line", fmt.Sprintf("node=%q", hotNode))
	o.pod("after-the-return", onlyOn(hotNode))
	o.pending("after-the-return", "over load line")
}

// saidOfQueries is how often a program has logged of each query that it fails, in
// lines that have all the parts. Those that fail in one tick are in one line. A server
// that goes away in the midst of a tick fails some queries in that tick and others in
// the next one, and of some the look for the age of the data first.
func (f *fixture) saidOfQueries(program program, parts ...string) map[string]int {
	f.Helper()
	data, err := os.ReadFile(program.LogFile())
	f.must(err)
	said := map[string]int{}
	for line := range strings.Lines(string(data)) {
		if !strings.Contains(line, "Unable to measure") || !containsAll(line, parts) {
			continue
		}
		_, list, _ := strings.Cut(strings.TrimSpace(line), "queries=")
		var queries []string
		if err := json.Unmarshal([]byte(list), &queries); err != nil {
			f.Fatalf("reading the queries of %s: %v", line, err)
		}
		for _, query := range queries {
			said[query]++
		}
	}
	if len(said) == 0 {
		f.Fatalf("%s says of no query that it fails: %q", program.LogFile(), parts)
	}
	return said
}

// heatRules are two rule sets for each node, by a metric that tells of it alone: one
// that moves pods off it where it is hot, and one that keeps strict pods off it where
// that is not known.
func (f *fixture) heatRules(nodes []string) (sets int) {
	f.Helper()
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "heat", Namespace: deploy.Namespace, Labels: map[string]string{v1alpha1.RulesLabel: "true"}},
		Data:       map[string]string{},
	}
	const set = `{apiVersion: loadline.dev/v1alpha1, kind: RuleSet, metadata: {name: %[1]s-%[2]s}, spec: {
  metrics: [{name: heat, query: max by (node) (%[3]s), staleAfter: 4s}], nodeSelector: {matchLabels: {kubernetes.io/hostname: %[2]s}}, %[4]s}}`
	for _, node := range nodes {
		object.Data["line-"+node] = fmt.Sprintf(set, "line", node, heatOf(node),
			`rules: [{name: too-hot, when: [{metric: heat, above: 80, clear: 70}], reject: {}, evict: {for: 2s, step: 1}}]`)
		object.Data["strict-"+node] = fmt.Sprintf(set, "strict", node, heatOf(node),
			`podSelector: {matchLabels: {strict: "true"}}, rules: [{name: measured, when: [{metric: heat, above: 99}], onMissing: Reject, reject: {}}]`)
	}
	_, err := f.client.CoreV1().ConfigMaps(deploy.Namespace).Create(f, object, metav1.CreateOptions{})
	f.must(err)
	return len(object.Data)
}
