// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// evicted is a pod of the workload shop/web that was to go hours ago, changed by the
// given functions.
func evicted(name string, hours int, changes ...func(*history.Record)) history.Record {
	planned := ago(hours)
	r := history.Record{
		Pod:      history.Pod{Namespace: "shop", Name: name, UID: types.UID(name + "-uid")},
		Workload: projection.Workload{Namespace: "shop", Kind: "ReplicaSet", Name: "web"},
		Node:     "hot-1", Rule: verdict.RuleKey{Set: "below-the-line", Rule: "memory-above-90"},
		Before: history.Before{
			Metric: "memory", Value: 0.953, Threshold: 0.9, Clear: 0.85, Measured: planned.Add(-12 * time.Second), Share: 0.051,
			Why: "uses 512 MiB above its request of 1 GiB, the most of those that can be moved; one of 2 that suffice, and none of them is superfluous",
		},
		Predicted: history.Predicted{SourceAfter: 0.902, Destination: "cool-3", DestinationBefore: 0.4, DestinationAfter: 0.451},
		Others:    []history.Other{{Namespace: "shop", Name: "db-0", Share: 0.12, Why: "LocalStorage"}, {Namespace: "shop", Name: "idle-1", Why: "NoShare"}},
		Planned:   planned, Window: metav1.Duration{Duration: 2 * time.Minute}, Effect: history.EffectPending,
	}
	for _, change := range changes {
		change(&r)
	}
	return r
}

func carriedOut(r *history.Record) { r.Evicted = r.Planned.Add(time.Second) }

func gone(r *history.Record) {
	carriedOut(r)
	r.Deleted = r.Evicted.Add(31 * time.Second)
}

// lowered came to the node that was predicted, and brought the other one down.
func lowered(r *history.Record) {
	gone(r)
	r.Successor = history.Successor{Name: r.Pod.Name + "-next", UID: r.Pod.UID + "-next", Node: "cool-3", Ready: r.Evicted.Add(45 * time.Second)}
	r.After, r.Effect = ptr.To(0.8412), history.EffectLowered
}

func dryRun(r *history.Record) {
	r.DryRun, r.Deleted, r.Effect = true, r.Planned, history.EffectUnknown
}

// ofHeat is by a metric that has no resource.
func ofHeat(r *history.Record) {
	r.Rule = verdict.RuleKey{Set: "heat", Rule: "above-85"}
	r.Before.Metric, r.Before.Value, r.Before.Threshold, r.Before.Clear, r.Before.Share = "celsius", 91.25, 85, 75, 0
	r.Before.Why = "has the most of requests.cpu of those that may go"
	r.Others = nil
	r.Predicted = history.Predicted{Destination: "cool-3", DestinationBefore: 51}
}

const ledgerPath = "GET /api/v1/namespaces/loadline-system/configmaps/loadline-evictions"

// ledgerOf is the ConfigMap with these records, the oldest first.
func ledgerOf(t *testing.T, state history.State, changes ...func(*corev1.ConfigMap)) http.HandlerFunc {
	t.Helper()
	text, err := history.Encode(state)
	if err != nil {
		t.Fatal(err)
	}
	object := configMap(history.ConfigMap, map[string]string{history.Key: text})
	for _, change := range changes {
		change(&object)
	}
	return serve(object)
}

func recorded(records ...history.Record) history.State { return history.State{Records: records} }

func pausedFor(why string) func(*corev1.ConfigMap) {
	return func(object *corev1.ConfigMap) { object.Annotations = map[string]string{history.PausedAnnotation: why} }
}

func TestExplainEviction(t *testing.T) {
	webServer := evicted("web-1", 3, lowered)
	sibling := evicted("web-2", 3, lowered, func(r *history.Record) { r.Planned, r.Predicted.SourceAfter = webServer.Planned, 0.841 })
	cases := map[string]struct {
		state     history.State
		arguments []string // default: eviction web-1
		want      string
		// wants are parts, and not is none.
		wants []string
		not   string
	}{
		"evicted":        {state: recorded(webServer, sibling), want: golden(t, "explain-eviction")},
		"the successor":  {state: recorded(webServer, sibling), arguments: []string{"evictions/web-1-next", "-o", "wide"}, want: golden(t, "explain-eviction-wide")},
		"the UID":        {state: recorded(sibling, webServer), arguments: []string{"eviction", "--uid=web-1-uid", "-n", "other"}, wants: []string{"Pod:          shop/web-1\n"}, not: "web-2\nW"},
		"another's UID":  {state: recorded(sibling, webServer), arguments: []string{"eviction", "--uid=web-2-uid-next"}, wants: []string{"Pod:          shop/web-2\n"}},
		"all namespaces": {state: recorded(sibling, webServer), arguments: []string{"eviction", "web-1", "-A", "-n", "other"}, wants: []string{"Pod:          shop/web-1\n"}},
		"the latest of several": {
			state: recorded(evicted("web-1", 5, ofHeat), evicted("web-1", 2, dryRun), evicted("web-1", 4, lowered)),
			wants: []string{"Decision:    would have been evicted from node hot-1, 120m ago; nothing was, in a dry run\n", "Earlier:     2 more of this name; --all prints them\n"},
			not:   "Gone:",
		},
		"all of several": {
			state: recorded(evicted("web-1", 5, ofHeat), evicted("web-1", 2, dryRun)), arguments: []string{"eviction", "web-1", "--all"},
			wants: []string{", 120m ago; ", "\n\nPod:         shop/web-1\nWorkload:    web (ReplicaSet)\nDecision:    to be evicted from node hot-1, 5h ago; it is not written down yet that it was\n"},
			not:   "Earlier",
		},
		"a metric without a resource": {
			state: recorded(evicted("web-1", 3, ofHeat, gone)),
			want: `Pod:         shop/web-1
Workload:    web (ReplicaSet)
Decision:    evicted from node hot-1, 3h ago
Rule:        heat/above-85
Line:        celsius above 85, clear 75
Measured:    91.25 on node hot-1, 12s before the decision at TIME
Why:         has the most of requests.cpu of those that may go
Predicted:   room on node cool-3
Gone:        31s after it was evicted at TIME
Successor:   none seen yet
Effect:      not known yet: the metric shows it 2m0s after the pod was gone
`,
		},
		"below a line": {
			state: recorded(evicted("web-1", 3, ofHeat, func(r *history.Record) {
				r.Before.Value, r.Before.Clear, r.Before.Measured = 3, 95, time.Time{}
			})),
			wants: []string{"Line:        celsius below 85, clear 95\nMeasured:    3 on node hot-1 at TIME\n"},
		},
		"in the band above a line": {
			state: recorded(evicted("web-1", 3, ofHeat, func(r *history.Record) { r.Before.Value, r.Before.Clear = 90, 95 })),
			wants: []string{"Line:        celsius below 85, clear 95\nMeasured:    90 on node hot-1, "},
		},
		"in the band below a line": {
			state: recorded(evicted("web-1", 3, ofHeat, func(r *history.Record) { r.Before.Value = 80 })),
			wants: []string{"Line:        celsius above 85, clear 75\nMeasured:    80 on node hot-1, "},
		},
		"below a line without a band": {
			state: recorded(evicted("web-1", 3, ofHeat, func(r *history.Record) { r.Before.Value, r.Before.Clear = 3, 85 })),
			wants: []string{"Line:        celsius below 85\n"},
		},
		"above a line without a band": {
			state: recorded(evicted("web-1", 3, func(r *history.Record) { r.Before.Clear = 0.9 })), wants: []string{"Line:        memory above 90%\n"},
		},
		"a number that is not to be": {
			state: recorded(evicted("web-1", 3, ofHeat, func(r *history.Record) { r.Before.Value, r.Before.Threshold, r.Before.Clear = 1, 1, 1 })),
			wants: []string{"Line:        celsius equals 1\n"},
		},
		"by a rule that only observes": {
			state: recorded(evicted("web-1", 3, dryRun, func(r *history.Record) { r.Observed = true })),
			wants: []string{"Decision:    would have been evicted from node hot-1, 3h ago; nothing was, since the rule set only observes\n"}, not: "Effect",
		},
		"not after all": {
			state: recorded(evicted("web-1", 3, func(r *history.Record) { r.Failed, r.Effect = "the webhook said:\n\tno", history.EffectUnknown })),
			wants: []string{"Decision:    not evicted after all from node hot-1, 3h ago: the webhook said: no\n"}, not: "Effect",
		},
		"on its way": {
			state: recorded(evicted("web-1", 3, carriedOut)),
			wants: []string{"Gone:        not yet, as far as is known; evicted at TIME\nSuccessor:   none seen yet\nEffect:      not known yet\n"},
		},
		"no share": {
			state: recorded(evicted("web-1", 3, func(r *history.Record) { r.Before.Share = 0 })), wants: []string{"Measured:    95.3% on", "Share:       not known\n"},
		},
		"a saturated node": {
			state: recorded(evicted("web-1", 3, lowered, func(r *history.Record) { r.Saturated, r.After, r.Effect = true, ptr.To(0.96), history.EffectUnknown })),
			wants: []string{"Saturated:    the node measured less than its pods wanted, so that no effect had to show\n",
				"Afterwards:   96.0% on node hot-1, from 95.3%\nEffect:       cannot be told: the node need not measure less for it\n"},
		},
		"no effect": {
			state: recorded(evicted("web-1", 3, lowered, func(r *history.Record) { r.After, r.Effect = ptr.To(0.953), history.EffectNone })),
			wants: []string{"Effect:       none: the node measured no better\n"},
		},
		"nothing measured": {
			state: recorded(evicted("web-1", 3, lowered, func(r *history.Record) { r.After, r.Effect = nil, history.EffectUnknown })),
			wants: []string{"Effect:      cannot be told: the node was not measured any more, or is gone\n"}, not: "Afterwards",
		},
		"a successor elsewhere": {
			state: recorded(evicted("web-1", 3, lowered, func(r *history.Record) { r.Successor.Node, r.Successor.Ready = "cool-4", time.Time{} })),
			wants: []string{"Successor:    web-1-next on node cool-4, not on cool-3 as predicted; not ready yet\n"},
		},
		"a successor that waits": {
			state: recorded(evicted("web-1", 3, gone, func(r *history.Record) { r.Successor.Name = "web-3" })),
			wants: []string{"Successor:   web-3, which waits for a node\n"},
		},
		"no successor needed": {
			state: recorded(evicted("web-1", 3, gone, func(r *history.Record) { r.Successor.NotNeeded = true })),
			wants: []string{"Successor:   none, and none is needed: the workload was scaled down or deleted\n"},
		},
		"no successor needed any more": {
			state: recorded(evicted("web-1", 3, gone, func(r *history.Record) { r.Successor = history.Successor{Name: "web-3", Node: "x", NotNeeded: true} })),
			wants: []string{"Successor:   web-3 was, and is gone; none is needed any more\n"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.arguments == nil {
				tc.arguments = []string{"eviction", "web-1"}
			}
			server := map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, tc.state)}
			code, out, errOut := run(t, "", append([]string{"explain", "-n", "shop", apiServer(t, server)}, tc.arguments...)...)
			if code != 0 || errOut != "" {
				t.Errorf("got exit code %d and errors %q", code, errOut)
			}
			out = times.ReplaceAllString(out, "TIME")
			if diff := cmp.Diff(tc.want, out); tc.want != "" && diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			mustContain(t, out, tc.wants)
			if tc.not != "" && strings.Contains(out, tc.not) {
				t.Errorf("got\n%s\nwant no %q in it", out, tc.not)
			}
		})
	}
}

func TestExplainNoEviction(t *testing.T) {
	others := recorded(evicted("web-1", 30, lowered), evicted("web-2", 3, lowered))
	const none = "none: not evicted by Loadline, as far as is written down: the latest 500 at most, which are 2 now and go back 30h"
	cases := map[string]struct {
		server map[string]http.HandlerFunc
		flags  []string
		want   string
	}{
		"another pod": {server: map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, others)}, flags: []string{"-n", "shop"}, want: `Pod:        shop/web
Eviction:   ` + none + `
Now:        there is no such pod
`},
		"a pod in another namespace": {server: map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, recorded(evicted("web", 30), evicted("web", 3)))}, flags: []string{"-n", "other"}, want: `Pod:         other/web
Eviction:    ` + none + `
Elsewhere:   pods of this name were evicted in namespace shop
Now:         there is no such pod
`},
		"a pod that there is": {server: map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, others), shopPodPath: shopPod("1", boundTo("a", 2))}, flags: []string{"-n", "shop"}, want: `Pod:        shop/web
Eviction:   ` + none + `
Now:        Running on node a
`},
		"by the kubelet": {
			server: map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, others), shopPodPath: shopPod("1", boundTo("a", 2), func(pod *corev1.Pod) {
				pod.Status.Phase, pod.Status.Reason, pod.Status.Message = corev1.PodFailed, "Evicted", "The node was low on resource: memory."
			})},
			flags: []string{"-n", "shop"}, want: `Pod:        shop/web
Eviction:   ` + none + `
Now:        Failed on node a: Evicted: The node was low on resource: memory.
`},
		"by another scheduler": {
			server: map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, others), shopPodPath: shopPod("1", boundTo("a", 2), func(pod *corev1.Pod) {
				pod.DeletionTimestamp = ptr.To(metav1.Now())
				pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{
					Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, Reason: "PreemptionByScheduler", Message: "default-scheduler: preempting",
				})
			})},
			flags: []string{"-n", "shop"}, want: `Pod:        shop/web
Eviction:   ` + none + `
Now:        Running, being deleted on node a; to be disrupted: PreemptionByScheduler: default-scheduler: preempting
`},
		"all namespaces": {server: map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, others)}, flags: []string{"-A"}, want: "Pod:        web\nEviction:   " + none + "\n"},
		"a name and another UID": {server: map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, recorded(evicted("web", 30), evicted("web-2", 3)))}, flags: []string{"--uid=web-2-uid"},
			want: "Pod:        web\nEviction:   " + none + "\n"},
		"nothing written down": {server: map[string]http.HandlerFunc{ledgerPath: serve(configMap(history.ConfigMap, nil))}, flags: []string{"-A"},
			want: "Pod:        web\nEviction:   none: no descheduler has written down that it evicted anything\n"},
		"no ledger": {flags: []string{"-A", "--system-namespace=other"},
			want: "Pod:        web\nEviction:   none: there is no ConfigMap loadline-evictions in namespace \"other\": no descheduler has written down there that it evicted anything\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			arguments := append([]string{"explain", "eviction", "web", apiServer(t, tc.server)}, tc.flags...)
			code, out, errOut := run(t, "", arguments...)
			if code != 1 || errOut != "" {
				t.Errorf("got exit code %d and errors %q, want 1 and none", code, errOut)
			}
			if diff := cmp.Diff(tc.want, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			code, out, errOut = run(t, "", append(arguments, "-o", "yaml")...)
			if code != 1 || out != "" || !strings.Contains(errOut, "web: none: ") {
				t.Errorf("-o yaml: got exit code %d, output %q and errors %q, want the reason among the errors alone", code, out, errOut)
			}
		})
	}
}

func TestExplainEvictionFaults(t *testing.T) {
	broken := func(text string) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{ledgerPath: serve(configMap(history.ConfigMap, map[string]string{history.Key: text}))}
	}
	cases := map[string]struct {
		server    map[string]http.HandlerFunc
		arguments []string
		wantErr   string
	}{
		"not permitted": {
			server:  map[string]http.HandlerFunc{ledgerPath: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, `configmaps "loadline-evictions" is forbidden: no`)},
			wantErr: "error: reading ConfigMap loadline-system/loadline-evictions, where evictions are written down, needs the right to get it: configmaps \"loadline-evictions\" is forbidden: no\n",
		},
		"no answer": {
			server:  map[string]http.HandlerFunc{ledgerPath: serveStatus(http.StatusInternalServerError, metav1.StatusReasonInternalError, "etcd is down")},
			wantErr: "error: reading ConfigMap loadline-system/loadline-evictions: etcd is down\n",
		},
		"no YAML":          {server: broken("{"), wantErr: "error: reading ConfigMap loadline-system/loadline-evictions, key evictions.yaml: "},
		"no record":        {server: broken("records: [{}, {node: [1]}]"), wantErr: "error: reading ConfigMap loadline-system/loadline-evictions, key evictions.yaml: records[1]: json: cannot unmarshal array"},
		"two names":        {arguments: []string{"eviction", "a", "b"}, wantErr: "error: give what to explain: pod NAME, pod/NAME, node NAME, or eviction with or without a NAME\n"},
		"an empty name":    {arguments: []string{"eviction/"}, wantErr: "error: give what to explain: "},
		"a scheduler":      {arguments: []string{"eviction", "web", "--local=127.0.0.1:1"}, wantErr: "error: --local is for pods and nodes: no scheduler knows of evictions\n"},
		"the UID of a pod": {arguments: []string{"pod", "web", "--uid=1"}, wantErr: "error: --uid and --all-namespaces are for evictions: give the pod's name, and its namespace by -n\n"},
		"pods everywhere":  {arguments: []string{"pod", "web", "-A"}, wantErr: "error: --uid and --all-namespaces are for evictions: "},
		"unknown format":   {arguments: []string{"evictions", "-o", "name"}, wantErr: "error: unknown output format \"name\": give json, yaml or wide\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.arguments == nil {
				tc.arguments = []string{"eviction", "web"}
			}
			code, out, errOut := run(t, "", append([]string{"explain", apiServer(t, tc.server)}, tc.arguments...)...)
			if code != 2 || out != "" {
				t.Errorf("got exit code %d and output %q, want 2 and none", code, out)
			}
			mustContain(t, errOut, []string{tc.wantErr})
		})
	}
}

// Programs get records as they are written down, also what this does not know.
func TestExplainEvictionAsStored(t *testing.T) {
	const stored = `
records:
- {pod: {namespace: shop, name: web-1, uid: a}, node: old, planned: "2026-11-22T07:00:00Z", effect: Lowered}
- {pod: {namespace: shop, name: web-1, uid: b}, node: hot, planned: "2026-11-22T08:00:00Z", effect: Lowered, new: {z: 1, a: <}}
`
	server := apiServer(t, map[string]http.HandlerFunc{ledgerPath: serve(configMap(history.ConfigMap, map[string]string{history.Key: stored}))})
	const warning = "warning: ConfigMap loadline-system/loadline-evictions, key evictions.yaml: reading the history: "
	cases := map[string]struct {
		arguments []string
		want      string
	}{
		"json": {[]string{"eviction", "web-1"}, `{"effect":"Lowered","new":{"a":"<","z":1},"node":"hot","planned":"2026-11-22T08:00:00Z","pod":{"name":"web-1","namespace":"shop","uid":"b"}}`},
		"yaml": {[]string{"eviction", "web-1", "-o", "yaml"}, `{"effect":"Lowered","new":{"a":"<","z":1},"node":"hot","planned":"2026-11-22T08:00:00Z","pod":{"name":"web-1","namespace":"shop","uid":"b"}}`},
		"all": {[]string{"eviction", "web-1", "--all"}, `{"records":[` +
			`{"effect":"Lowered","new":{"a":"<","z":1},"node":"hot","planned":"2026-11-22T08:00:00Z","pod":{"name":"web-1","namespace":"shop","uid":"b"}},` +
			`{"effect":"Lowered","node":"old","planned":"2026-11-22T07:00:00Z","pod":{"name":"web-1","namespace":"shop","uid":"a"}}]}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := run(t, "", append([]string{"explain", "-n", "shop", "-o", "json", server}, tc.arguments...)...)
			if code != 0 || !strings.HasPrefix(errOut, warning) || !strings.Contains(errOut, `unknown field "new"; it is shown as far as this version understands it`) {
				t.Errorf("got exit code %d and errors %q", code, errOut)
			}
			got, err := yaml.YAMLToJSON([]byte(out)) // either is YAML
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(normal(t, tc.want), normal(t, string(got))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.HasPrefix(out, "{") == (name == "yaml") {
				t.Errorf("got another format than asked for:\n%s", out)
			}
		})
	}
	code, out, _ := run(t, "", "explain", "eviction", "web-1", "-n", "shop", server)
	if code != 0 || !strings.Contains(out, "from node hot, ") {
		t.Errorf("got exit code %d, and\n%s\nwant what is understood", code, out)
	}
}

func normal(t *testing.T, text string) any {
	t.Helper()
	var object any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func TestExplainEvictions(t *testing.T) {
	open := history.Breaker{Opened: ago(1), Until: time.Now().Add(time.Hour), Why: reason.New("Ineffective", "3 evictions in a row did nothing")}
	over := open
	over.Until = ago(0)
	several := []history.Record{
		evicted("web-1", 50, lowered),
		evicted("web-2", 4, ofHeat, func(r *history.Record) { r.Failed, r.Effect = "a webhook\nsaid no", history.EffectUnknown }),
		evicted("api", 3, dryRun, func(r *history.Record) { r.Pod.Namespace = "back" }),
		evicted("web-3", 2, dryRun, func(r *history.Record) { r.Observed = true }),
		evicted("web-4", 1, carriedOut, func(r *history.Record) { r.Predicted.Destination = "" }),
	}
	var many []history.Record
	for i := range 30 {
		many = append(many, evicted(fmt.Sprintf("p-%02d", i), 3))
	}
	quiet := "Paused:    no\nBreaker:   closed, as far as is written down\n"
	cases := map[string]struct {
		server   http.HandlerFunc // default: no ledger
		flags    []string
		wantCode int
		want     string
		wants    []string
		not      string
	}{
		"of a namespace": {server: ledgerOf(t, recorded(several...)), want: golden(t, "explain-evictions")},
		"everywhere and wide, paused, with the breaker open": {
			server: ledgerOf(t, history.State{Records: several, Breaker: open}, pausedFor("alice: maintenance")), flags: []string{"-A", "-o", "wide"}, want: golden(t, "explain-evictions-wide"),
		},
		"the breaker closed again": {server: ledgerOf(t, history.State{Records: several, Breaker: over}), wants: []string{quiet}},
		"many":                     {server: ledgerOf(t, recorded(many...)), wants: []string{"EFFECT\n3h    p-29 ", "p-10 ", "These are the latest 20 of 30; --all shows all.\n"}, not: "p-09"},
		"all of many":              {server: ledgerOf(t, recorded(many...)), flags: []string{"--all"}, wants: []string{"p-29 ", "p-00 "}, not: "These"},
		"elsewhere":                {server: ledgerOf(t, recorded(several...)), flags: []string{"-n", "other"}, wantCode: 1, want: "Paused:      no\nBreaker:     closed, as far as is written down\nEvictions:   none in namespace other; there are in back, shop: -A shows all\n"},
		"paused before there is any": {server: ledgerOf(t, history.State{}, pausedFor("")), flags: []string{"-A"}, wantCode: 1,
			want: "Paused:      evictions are paused by the annotation loadline.dev/paused of ConfigMap loadline-system/loadline-evictions: no reason was given\n" +
				"Breaker:     closed, as far as is written down\nEvictions:   none: no descheduler has written down that it evicted anything\n"},
		"no ledger": {wantCode: 1, wants: []string{"Evictions:   none: there is no ConfigMap loadline-evictions in namespace \"loadline-system\": no descheduler"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := map[string]http.HandlerFunc{}
			if tc.server != nil {
				server[ledgerPath] = tc.server
			}
			code, out, errOut := run(t, "", append([]string{"explain", "evictions", "-n", "shop", apiServer(t, server)}, tc.flags...)...)
			if code != tc.wantCode || errOut != "" {
				t.Errorf("got exit code %d and errors %q, want %d and none", code, errOut, tc.wantCode)
			}
			out = times.ReplaceAllString(out, "TIME")
			if diff := cmp.Diff(tc.want, out); tc.want != "" && diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			mustContain(t, out, tc.wants)
			if tc.not != "" && strings.Contains(out, tc.not) {
				t.Errorf("got\n%s\nwant no %q in it", out, tc.not)
			}
		})
	}
}

func TestExplainEvictionsForPrograms(t *testing.T) {
	open := history.Breaker{Opened: ago(1), Until: time.Now().Add(time.Hour), Why: reason.New("Ineffective", "did nothing")}
	state := history.State{Records: []history.Record{evicted("web-1", 4, lowered), evicted("web-2", 3, gone)}, Breaker: open}
	server := apiServer(t, map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, state, pausedFor("maintenance"))})
	for _, tc := range []struct {
		namespace string
		wantCode  int
		want      []string
	}{{"shop", 0, []string{"web-2", "web-1"}}, {"other", 1, []string{}}} {
		code, out, errOut := run(t, "", "explain", "evictions", "-o", "json", "-n", tc.namespace, server)
		if code != tc.wantCode || errOut != "" {
			t.Errorf("namespace %s: got exit code %d and errors %q, want %d", tc.namespace, code, errOut, tc.wantCode)
		}
		var got struct {
			Paused  string
			Breaker history.Breaker
			Records []history.Record
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil || got.Records == nil {
			t.Fatalf("namespace %s: %v: %s", tc.namespace, err, out)
		}
		names := []string{}
		for _, record := range got.Records {
			names = append(names, record.Pod.Name)
		}
		if !slices.Equal(names, tc.want) || !strings.HasSuffix(got.Paused, ": maintenance") || got.Breaker.Why.Code != "Ineffective" {
			t.Errorf("namespace %s: got %v, want %v: %+v", tc.namespace, names, tc.want, got)
		}
	}
}

// The reference shows what is printed, but for ages and times.
func TestExplainEvictionAsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/command-line.md")
	if err != nil {
		t.Fatal(err)
	}
	first := evicted("api-5c9f7d8b4-zk2lm", 3, lowered, func(r *history.Record) {
		r.Predicted.Destination, r.Successor.Node, r.Predicted.SourceAfter = "ip-10-0-7-3", "ip-10-0-7-3", 0.853
		r.Node = "ip-10-0-3-17"
	})
	second := evicted("web-7d4b9c6f5-q9d2k", 3, lowered, func(r *history.Record) {
		r.Planned, r.Node = first.Planned, "ip-10-0-3-17"
		r.Predicted.Destination, r.Successor.Name, r.Successor.Node = "ip-10-0-4-1", "web-7d4b9c6f5-x2x8p", "ip-10-0-4-1"
	})
	third := evicted("import-6b8d5c7f9-4tjwq", 5, ofHeat, dryRun, func(r *history.Record) {
		r.Pod.Namespace, r.Node, r.Predicted.Destination = "back", "ip-10-0-9-2", "ip-10-0-4-1"
	})
	server := apiServer(t, map[string]http.HandlerFunc{ledgerPath: ledgerOf(t, recorded(third, first, second))})
	ages := regexp.MustCompile(`(?m)\d+[smhd] ago|^\d+[smhd] +`)
	without := func(text string) string { return ages.ReplaceAllString(times.ReplaceAllString(text, "TIME"), "AGE ") }
	for _, command := range []string{"explain eviction web-7d4b9c6f5-q9d2k -n shop", "explain evictions -A"} {
		_, rest, found := strings.Cut(string(text), "$ kubectl loadline "+command+"\n")
		want, _, ended := strings.Cut(rest, "```")
		if !found || !ended {
			t.Errorf("%s is not shown", command)
			continue
		}
		_, got, _ := run(t, "", append(strings.Fields(command), server)...)
		if diff := cmp.Diff(without(want), without(got)); diff != "" {
			t.Errorf("%s (-shown +got):\n%s", command, diff)
		}
	}
}
