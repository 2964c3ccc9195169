// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package worked_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/telemetry"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/verdict"
	"github.com/loadline-dev/loadline/test/worked"
)

const (
	interval   = 15 * time.Second
	staleAfter = 90 * time.Second
	cores      = 10.0 // of each node
)

var start = time.Unix(1_800_000_000, 0)

// elsewhere are the tables that tests of pkg/descheduler/plan compute.
var elsewhere = []string{"need", "chosen", "destination"}

// No table is left out.
func TestAllTables(t *testing.T) {
	computed := map[string]func(*testing.T){
		"age": age, "stale": stale, "window": window, "kleene": kleene, "states": states, "suspended": suspended,
		"contained": contained, "estimate": estimate, "refused": refused, "score": score, "mean": mean, "over": over,
		"woken": woken, "preemption": preemption, "constants": constants,
		"cooldown": cooldown, "breaker": breakers, "effect": effects, "example": example,
	}
	for _, name := range worked.Names(t) {
		compute := computed[name]
		if compute == nil {
			if !slices.Contains(elsewhere, name) {
				t.Errorf("no test computes the table %q", name)
			}
			continue
		}
		delete(computed, name)
		t.Run(name, compute)
	}
	for name := range computed {
		t.Errorf("no page has a table %q", name)
	}
}

// The age of data is found by the engine that measures, over series that are stored.
func age(t *testing.T) {
	for _, row := range worked.Table(t, "age") {
		database, err := embedded.Open(t.Context(), t.TempDir(), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "b"} {
			series := labels.FromStrings(model.MetricNameLabel, name, "node", "n")
			at := start.Add(-row.Duration(name + " measured"))
			if err := database.Append(t.Context(), embedded.Scrape{Source: name, Time: at, Samples: []embedded.Sample{{Series: series, Value: 1}}}); err != nil {
				t.Fatal(err)
			}
		}
		key := verdict.MetricKey{Set: "set", Metric: "m"}
		queries := map[verdict.MetricKey]telemetry.Query{key: {Expression: row.Text("query"), MaxAge: staleAfter}}
		nodes := telemetry.NewNodes([]*corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "n"}}})
		samples, failures := telemetry.NewMeasurer(database.Query, time.Minute).MeasureMetrics(t.Context(), queries, nodes, start)
		if len(failures) > 0 {
			t.Errorf("%v: %v", row, failures)
		}
		row.WantText("age", start.Sub(samples[key]["n"].Time).String())
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	}
}

func stale(t *testing.T) {
	for _, row := range worked.Table(t, "stale") {
		set := newSet(t, "{metrics: [{name: m, query: up, staleAfter: "+row.Text("staleAfter")+"}], preferences: [{metric: m, prefer: Lower}]}")
		snapshot := judge(set, nil, start, map[string]verdict.Samples{"m": {"n": {Value: 0.5, Time: start.Add(-row.Duration("age"))}}}, nil, "n")
		row.WantText("the metric is", map[bool]string{true: "known", false: "missing"}[snapshot.Sets[0].Reading("m", 0).Known])
	}
}

func window(t *testing.T) {
	shapes := map[projection.Shape]string{projection.Instant: "latest", projection.Mean: "mean", projection.Opaque: "anything else"}
	for _, row := range worked.Table(t, "window") {
		metric := v1alpha1.Metric{Query: row.Text("query")}
		if row.Has("window in the rule set") {
			metric.Window = v1alpha1.NewDuration(row.Duration("window in the rule set"))
		}
		got := telemetry.WindowFor(metric, metric.Query, interval)
		row.WantText("window", got.Whole().String())
		row.WantText("what it is", shapes[got.Shape])
	}
}

func kleene(t *testing.T) {
	values := map[string]float64{"holds": 95, "does not": 10, "undecided": 88, "not known": math.NaN()}
	set := newSet(t, "{metrics: [{name: a, query: up}, {name: b, query: up}], rules: [{name: line, when: [{metric: a, above: 90, clear: 85}, {metric: b, above: 90, clear: 85}], reject: {}}]}")
	for _, row := range worked.Table(t, "kleene") {
		metrics := map[string]verdict.Samples{}
		for name, head := range map[string]string{"a": "first condition", "b": "second condition"} {
			metrics[name] = verdict.Samples{"n": {Value: values[row.Text(head)], Time: start}}
		}
		row.WantText("rule", judge(set, nil, start, metrics, nil, "n").Sets[0].Rules[0].State(0).String())
	}
}

func states(t *testing.T) {
	set := newSet(t, "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 90%, clear: 85%}], for: 30s, reject: {}}]}")
	var snapshot *verdict.Snapshot
	for _, row := range worked.Table(t, "states") {
		now := start.Add(row.Duration("time"))
		samples := verdict.Samples{}
		if row.Text("measured") != "nothing" {
			samples["n"] = verdict.Sample{Value: row.Number("measured"), Time: now}
		}
		snapshot = judge(set, snapshot, now, map[string]verdict.Samples{"m": samples}, nil, "n")
		rule := snapshot.Sets[0].Rules[0]
		row.WantText("rule", rule.State(0).String())
		row.WantText("new pods", accepted(rule.Judge(0, &verdict.Arrival{}) == verdict.Accepted))
	}
}

func suspended(t *testing.T) {
	for _, row := range worked.Table(t, "suspended") {
		limit := "{}"
		if row.Has("maxNodes") {
			limit = "{maxNodes: " + row.Text("maxNodes") + "}"
		}
		set := newSet(t, "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: 90%}], reject: "+limit+"}]}")
		var names []string
		samples := verdict.Samples{}
		for i := range int(row.Number("nodes")) {
			names = append(names, fmt.Sprintf("n%03d", i))
			samples[names[i]] = verdict.Sample{Value: map[bool]float64{true: 0.95, false: 0.5}[i < int(row.Number("over the line"))], Time: start}
		}
		row.Want("refused", float64(judge(set, nil, start, map[string]verdict.Samples{"m": samples}, nil, names...).Sets[0].Rules[0].Refusing))
	}
}

// Pods are read every interval, each time about the interval before.
func contained(t *testing.T) {
	const (
		began = "began"
		gone  = "gone"
	)
	for _, row := range worked.Table(t, "contained") {
		meter := projection.NewMeter(projection.Window{Shape: projection.Mean, Length: 5 * time.Minute, Lag: interval})
		pod := projection.Pod{UID: "pod", Placed: start.Add(-row.Duration(began))}
		last := start
		if row.Has(gone) {
			pod.Gone = start.Add(-row.Duration(gone))
			last = pod.Gone
		} else {
			pod.Estimate = row.Number("estimate")
		}
		if row.Has("uses") {
			for at := start.Add(-10 * time.Minute); !at.After(last); at = at.Add(interval) {
				meter.Record(pod.UID, pod.Placed, at, row.Number("uses"))
			}
		}
		got := meter.Correction([]projection.Pod{pod}, start)
		row.Want("adds", got)
		if row.Has("contained") {
			row.Want("contained", pod.Estimate-got)
		}
	}
}

func estimate(t *testing.T) {
	for _, row := range worked.Table(t, "estimate") {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "web-1", Labels: map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: "1"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web-1", Controller: ptr.To(true)}},
		}}
		if request := row.Text("request"); request != "none" {
			requests := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(request)}
			pod.Spec.Containers = []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: requests}}}
		}
		history := projection.NewHistory()
		workload, _ := projection.WorkloadOf(pod)
		reading := 0
		for _, group := range strings.Split(row.Text("readings of the workload, cores"), ", ") {
			var count int
			var amount float64
			if _, err := fmt.Sscanf(group, "%d × %g", &count, &amount); err != nil {
				continue // none
			}
			for range count {
				history.Record(workload, types.UID(fmt.Sprint(reading)), start, amount)
				reading++
			}
		}
		history.Refresh(start)
		var args v1alpha1.LoadlineArgs
		args.SetDefaults()
		defaults := projection.Defaults{RequestFactor: row.Number("requestFactor"), Amounts: map[corev1.ResourceName]float64{}}
		for name, amount := range args.Estimates.Defaults {
			defaults.Amounts[name] = amount.AsApproximateFloat64()
		}
		row.Want("estimate, cores", projection.Estimator{Resource: corev1.ResourceCPU, History: history, Defaults: defaults}.Expect(pod))
	}
}

const cpuLine = "{metrics: [{name: cpu, query: up, resource: cpu}], rules: [{name: line, when: [{metric: cpu, above: 90%, clear: 80%}], reject: {}}]}"

func refused(t *testing.T) {
	for _, row := range worked.Table(t, "refused") {
		snapshot := judgeCPU(t, row.Number("measured"), &verdict.Projection{Correction: map[string]float64{"n": row.Number("correction, cores")}})
		arrival := &verdict.Arrival{Amounts: []float64{row.Number("pod, cores")}}
		value, _ := snapshot.Sets[0].Value("cpu", 0, arrival)
		row.Want("projected", value)
		row.WantText("new pod", accepted(snapshot.Sets[0].Rules[0].Judge(0, arrival) == verdict.Accepted))
	}
}

func score(t *testing.T) {
	for _, row := range worked.Table(t, "score") {
		set := newSet(t, "{metrics: [{name: m, builtin: memory}], preferences: [{metric: m, "+row.Text("preference")+"}]}")
		samples := verdict.Samples{}
		if row.Text("value") != "nothing" {
			samples["n"] = verdict.Sample{Value: row.Number("value"), Time: start}
		}
		snapshot := judge(set, nil, start, map[string]verdict.Samples{"m": samples}, nil, "n")
		row.Want("score", float64(verdict.Scores(snapshot.Sets, []int{0}, &verdict.Arrival{})[0]))
	}
}

func mean(t *testing.T) {
	const memory, cpu = "memory, prefer: Lower, weight: 2", "cpu, near: 60%, weight: 1"
	set := newSet(t, "{metrics: [{name: memory, builtin: memory}, {name: cpu, builtin: cpu}], preferences: [{metric: "+memory+"}, {metric: "+cpu+"}]}")
	for _, row := range worked.Table(t, "mean") {
		snapshot := judge(set, nil, start, map[string]verdict.Samples{
			"memory": {"n": {Value: row.Number(memory), Time: start}}, "cpu": {"n": {Value: row.Number(cpu), Time: start}},
		}, nil, "n")
		row.Want("score", float64(verdict.Scores(snapshot.Sets, []int{0}, &verdict.Arrival{})[0]))
	}
}

// The nodes of the table are ranked together.
func over(t *testing.T) {
	rows := worked.Table(t, "over")
	var names []string
	var positions []int
	samples := verdict.Samples{}
	for i, row := range rows {
		names, positions = append(names, fmt.Sprint("n", i)), append(positions, i)
		samples[names[i]] = verdict.Sample{Value: row.Number("projected"), Time: start}
	}
	set := newSet(t, "{metrics: [{name: m, query: up}], rules: [{name: line, when: [{metric: m, above: "+rows[0].Text("line")+"}], reject: {}}]}")
	snapshot := judge(set, nil, start, map[string]verdict.Samples{"m": samples}, nil, names...)
	for i, got := range verdict.LeastOver(snapshot.Sets, snapshot.Sets[0].Rules, positions, &verdict.Arrival{}) {
		rows[i].Want("score", float64(got))
	}
}

// Each pod that is woken is pending for the next.
func woken(t *testing.T) {
	for _, row := range worked.Table(t, "woken") {
		if row.Number("capacity, cores") != cores || row.Text("line") != "90%" {
			t.Fatalf("%v: not the node of the examples", row)
		}
		rule := judgeCPU(t, row.Number("projected"), &verdict.Projection{}).Sets[0].Rules[0]
		arrival := &verdict.Arrival{Amounts: []float64{row.Number("a pod, cores")}, Pending: []*projection.Amounts{nil}}
		count := 0
		for ; rule.Judge(0, arrival) == verdict.Accepted; count++ {
			arrival.Pending[0] = arrival.Pending[0].Plus(0, arrival.Amounts[0])
		}
		row.Want("woken", float64(count))
	}
}

func preemption(t *testing.T) {
	answers := map[verdict.Refusal]string{verdict.Refused: "may help", verdict.RefusedForGood: "cannot help", verdict.Accepted: "is not needed"}
	for _, row := range worked.Table(t, "preemption") {
		used := row.Number("pods below it use, cores")
		snapshot := judgeCPU(t, row.Number("measured"), &verdict.Projection{Used: map[string][]verdict.Used{"n": {{Priority: 0, Amount: used}, {Priority: 10, Amount: 5}}}})
		arrival := &verdict.Arrival{Amounts: []float64{row.Number("new pod, cores")}, Priority: 10}
		value, _ := snapshot.Sets[0].Value("cpu", 0, arrival)
		row.Want("left", value-used/cores)
		row.WantText("preemption", answers[snapshot.Sets[0].Rules[0].Judge(0, arrival)])
	}
}

// Constants are what the source says that they are.
func constants(t *testing.T) {
	for _, row := range worked.Table(t, "constants") {
		name, file, _ := strings.Cut(row.Text("constant"), " in ")
		source, err := os.ReadFile(filepath.Join(worked.Root(), file))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^\s*(const )?` + name + `\s*=\s*` + regexp.QuoteMeta(row.Text("number")) + `(\s|$)`).Match(source) {
			t.Errorf("%s is not %s in %s", name, row.Text("number"), file)
		}
	}
}

func accepted(yes bool) string {
	if yes {
		return "accepted"
	}
	return "refused"
}

func newSet(t *testing.T, spec string) *verdict.Set {
	t.Helper()
	rules, err := v1alpha1.DecodeRuleSet([]byte("apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: set}\nspec: " + spec))
	if err != nil {
		t.Fatal(err)
	}
	set, err := verdict.NewSet(rules, staleAfter)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func judge(set *verdict.Set, previous *verdict.Snapshot, now time.Time, metrics map[string]verdict.Samples, projected *verdict.Projection, names ...string) *verdict.Snapshot {
	in := verdict.Input{Now: now, Sets: []*verdict.Set{set}, Previous: previous, Samples: map[verdict.MetricKey]verdict.Samples{}}
	for _, name := range names {
		in.Nodes = append(in.Nodes, verdict.Node{Name: name})
	}
	for name, samples := range metrics {
		in.Samples[verdict.MetricKey{Set: "set", Metric: name}] = samples
	}
	if projected != nil {
		in.Projections = map[verdict.MetricKey]*verdict.Projection{{Set: "set", Metric: "cpu"}: projected}
	}
	return verdict.Evaluate(in)
}

// judgeCPU is of one node and the line of the examples.
func judgeCPU(t *testing.T, measured float64, projected *verdict.Projection) *verdict.Snapshot {
	t.Helper()
	projected.Capacity = map[string]float64{"n": cores}
	if projected.Likely == nil {
		projected.Likely = projected.Correction
	}
	return judge(newSet(t, cpuLine), nil, start, map[string]verdict.Samples{"cpu": {"n": {Value: measured, Time: start}}}, projected, "n")
}
