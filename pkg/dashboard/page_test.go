// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/dashboard"
	"github.com/loadline-dev/loadline/pkg/edits"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/load"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

const (
	namespace = "loadline-system"
	ruleSet   = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  metrics: [{name: memory, builtin: memory}, {name: heat, query: heat}]
  rules: [{name: high, when: [{metric: memory, above: 90%, clear: 85%}], reject: {}}]
`
)

var now = time.Date(2026, 11, 22, 9, 10, 7, 0, time.UTC)

// fixture is a page over a cluster with one rule set and one node.
type fixture struct {
	*testing.T
	*dashboard.Page
	client  *fake.Clientset
	clock   *clocktesting.FakePassiveClock
	handler http.Handler

	snapshot *verdict.Snapshot
	loads    map[verdict.MetricKey]*load.Load
	loadErr  error
	waiting  []explain.Waiting
	edits    []edits.Change
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	clock := clocktesting.NewFakePassiveClock(now.Add(-2 * time.Minute))
	f := &fixture{T: t, clock: clock, snapshot: judged(t), client: fake.NewClientset(&corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "rules", Labels: map[string]string{v1alpha1.RulesLabel: "true"}},
		Data:       map[string]string{"rules.yaml": ruleSet},
	})}
	selectByName(f.client)
	journal, tally := explain.NewJournal(10), explain.NewTally(clock)
	journal.CountIn(tally)
	f.Page = &dashboard.Page{
		Client: f.client, Namespace: namespace, Clock: clock, Journal: journal, Tally: tally,
		Inspected: (&inspect.Scheduler{Journal: journal, Snapshot: func() *verdict.Snapshot { return f.snapshot }, Clock: clock}).Handler(),
		Snapshot:  func() *verdict.Snapshot { return f.snapshot },
		Waiting:   func() []explain.Waiting { return f.waiting },
		Edits:     func() []edits.Change { return f.edits },
		Interval:  func() time.Duration { return time.Minute },
		Loads: func(context.Context, load.Axis, string) (map[verdict.MetricKey]*load.Load, error) {
			return f.loads, f.loadErr
		},
	}
	f.handler = f.Handler()
	return f
}

// selectByName has the fake client do what it does not by itself.
func selectByName(client *fake.Clientset) {
	client.PrependReactor("list", "configmaps", func(action clienttesting.Action) (bool, runtime.Object, error) {
		selector := action.(clienttesting.ListAction).GetListRestrictions().Fields
		if selector.Empty() {
			return false, nil, nil
		}
		object, err := client.Tracker().Get(action.GetResource(), action.GetNamespace(), "loadline-evictions")
		if err != nil || !selector.Matches(fields.Set{"metadata.name": "loadline-evictions"}) {
			return true, &corev1.ConfigMapList{}, nil
		}
		return true, &corev1.ConfigMapList{Items: []corev1.ConfigMap{*object.(*corev1.ConfigMap)}}, nil
	})
}

func judged(t *testing.T) *verdict.Snapshot {
	t.Helper()
	rules, err := v1alpha1.DecodeRuleSet([]byte(ruleSet))
	if err != nil {
		t.Fatal(err)
	}
	set, err := verdict.NewSet(rules, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return verdict.Evaluate(verdict.Input{Now: now, Sets: []*verdict.Set{set}, Nodes: []verdict.Node{{Name: "a"}}})
}

// ask asks for a path, and returns the status and the answer.
func (f *fixture) ask(path string) (status int, answer string) {
	f.Helper()
	return f.askIn(f.Context(), path)
}

func (f *fixture) askIn(ctx context.Context, path string) (status int, answer string) {
	f.Helper()
	recorder := httptest.NewRecorder()
	f.handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx))
	return recorder.Code, recorder.Body.String()
}

// check asks for a path, of which it knows the answer.
func (f *fixture) check(path string, wantStatus int, want string) {
	f.Helper()
	status, answer := f.ask(path)
	if status != wantStatus {
		f.Errorf("%s: got %d: %s, want %d", path, status, answer, wantStatus)
	}
	if diff := cmp.Diff(indented(want), indented(answer)); diff != "" {
		f.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// indented is JSON that people can read, or what is none.
func indented(text string) string {
	var buffer bytes.Buffer
	if json.Indent(&buffer, []byte(text), "", " ") != nil {
		return text
	}
	return buffer.String()
}

func TestWaiting(t *testing.T) {
	f := newFixture(t)
	f.check(dashboard.WaitingPath, http.StatusOK, `{"total": 0, "pods": []}`+"\n")

	f.waiting = []explain.Waiting{
		{Namespace: "b", Pod: "later", UID: "2", Since: now, Rules: []explain.Rule{}},
		{Namespace: "a", Pod: "first", UID: "1", Since: now.Add(-time.Hour), Rules: []explain.Rule{{RuleSet: "below-the-line", Rule: "high"}}, GiveUpAt: now},
	}
	f.Journal.Add("1", func() *explain.Decision { return &explain.Decision{Pod: "first", Outcome: explain.Refused} })
	f.check(dashboard.WaitingPath, http.StatusOK, `{"total": 2, "pods": [
		{"namespace": "a", "pod": "first", "uid": "1", "since": "2026-11-22T08:10:07Z", "rules": [{"ruleSet": "below-the-line", "rule": "high"}],
		 "giveUpAt": "2026-11-22T09:10:07Z", "decision": {"namespace": "", "pod": "first", "uid": "", "outcome": "Refused", "time": "0001-01-01T00:00:00Z"}},
		{"namespace": "b", "pod": "later", "uid": "2", "since": "2026-11-22T09:10:07Z", "rules": []}]}`+"\n")

	f.waiting = nil
	for i := range 5000 {
		f.waiting = append(f.waiting, explain.Waiting{Since: now.Add(-time.Duration(i) * time.Second)})
	}
	_, answer := f.ask(dashboard.WaitingPath)
	var waiting dashboard.Waiting
	if err := json.Unmarshal([]byte(answer), &waiting); err != nil {
		t.Fatal(err)
	}
	if waiting.Total != 5000 || len(waiting.Pods) != 100 || !waiting.Pods[0].Since.Equal(now.Add(-4999*time.Second)) {
		t.Errorf("got %d pods of %d, the first since %s", len(waiting.Pods), waiting.Total, waiting.Pods[0].Since)
	}
}

func TestTimeline(t *testing.T) {
	f := newFixture(t)
	f.clock.SetTime(now.Add(-90 * time.Second)) // 09:08:37
	f.Journal.Count(explain.Placed)
	f.clock.SetTime(now.Add(-30 * time.Second)) // 09:09:37
	f.Journal.Count(explain.Refused)
	f.Journal.Count(explain.Placed)
	f.clock.SetTime(now)
	f.Journal.Count(explain.Placed) // in the step that is not over
	f.edits = []edits.Change{
		{Time: now.Add(-time.Hour), RuleSet: "long-ago", What: edits.Added},
		{Time: now.Add(-3 * time.Minute), RuleSet: "below-the-line", What: edits.Refused, By: "kubectl-edit", Note: "no"},
		{Time: now, RuleSet: "below-the-line", What: edits.Restored},
	}
	unknown := math.NaN()
	f.loads = map[verdict.MetricKey]*load.Load{{Set: "below-the-line", Metric: "memory"}: {
		Max: []float64{unknown, unknown, 0.5, 1, math.Inf(1)}, P90: []float64{unknown, unknown, 0.25, 0.25, 1e-9}, Median: []float64{unknown, unknown, 0, 0, 0},
		Min: []float64{unknown, unknown, -1, 0, 0}, Nodes: []int{0, 0, 1, 1, 1}, Values: []float64{unknown, unknown, 0.5, 0.5, 0.5},
	}}
	const (
		axis = `"stepSeconds": 60, "times": [1795338360, 1795338420, 1795338480, 1795338540, 1795338600]`
		rest = `"counts": {"since": "2026-11-22T09:08:07Z", "placed": [null, null, null, 1, 1], "refused": [null, null, null, 0, 1]},
			"edits": [{"time": "2026-11-22T09:07:07Z", "ruleSet": "below-the-line", "what": "Refused", "by": "kubectl-edit", "note": "no"},
				{"time": "2026-11-22T09:10:07Z", "ruleSet": "below-the-line", "what": "Restored"}]}` + "\n"
		memory = `{"ruleSet": "below-the-line", "metric": "memory", "fraction": true, "lines": [{"rule": "high", "above": 0.9, "clear": 0.85}], `
		heat   = `{"ruleSet": "below-the-line", "metric": "heat", "fraction": false, "lines": [], `
		none   = `[null, null, null, null, null]`
	)
	all := memory + `"max": [null, null, 0.5, 1, null], "p90": [null, null, 0.25, 0.25, 1e-09], "median": [null, null, 0, 0, 0], "min": [null, null, -1, 0, 0], "nodes": [0, 0, 1, 1, 1]}, ` +
		heat + `"max": ` + none + `, "p90": ` + none + `, "median": ` + none + `, "min": ` + none + `, "nodes": [0, 0, 0, 0, 0]}`
	f.check(dashboard.TimelinePath+"?minutes=5", http.StatusOK, `{`+axis+`, "loads": [`+all+`], `+rest)
	f.check(dashboard.TimelinePath+"?minutes=5&node=a", http.StatusOK, `{`+axis+`, "node": "a", "loads": [`+
		memory+`"values": [null, null, 0.5, 0.5, 0.5]}, `+heat+`"values": `+none+`}], `+rest)

	f.loads, f.loadErr = nil, context.DeadlineExceeded
	if status, answer := f.ask(dashboard.TimelinePath); status != http.StatusOK || !bytes.Contains([]byte(answer), []byte(`"loadError":"context deadline exceeded","counts"`)) {
		t.Errorf("got %d: %s, want why loads are not known, and all else", status, answer)
	}
}

func TestTimelineOfNothing(t *testing.T) {
	f := newFixture(t)
	for _, minutes := range []string{"4", "121", "-5", "5.5", "an%20hour", "1e2", "99999999999999999999"} {
		status, answer := f.ask(dashboard.TimelinePath + "?minutes=" + minutes)
		if status != http.StatusBadRequest || !bytes.Contains([]byte(answer), []byte(": give a whole number from 5 to 120, or none for 60\n")) {
			t.Errorf("%s minutes: got %d: %s", minutes, status, answer)
		}
	}
	f.check(dashboard.TimelinePath+"?node=b", http.StatusNotFound, "there is no node \"b\"\n")
	f.snapshot = nil
	f.check(dashboard.TimelinePath, http.StatusServiceUnavailable, "nothing has been measured yet\n")
	f.check(inspect.NodesPath, http.StatusServiceUnavailable, "nothing has been measured yet\n")
}
