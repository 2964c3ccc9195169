// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package worked_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/cli/rulefile"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/verdict"
	"github.com/loadline-dev/loadline/test/worked"
)

const gibibytes = 100.0 // of each node in the example

// The example of docs/concepts.md, by the rule set that stands there: the node n1 among
// three others that stay at 50%.
func example(t *testing.T) {
	set := documentedSet(t)
	yesOrNo := map[bool]string{true: "yes", false: "no"}
	nodes := []string{"n1", "n2", "n3", "n4"}
	var snapshot *verdict.Snapshot
	for _, row := range worked.Table(t, "example") {
		now := start.Add(row.Duration("time"))
		in := verdict.Input{Now: now, Sets: []*verdict.Set{set}, Previous: snapshot}
		projected, samples := &verdict.Projection{Capacity: map[string]float64{}}, verdict.Samples{}
		for _, name := range nodes {
			in.Nodes = append(in.Nodes, verdict.Node{Name: name})
			projected.Capacity[name], samples[name] = gibibytes, verdict.Sample{Value: 0.5, Time: now}
		}
		samples["n1"] = verdict.Sample{Value: row.Number("n1 measures"), Time: now}
		metric := verdict.MetricKey{Set: "memory", Metric: "memory"}
		in.Samples = map[verdict.MetricKey]verdict.Samples{metric: samples}
		in.Projections = map[verdict.MetricKey]*verdict.Projection{metric: projected}
		snapshot = verdict.Evaluate(in)

		rule, n1 := snapshot.Sets[0].Rules[0], snapshot.Index("n1")
		_, taint := rule.Marks(n1)
		row.Want("headroom", headroom(t, snapshot, "n1"))
		row.WantText("rule", rule.State(n1).String())
		row.WantText("a new pod of 1 GiB", accepted(rule.Judge(n1, &verdict.Arrival{Amounts: []float64{1}}) == verdict.Accepted))
		row.WantText("taint", yesOrNo[taint != nil])
		row.WantText("pods are moved", yesOrNo[rule.EvictionDue(n1)])
	}
}

// documentedSet is the rule set on the page, which has nothing to be warned of.
func documentedSet(t *testing.T) *verdict.Set {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(worked.Root(), "docs/concepts.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindSubmatch(text)
	if block == nil {
		t.Fatal("docs/concepts.md has no YAML")
	}
	found, problems := rulefile.Read("memory.yaml", block[1])
	if len(found) != 1 || len(problems) > 0 {
		t.Fatalf("got %d rule sets, and %v", len(found), problems)
	}
	set, err := verdict.NewSet(found[0].RuleSet, staleAfter)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// headroom is what the scheduler says of a node.
func headroom(t *testing.T, snapshot *verdict.Snapshot, name string) float64 {
	t.Helper()
	scheduler := &inspect.Scheduler{
		Journal: explain.NewJournal(1), Snapshot: func() *verdict.Snapshot { return snapshot },
		Clock: clocktesting.NewFakePassiveClock(snapshot.Time.Add(time.Second)),
	}
	recorder := httptest.NewRecorder()
	scheduler.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, inspect.NodesPath+"?node="+name, nil))
	var answer inspect.Nodes
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%v: %s", err, recorder.Body)
	}
	if len(answer.Nodes) != 1 || answer.Nodes[0].Headroom == nil {
		t.Fatalf("got %+v, want the headroom of node %s", answer.Nodes, name)
	}
	return *answer.Nodes[0].Headroom
}
