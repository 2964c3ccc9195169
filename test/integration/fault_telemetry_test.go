// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/test/deploy"
)

// fault is one way in which a source of telemetry goes wrong.
type fault struct {
	// answer stands in the place of what is well. Nil: nobody listens.
	answer func(well http.Handler) http.Handler
	// measured tells that nodes count as measured all the same, and over that they are
	// over their line by what is said.
	measured, over bool
	// says are parts of a line in the log.
	says []string
}

// huge is the length of an answer that has no end, in bytes.
const huge = 100 << 20

// httpFaults are those that any HTTP server can have. elsewhere is where one of them
// sends who asks.
func httpFaults(elsewhere string) map[string]fault {
	return map[string]fault{
		"hanging": {answer: always(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })},
		"dripping": {answer: always(func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "#")
				w.(http.Flusher).Flush()
				select {
				case <-time.After(50 * time.Millisecond):
				case <-r.Context().Done():
				}
			}
		})},
		"a-page": {answer: always(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html><body>Please log in</body></html>\n")
		})},
		"cut-off": {answer: func(well http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				recorded := recordedAnswer(well, r)
				w.Header().Set("Content-Length", fmt.Sprint(len(recorded)))
				_, _ = io.WriteString(w, recorded[:len(recorded)/2])
			})
		}},
		"unauthorized": {answer: always(status(http.StatusUnauthorized)), says: []string{"401 Unauthorized"}},
		"forbidden":    {answer: always(status(http.StatusForbidden)), says: []string{"403 Forbidden"}},
		"too-many":     {answer: always(status(http.StatusTooManyRequests)), says: []string{"429 Too Many Requests"}},
		"failing":      {answer: always(status(http.StatusInternalServerError)), says: []string{"500 Internal Server Error"}},
		"redirecting":  {answer: always(http.RedirectHandler(elsewhere, http.StatusFound).ServeHTTP)},
		"packed": {answer: always(func(w http.ResponseWriter, _ *http.Request) { // 100 kB on the way
			w.Header().Set("Content-Encoding", "gzip")
			packer := gzip.NewWriter(w)
			_, _ = io.CopyN(packer, spaces{}, huge)
			_ = packer.Close()
		})},
	}
}

func always(answer http.HandlerFunc) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler { return answer }
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// spaces have no end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// recordedAnswer is what a handler answers.
func recordedAnswer(handler http.Handler, r *http.Request) string {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder.Body.String()
}

// rewritten answers what is well, but changed.
func rewritten(change func(text string) string) func(http.Handler) http.Handler {
	return func(well http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			recorder := httptest.NewRecorder()
			well.ServeHTTP(recorder, r)
			w.Header().Set("Content-Type", recorder.Header().Get("Content-Type"))
			_, _ = io.WriteString(w, change(recorder.Body.String()))
		})
	}
}

// stranger is a server that nobody should be sent to, with anything to show.
func stranger(t *testing.T) (url string, shown *atomic.Int32) {
	t.Helper()
	shown = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			shown.Add(1)
		}
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1), shown // to clients another port is no other server
}

// outage is a cluster in which telemetry goes wrong: that of each node in its own
// way.
type outage struct {
	*fixture
	faults      map[string]fault // by node
	scheduler   *deploy.Scheduler
	descheduler *deploy.Descheduler
	// idle is the number of connections that are kept for some minutes.
	idle float64
}

func (o *outage) programs() []program { return []program{o.scheduler, o.descheduler} }

// unknown are the nodes of which nothing is known while the faults last.
func (o *outage) unknown() []string {
	var nodes []string
	for node, fault := range o.faults {
		if !fault.measured {
			nodes = append(nodes, node)
		}
	}
	slices.Sort(nodes)
	return nodes
}

// Nodes that are well all the time: one that is over its line, one that comes over it
// while others have faults, and some with room.
const (
	hotNode      = "well-hot"
	driftingNode = "well-drifting"
)

func coolNodes() []string { return numbered("well-cool", 3) }

// start starts both programs, with leases that last on a machine that is busy.
func (o *outage) start(source func(telemetry map[string]any)) {
	o.Helper()
	var err error
	o.scheduler, err = deploy.StartScheduler(o, o.Cluster, "loadline-scheduler", deploy.Options{
		Flags:      []string{"--leader-elect-lease-duration=60s", "--leader-elect-renew-deadline=45s"},
		ChangeArgs: func(args map[string]any) { source(args["telemetry"].(map[string]any)) },
	})
	o.must(err)
	o.descheduler = o.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: func(config map[string]any) {
		brisk(config)
		source(config["telemetry"].(map[string]any))
		election := config["leaderElection"].(map[string]any)
		election["leaseDuration"], election["renewDeadline"], election["retryPeriod"] = "60s", "45s", "2s"
	}})
}

// nodes are all of the cluster.
func (o *outage) nodes() []string {
	return slices.Concat(slices.Sorted(maps.Keys(o.faults)), []string{hotNode, driftingNode}, coolNodes())
}

// inForce waits until the rules are, in both programs, and have judged all nodes.
func (o *outage) inForce(sets int) {
	o.Helper()
	for _, program := range o.programs() {
		o.awaitLogLines(program, sets, "Rule set is in force")
		o.awaitLog(program, "Node is over a load line", fmt.Sprintf("node=%q", hotNode))
	}
	o.awaitSnapshots(o.descheduler, 4*time.Second) // it leads, and has waited for a window
}

// watch goes through the faults: begin has them begin, and brings all nodes but the
// hot and the cool ones over the line, which nobody can know of those with a fault.
func (o *outage) watch(begin, end func()) {
	o.Helper()
	before := o.footprints()
	begin()

	// The others go on: what drifts is seen, and a pod leaves it.
	o.awaitEvictions(o.descheduler, 1)
	if left := o.remainingOn(driftingNode, "web"); len(left) > 0 {
		o.Errorf("the pod on node %s is still there", driftingNode)
	}
	o.pod("onto-the-hot-node", onlyOn(hotNode))
	o.pending("onto-the-hot-node", "over load line")

	// What is not known is missing, once it is stale.
	o.awaitSnapshots(o.scheduler, 6*time.Second)
	for _, node := range o.unknown() {
		o.pod("strict-on-"+node, onlyOn(node), labelled("strict", "true"))
	}
	for _, node := range o.unknown() {
		o.pending("strict-on-"+node, "over load line")
		o.pod("plain-on-"+node, onlyOn(node))
	}
	for _, node := range o.unknown() {
		o.placed("plain-on-" + node)
	}
	for node, fault := range o.faults {
		switch name := "strict-on-" + node; {
		case fault.over:
			o.pod(name, onlyOn(node))
			o.pending(name, "over load line")
		case fault.measured:
			o.pod(name, onlyOn(node), labelled("strict", "true"))
			o.placed(name)
		}
	}

	// It is said once, and nobody is evicted on doubt.
	o.awaitSnapshots(o.descheduler, 6*time.Second)
	for i, said := range o.complaints() {
		if most := 3 * len(o.faults); said > most {
			o.Errorf("%s: %d lines of complaint about %d faults, want %d at most", o.programs()[i].LogFile(), said, len(o.faults), most)
		}
	}
	if got := o.evictions(o.descheduler); got != 1 {
		o.Errorf("%v pods were evicted while the faults lasted, want that of the node that is well", got)
	}
	for _, node := range o.unknown() {
		if len(o.remainingOn(node, "web")) != 1 {
			o.Errorf("the pod on node %s, of which nothing is known, is gone", node)
		}
		for _, line := range o.faults[node].says {
			o.awaitLog(o.scheduler, line)
		}
	}
	during := o.footprints()

	// It is over by itself.
	end()
	for _, node := range o.unknown() {
		for _, program := range o.programs() {
			o.awaitLog(program, "Node is over a load line", fmt.Sprintf("node=%q", node))
		}
	}
	o.await("a pod to be evicted from a node that is measured again", func() string {
		if got := o.evictions(o.descheduler); got < 2 {
			return fmt.Sprintf("%v were", got)
		}
		return ""
	})
	for i, program := range o.programs() {
		o.checkMemory(program, before[i], during[i])
		o.awaitFootprint(program, before[i].with(o.idle))
	}
}

func (o *outage) footprints() []footprint {
	o.Helper()
	var all []footprint
	for _, program := range o.programs() {
		all = append(all, o.footprint(program))
	}
	return all
}

// complaints is how many errors each program has logged.
func (o *outage) complaints() []int {
	o.Helper()
	var counts []int
	for _, program := range o.programs() {
		count := 0
		for _, line := range o.linesOf(program) {
			if strings.HasPrefix(line, "E") || strings.HasPrefix(line, "W") {
				count++
			}
		}
		counts = append(counts, count)
	}
	return counts
}

// webOn makes the deployment whose pods are on nodes that will come over the line,
// and on two that will not.
func (o *outage) webOn(uses float64, changes ...func(*corev1.Pod)) {
	o.Helper()
	o.placedWorkload("web", uses, slices.Concat(o.unknown(), []string{driftingNode}, coolNodes()[:2]), changes...)
}
