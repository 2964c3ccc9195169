// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// A node has 100 cores, so that a core is one percent.
const cores = 100

// cpuRule is a rule set with one line for CPU as a mean over two minutes.
func cpuRule(above, clear, rest string) string {
	return fmt.Sprintf(`
apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: cpu-line}
spec:
  metrics: [{name: cpu, builtin: cpu, window: 2m}]
  rules:
  - name: cpu-high
    when: [{metric: cpu, above: %s, clear: %s}]
    reject: {}
    %s
  preferences: [{metric: cpu, prefer: Lower}]
`, above, clear, rest)
}

const (
	// window is how long a change needs to show by cpuRule: its mean, and a tick.
	window = 2*time.Minute + 15*time.Second
	// fewest has a rule take the smallest set of pods at once.
	fewest = "evict: {for: 5m, order: Fewest}"
	// culprits has it take those first that are the furthest over what they asked for.
	culprits = "evict: {for: 5m}"
)

// scenario is a simulation in a test.
type scenario struct {
	*Simulation
	t      *testing.T
	serial int
	// highest is the most that was wanted on each node, as a share of its CPU.
	highest map[string]float64
}

func newScenario(t *testing.T, settings Settings) *scenario {
	t.Helper()
	simulated, err := New(settings)
	if err != nil {
		t.Fatal(err)
	}
	s := &scenario{Simulation: simulated, t: t, highest: map[string]float64{}}
	s.OnStep = s.observe
	// The other replicas of workloads are there, where no pod can go.
	s.AddNode(&Node{Name: depot, Capacity: Amounts{cpu: 100_000, memory: 1e15}, Cordoned: true})
	return s
}

const depot = "depot"

func (s *scenario) observe() {
	for _, node := range s.Nodes {
		s.highest[node.Name] = max(s.highest[node.Name], s.load(node.Name))
	}
}

// load is what all on a node want now, as a share of its CPU.
func (s *scenario) load(node string) float64 {
	n := s.Node(node)
	return n.Demand(s.Now())[cpu] / n.Capacity[cpu]
}

// node adds a node that uses some of its 100 cores itself.
func (s *scenario) node(name string, base float64) *Node {
	return s.AddNode(&Node{Name: name, Capacity: Amounts{cpu: cores, memory: 100 << 30}, Base: Amounts{cpu: base, memory: 10 << 30}})
}

// nodes adds some, with names that count from 1.
func (s *scenario) nodes(number int, prefix string, base float64) {
	for i := range number {
		s.node(fmt.Sprintf("%s-%02d", prefix, i+1), base)
	}
}

// pod adds a pod of a workload of its own, which has another replica elsewhere. It
// requests a tenth of what it uses.
func (s *scenario) pod(node string, uses float64, change ...func(*Workload)) *Pod {
	s.serial++
	w := &Workload{Name: fmt.Sprintf("w%02d", s.serial), Load: Cores(uses), Request: Amounts{cpu: uses / 10}, StartAfter: 10 * time.Second, ReadyAfter: 5 * time.Second, Grace: 10 * time.Second}
	for _, c := range change {
		c(w)
	}
	if w.Replicas == 1 {
		s.AddWorkload(w, node)
	} else {
		s.AddWorkload(w, node, depot)
	}
	return w.pods[0]
}

// pods adds some that are alike.
func (s *scenario) pods(number int, node string, uses float64, change ...func(*Workload)) []*Pod {
	pods := make([]*Pod, number)
	for i := range pods {
		pods[i] = s.pod(node, uses, change...)
	}
	return pods
}

func (s *scenario) run(duration time.Duration) {
	s.t.Helper()
	if err := s.Run(s.t.Context(), duration); err != nil {
		s.t.Fatal(err)
	}
}

// evicted fails unless that many pods were evicted in all.
func (s *scenario) evicted(want int) {
	s.t.Helper()
	if len(s.Evictions) != want {
		s.t.Errorf("%d pods were evicted, want %d: %s\n%s", len(s.Evictions), want, s.describe(), s.explain())
	}
	for _, err := range s.Errors {
		s.t.Errorf("a turn failed: %v", err)
	}
}

func (s *scenario) describe() string {
	var said []string
	for _, e := range s.Evictions {
		said = append(said, fmt.Sprintf("%s off %s after %s", e.Pod.Name, e.Node, e.Time.Sub(Start)))
	}
	return strings.Join(said, ", ")
}

// explain is what the latest plan says, for whoever reads a failed test.
func (s *scenario) explain() string {
	text := fmt.Sprintf("stopped by %v\n", s.Report.Stopped)
	if s.Report.Plan == nil {
		return text + "no plan"
	}
	for _, n := range s.Report.Plan.Nodes {
		text += fmt.Sprintf("%s %s: %.4f to %.4f, after %.4f, held: %s\n", n.Name, n.Rule.Rule, n.Value, n.Goal, n.After, n.Held)
		for _, p := range n.Passed {
			text += fmt.Sprintf("  %s (%.3f): %s\n", p.Pod.Name, p.Share, p.Why)
		}
	}
	for _, r := range s.Ledger.State.Records {
		text += fmt.Sprintf("  record %s planned %s deleted %s effect %s failed %q\n", r.Pod.Name, r.Planned.Sub(Start), r.Deleted.Sub(Start), r.Effect, r.Failed)
	}
	return text
}

// below fails unless a node's pods want less than that share of it.
func (s *scenario) below(node string, share float64) {
	s.t.Helper()
	if got := s.load(node); got > share+1e-9 {
		s.t.Errorf("%s is at %.4f, want at most %.4f\n%s", node, got, share, s.explain())
	}
}

// neverAbove fails if a node, but the given ones, has ever been above a line.
func (s *scenario) neverAbove(line float64, but ...string) {
	s.t.Helper()
	for node, highest := range s.highest {
		isGiven := false
		for _, given := range but {
			isGiven = isGiven || node == given
		}
		if !isGiven && highest > line+1e-9 {
			s.t.Errorf("%s has been at %.4f, above the line at %.4f", node, highest, line)
		}
	}
}

// because fails unless the latest plan gives a reason of a kind for a node.
func (s *scenario) because(node string, code reason.Code) {
	s.t.Helper()
	if codes := s.Report.PassedBy(node); codes[code] == 0 {
		s.t.Errorf("got the reasons %v for leaving %s alone, want %s\n%s", codes, node, code, s.explain())
	}
}

// stoppedBy fails unless the loop has said that it stops for a reason of a kind.
func (s *scenario) stoppedBy(code reason.Code) {
	s.t.Helper()
	if !s.Report.StoppedBy(code) {
		s.t.Errorf("the loop has stopped for %v, want %s\n%s", s.Report.Stopped, code, s.explain())
	}
}
