// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// ago is a time that is told in hours, whatever the test takes.
func ago(hours int) time.Time {
	return time.Now().Add(-time.Duration(hours)*time.Hour - 30*time.Second).Truncate(time.Second)
}

// memory is a reading of a line at 90%.
func memory(value, projected, age float64) explain.Reading {
	return explain.Reading{
		Metric: "memory", Fraction: true, Value: &value, Projected: &projected, AgeSeconds: age, Above: ptr.To(0.9), Clear: ptr.To(0.85),
	}
}

func on(node string, readings ...explain.Reading) explain.NodeReadings {
	return explain.NodeReadings{Node: node, Readings: readings}
}

// decision is on the pod shop/web, changed by the given functions.
func decision(changes ...func(*explain.Decision)) *explain.Decision {
	d := &explain.Decision{
		Namespace: "shop", Pod: "web", UID: "1", Outcome: explain.Refused, Time: ago(3), Generation: 18231, Nodes: 5000,
		RuleSets:  []string{"below-the-line", "heat"},
		Estimates: []explain.Estimate{{Resource: "cpu", Amount: 0.25}, {Resource: "memory", Amount: 1.5 * (1 << 30)}, {Resource: "cpu", Amount: 0.25}, {Resource: "nvidia.com/gpu", Amount: 1}},
	}
	for _, change := range changes {
		change(d)
	}
	return d
}

// refused is what a large cluster makes of a pod.
func refused(d *explain.Decision) {
	d.WaitedSeconds = 271.4
	d.Refusals = []explain.Refusal{
		{RuleSet: "heat", Rule: "hot", Observed: true, Nodes: 12, Examples: []explain.NodeReadings{
			on("ip-10-0-1-1", explain.Reading{Metric: "temperature", Value: ptr.To(86.25), AgeSeconds: 3.6, Above: ptr.To(85.0)}),
		}},
		{RuleSet: "below-the-line", Rule: "busy", Nodes: 1, Examples: []explain.NodeReadings{
			on("ip-10-0-2-1",
				explain.Reading{Metric: "cpu", Fraction: true, Value: ptr.To(0.97), Projected: ptr.To(1.02), AgeSeconds: 8, Above: ptr.To(0.95)},
				explain.Reading{Metric: "free-bytes", AgeSeconds: 0, Below: ptr.To(209715200.0)}),
		}},
		{RuleSet: "below-the-line", Rule: "memory-above-90", Nodes: 31, Examples: []explain.NodeReadings{
			on("ip-10-0-3-17", memory(0.8912, 0.9241, 12)), on("ip-10-0-7-2", memory(0.91, 0.943, 9.2)), on("ip-10-0-7-3", memory(0.872, 0.899, 14)),
			on("ip-10-0-7-4", memory(0.95, 0.98, 14)), on("ip-10-0-7-5", memory(0.96, 0.99, 14)), on("ip-10-0-7-6", memory(0.97, 1, 74)),
		}},
	}
}

// placed is on the second best node.
func placed(d *explain.Decision) {
	d.Outcome, d.Node = explain.Placed, "cool-2"
	power := explain.Reading{Metric: "power", Value: ptr.To(5200000.0), AgeSeconds: 2}
	d.Scores = []explain.Score{
		{Node: "cool-1", Score: 91, Readings: []explain.Reading{memory(0.05, 0.061, 4), power, memory(0.05, 0.061, 4)}},
		{Node: "cool-2", Score: 88, Readings: []explain.Reading{memory(0.1, 0.112, 5), power, memory(0.1, 0.112, 5)}},
	}
}

// givenUp is over a line that was waited for.
func givenUp(d *explain.Decision) {
	placed(d)
	d.WaitedSeconds, d.Nodes = 301, 2
	d.Refusals = []explain.Refusal{
		{RuleSet: "heat", Rule: "hot", Suspended: true, Nodes: 2, Examples: []explain.NodeReadings{
			on("cool-2", explain.Reading{Metric: "temperature", Value: ptr.To(86.25), AgeSeconds: 3.6, Above: ptr.To(85.0)}),
		}},
		{RuleSet: "below-the-line", Rule: "memory-above-90", GivenUp: true, Nodes: 2, Examples: []explain.NodeReadings{
			on("cool-2", memory(0.91, 0.943, 9.2)), on("cool-1", memory(0.91, 0.95, 9.2)),
		}},
	}
}

// scheduler serves decisions, which were begun to be taken down five hours ago,
// and returns its address.
func scheduler(t *testing.T, capacity int, decisions ...*explain.Decision) string {
	t.Helper()
	journal := explain.NewJournal(capacity)
	for _, decision := range decisions {
		journal.Add(decision.UID, func() *explain.Decision { return decision })
	}
	return inspected(t, (&inspect.Scheduler{Journal: journal, Since: ago(5)}).Handler())
}

// inspected serves what a program does, and returns its address.
func inspected(t *testing.T, handler http.Handler) string {
	t.Helper()
	listener, err := inspect.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- inspect.Serve(ctx, listener, handler) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	return listener.Addr().String()
}

// shopPod is a pod of the API server.
func shopPod(uid types.UID, changes ...func(*corev1.Pod)) http.HandlerFunc {
	pod := corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: uid, CreationTimestamp: metav1.NewTime(ago(7))},
		Spec:       corev1.PodSpec{SchedulerName: "loadline-scheduler"},
		Status:     corev1.PodStatus{Phase: corev1.PodPending},
	}
	for _, change := range changes {
		change(&pod)
	}
	return serve(pod)
}

func boundTo(node string, hours int) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Spec.NodeName, pod.Status.Phase = node, corev1.PodRunning
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(ago(hours))}}
	}
}

func notScheduled(reason, message string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: reason, Message: message}}
	}
}

const shopPodPath = "GET /api/v1/namespaces/shop/pods/web"

var times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+Z0-9:]*`)

func TestExplainPod(t *testing.T) {
	cases := map[string]struct {
		decisions []*explain.Decision
		pod       http.HandlerFunc
		flags     []string
		want      string
	}{
		"refused": {
			decisions: []*explain.Decision{decision(refused)},
			pod:       shopPod("1", notScheduled("Unschedulable", "0/5000 nodes are available: 32 over, 4968 Insufficient cpu.")),
			want:      golden(t, "explain-refused"),
		},
		"refused, wide and with all examples": {
			decisions: []*explain.Decision{decision(refused)}, pod: shopPod("1", boundTo("elsewhere", 1)), flags: []string{"-o", "wide", "--all"},
			want: golden(t, "explain-refused-wide"),
		},
		"placed": {
			decisions: []*explain.Decision{decision(refused, placed)}, pod: shopPod("1", boundTo("cool-2", 3)),
			want: golden(t, "explain-placed"),
		},
		"placed over a line": {decisions: []*explain.Decision{decision(givenUp)}, want: golden(t, "explain-given-up")},
		"placed without rules": {
			decisions: []*explain.Decision{decision(func(d *explain.Decision) {
				*d = explain.Decision{Namespace: "shop", Pod: "web", UID: "1", Outcome: explain.Placed, Node: "any", Time: d.Time, Note: "no rule set selects the pod"}
			})},
			pod: shopPod("1", boundTo("any", 3)),
			want: `Pod:        shop/web
Decision:   placed on node any, 3h ago
Note:       no rule set selects the pod
Measured:   TIME
Now:        Running on node any, placed 3h ago
`,
		},
		"refused by other plugins": {
			decisions: []*explain.Decision{decision(func(d *explain.Decision) { d.Estimates = nil })},
			pod:       shopPod("1", func(pod *corev1.Pod) { pod.DeletionTimestamp = ptr.To(metav1.Now()) }),
			want: `Pod:         shop/web
Decision:    refused, 3h ago: no node took the pod
Rule sets:   below-the-line, heat
Nodes:       load lines refused none of 5000: other plugins of the scheduler did
Measured:    TIME
Now:         Pending, being deleted
`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := map[string]http.HandlerFunc{}
			if tc.pod != nil {
				server[shopPodPath] = tc.pod
			}
			code, out, errOut := run(t, "", append([]string{"explain", "pod", "web", "-n", "shop", "--local", scheduler(t, 10, tc.decisions...), apiServer(t, server)}, tc.flags...)...)
			if code != 0 || errOut != "" {
				t.Errorf("got exit code %d and errors %q", code, errOut)
			}
			out = times.ReplaceAllString(out, "TIME")
			if diff := diff.Diff(tc.want, localAddress.ReplaceAllString(out, "ADDRESS")); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

var localAddress = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// What a program reads is what the scheduler served, also what this does not
// know.
func TestExplainPodAsServed(t *testing.T) {
	const served = `{"namespace":"shop","pod":"web","uid":"1","outcome":"Placed","node":"a<b","time":"2026-11-22T08:00:00Z","new":{"z":1,"a":0.10}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"decisions":[`+served+`]}`)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	for format, want := range map[string]string{
		"json": "{\n    \"namespace\": \"shop\",\n    \"pod\": \"web\",\n    \"uid\": \"1\",\n    \"outcome\": \"Placed\",\n    \"node\": \"a<b\",\n" +
			"    \"time\": \"2026-11-22T08:00:00Z\",\n    \"new\": {\n        \"z\": 1,\n        \"a\": 0.10\n    }\n}\n",
		"yaml": "namespace: shop\nnew:\n  a: 0.1\n  z: 1\nnode: a<b\noutcome: Placed\npod: web\ntime: \"2026-11-22T08:00:00Z\"\nuid: \"1\"\n",
	} {
		code, out, errOut := run(t, "", "explain", "pod/web", "-n", "shop", "-o", format, "--local", address, apiServer(t, nil))
		if code != 0 || errOut != "" {
			t.Errorf("%s: got exit code %d and errors %q", format, code, errOut)
		}
		if diff := diff.Diff(want, out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}

// Of several decisions on pods of a name, the one counts that is on the pod, and
// of those the latest.
func TestExplainPodWhichDecision(t *testing.T) {
	first := decision(func(d *explain.Decision) { d.UID = "first" })
	second := decision(placed, func(d *explain.Decision) { d.UID, d.Time = "second", ago(2).Add(-time.Hour/2) })
	cases := map[string]struct {
		pod      http.HandlerFunc
		wantCode int
		want     []string
	}{
		"a pod that is gone":    {want: []string{"Decision:    placed on node cool-2, 150m ago\n", "Now:         there is no such pod any more\n"}},
		"the pod before":        {pod: shopPod("first"), want: []string{"Decision:    refused, 3h ago"}},
		"the pod that there is": {pod: shopPod("second", boundTo("cool-2", 3)), want: []string{"Decision:    placed on node cool-2, 150m ago\n"}},
		"another pod": {pod: shopPod("third"), wantCode: 1, want: []string{
			"Decision:   none: no scheduler has tried the pod yet, which was made 7h ago\nEarlier:    another pod of this name: placed on node cool-2, 150m ago\n",
		}},
		"a pod that may not be read": {pod: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "no"), want: []string{"Decision:    placed on node cool-2, 150m ago\n"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := map[string]http.HandlerFunc{}
			if tc.pod != nil {
				server[shopPodPath] = tc.pod
			}
			code, out, _ := run(t, "", "explain", "pod", "web", "-n", "shop", "--local", scheduler(t, 10, second, first), apiServer(t, server))
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d", code, tc.wantCode)
			}
			mustContain(t, out, tc.want)
		})
	}
}

func TestExplainPodWithoutDecision(t *testing.T) {
	full := decision(func(d *explain.Decision) { d.Pod = "another" })
	cases := map[string]struct {
		pod  http.HandlerFunc
		want string
		// capacity of the scheduler, which remembers another pod. Default: 10.
		capacity int
	}{
		"no pod": {want: `Pod:        shop/web
Decision:   none: there is no such pod, and no scheduler that was asked remembers one
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
		"placed before the scheduler started": {pod: shopPod("1", boundTo("a", 6)), want: `Pod:        shop/web
Decision:   not known any more: the pod was placed 6h ago, before the scheduler started 5h ago, and what an earlier one had decided is gone
Now:        Running on node a, placed 6h ago
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
		"placed before the pods that are remembered": {pod: shopPod("1", boundTo("a", 4)), capacity: 1, want: `Pod:        shop/web
Decision:   not known any more: ADDRESS remembers the last 1 pods
Now:        Running on node a, placed 4h ago
Asked:      ADDRESS remembers pods: 1, of at most 1
`},
		"placed by nobody": {pod: shopPod("1", boundTo("a", 4)), want: `Pod:        shop/web
Decision:   none: no scheduler that was asked has placed the pod: it was made with the name of its node, or something else bound it
Now:        Running on node a, placed 4h ago
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
		"placed, and evicted since": {
			pod: shopPod("1", boundTo("a", 6), func(pod *corev1.Pod) { pod.Status.Phase, pod.Status.Reason = corev1.PodFailed, "Evicted" }),
			want: `Pod:        shop/web
Decision:   not known any more: the pod was placed 6h ago, before the scheduler started 5h ago, and what an earlier one had decided is gone
Now:        Failed on node a, placed 6h ago: Evicted
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
		"of another scheduler": {pod: shopPod("1", boundTo("a", 6), func(pod *corev1.Pod) { pod.Spec.SchedulerName = "default-scheduler" }), want: `Pod:        shop/web
Decision:   none: the pod names the scheduler "default-scheduler"; that of Loadline is "loadline-scheduler", as shipped
Now:        Running on node a, placed 6h ago
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
		"not tried": {pod: shopPod("1"), want: `Pod:        shop/web
Decision:   none: no scheduler has tried the pod yet, which was made 7h ago
Now:        Pending
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
		"gated": {pod: shopPod("1", notScheduled("SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates")), want: `Pod:        shop/web
Decision:   none: the pod is held back by its scheduling gates
Now:        Pending: Scheduling is blocked due to non-empty scheduling gates
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
		"pending for other reasons": {pod: shopPod("1", notScheduled("Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.")), want: `Pod:        shop/web
Decision:   none: no load line has kept the pod waiting, as far as is remembered
Now:        Pending: 0/3 nodes are available: 3 Insufficient cpu.
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
		"being deleted": {pod: shopPod("1", func(pod *corev1.Pod) { pod.DeletionTimestamp = ptr.To(metav1.Now()) }), want: `Pod:        shop/web
Decision:   none: the pod is being deleted, and has not been placed before
Now:        Pending, being deleted
Asked:      ADDRESS remembers pods: 1, of at most 10
`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := map[string]http.HandlerFunc{}
			if tc.pod != nil {
				server[shopPodPath] = tc.pod
			}
			arguments := []string{"explain", "pod", "web", "-n", "shop", "--local", scheduler(t, cmp.Or(tc.capacity, 10), full), apiServer(t, server)}
			code, out, errOut := run(t, "", arguments...)
			if code != 1 || errOut != "" {
				t.Errorf("got exit code %d and errors %q, want 1 and none", code, errOut)
			}
			if diff := diff.Diff(tc.want, localAddress.ReplaceAllString(out, "ADDRESS")); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			code, out, errOut = run(t, "", append(arguments, "-o", "json")...)
			if code != 1 || out != "" || !strings.HasPrefix(errOut, "decision on pod shop/web: n") {
				t.Errorf("-o json: got exit code %d, output %q and errors %q, want the reason among the errors alone", code, out, errOut)
			}
		})
	}
}

// replica is one of the scheduler's pods.
func replica(name string, ready corev1.ConditionStatus) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "loadline-system"},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}},
	}
}

// replicas answers who lists the scheduler's pods.
func replicas(items ...corev1.Pod) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("labelSelector") == "app.kubernetes.io/name=loadline-scheduler" {
			pods(items...)(w, r)
		}
	}
}

func TestExplainPodFaults(t *testing.T) {
	const replicasPath = "GET /api/v1/namespaces/loadline-system/pods"
	forwardPath := func(pod string) string { return "/api/v1/namespaces/loadline-system/pods/" + pod + "/portforward" }
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "who is this?\nreally", http.StatusTeapot) }))
	t.Cleanup(web.Close)
	text := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") }))
	t.Cleanup(text.Close)
	ssh, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ssh.Close() })
	go func() {
		for {
			connection, err := ssh.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(connection, "SSH-2.0-x\r\n")
			connection.Close()
		}
	}()
	pending := shopPod("1", notScheduled("Unschedulable", "0/3 nodes are available"))
	const head = "Pod:        shop/web\nDecision:   not known: no scheduler could be asked\nNow:        Pending: 0/3 nodes are available\n"

	cases := map[string]struct {
		arguments []string // default: pod web
		server    map[string]http.HandlerFunc
		wantCode  int // default: 2
		wantOut   string
		wantErr   []string
	}{
		"nothing to explain":    {arguments: []string{}, wantErr: []string{"error: give what to explain: pod NAME, pod/NAME, node NAME, or eviction with or without a NAME\n"}},
		"no name":               {arguments: []string{"pods"}, wantErr: []string{"error: give what to explain: pod NAME, pod/NAME, node NAME, or eviction with or without a NAME\n"}},
		"an empty name":         {arguments: []string{"pod/"}, wantErr: []string{"error: give what to explain: pod NAME, pod/NAME, node NAME, or eviction with or without a NAME\n"}},
		"two names":             {arguments: []string{"po", "a", "b"}, wantErr: []string{"error: give what to explain: pod NAME, pod/NAME, node NAME, or eviction with or without a NAME\n"}},
		"something else":        {arguments: []string{"service/web"}, wantErr: []string{"error: there is no explanation of \"service\": give pod NAME, pod/NAME, node NAME, or eviction with or without a NAME\n"}},
		"an unknown format":     {arguments: []string{"pod", "web", "-o", "name"}, wantErr: []string{"error: unknown output format \"name\": give json, yaml or wide\n"}},
		"an address, no port":   {arguments: []string{"pod", "web", "--local", "localhost"}, wantErr: []string{"error: --local \"localhost\" is not an address: give HOST:PORT, such as 127.0.0.1:10269\n"}},
		"nobody at the address": {arguments: []string{"pod", "web", "--local", nobody}, wantErr: []string{"error: asking the scheduler: dial tcp " + nobody + ": connect: connection refused\n"}},
		"another server at the address": {arguments: []string{"pod", "web", "--local", web.Listener.Addr().String()},
			wantErr: []string{"the answer is 418 I'm a teapot: who is this? (is it a scheduler of Loadline that answers?)\n"}},
		"a page at the address": {arguments: []string{"pod", "web", "--local", text.Listener.Addr().String()},
			wantErr: []string{"reading the answer (is it a scheduler of Loadline that answers?): invalid character '<'"}},
		"no web server at the address": {arguments: []string{"pod", "web", "--local", ssh.Addr().String()}, wantErr: []string{"malformed HTTP"}},
		"no scheduler": {server: map[string]http.HandlerFunc{replicasPath: replicas(), shopPodPath: pending}, wantOut: head,
			wantErr: []string{"error: no scheduler to ask: no pod in namespace \"loadline-system\" has the label app.kubernetes.io/name=loadline-scheduler: give its namespace by --system-namespace, or its address by --local"}},
		"no scheduler any more": {server: map[string]http.HandlerFunc{replicasPath: replicas(), leasePath: lease(ago(3))},
			wantErr: []string{"=loadline-scheduler (lease loadline-scheduler was last renewed 3h ago): give its namespace by --system"}},
		"none is ready": {server: map[string]http.HandlerFunc{replicasPath: replicas(replica("s-1", corev1.ConditionFalse), replica("s-2", corev1.ConditionUnknown)), shopPodPath: pending}, wantOut: head,
			wantErr: []string{"error: the scheduler is not running: none of its pods in namespace \"loadline-system\" is ready: s-1, s-2\n"}},
		"none may be looked for": {server: map[string]http.HandlerFunc{replicasPath: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "pods is forbidden"), shopPodPath: pending}, wantOut: head,
			wantErr: []string{"error: looking for the scheduler's pods in namespace \"loadline-system\": pods is forbidden\n"}},
		"none may be asked": {server: map[string]http.HandlerFunc{
			replicasPath: replicas(replica("s-1", corev1.ConditionTrue), replica("s-2", corev1.ConditionFalse)), shopPodPath: pending,
			forwardPath("s-1"): serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, `pods "s-1" is forbidden: no portforward`),
		}, wantOut: head, wantErr: []string{`error: no scheduler could be asked: s-1: unable to upgrade connection: pods "s-1" is forbidden: no portforward` + "\n"}},
		"no pod may be read, nor anybody asked": {server: map[string]http.HandlerFunc{
			replicasPath: replicas(), shopPodPath: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "pods is forbidden"),
		}, wantOut: "Pod:        shop/web\nDecision:   not known: no scheduler could be asked\n", wantErr: []string{"warning: the pod itself could not be read: pods is forbidden\n", "error: no scheduler to ask"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.arguments == nil {
				tc.arguments = []string{"pod", "web"}
			}
			code, out, errOut := run(t, "", append([]string{"explain", "-n", "shop", apiServer(t, tc.server)}, tc.arguments...)...)
			if code != cmp.Or(tc.wantCode, 2) {
				t.Errorf("got exit code %d, want 2", code)
			}
			if tc.wantOut != "" && out != tc.wantOut {
				t.Errorf("got\n%s\nwant\n%s", out, tc.wantOut)
			}
			mustContain(t, errOut, tc.wantErr)
		})
	}
}

// Without a cluster a scheduler is asked all the same.
func TestExplainPodWithoutCluster(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "none"))
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	inDefault := decision(func(d *explain.Decision) { d.Namespace = "default" })
	code, out, errOut := run(t, "", "explain", "pod", "web", "--local", scheduler(t, 10, inDefault))
	if code != 0 || errOut != "warning: only the scheduler is asked: finding the cluster: there is no kubeconfig: give --kubeconfig, or set KUBECONFIG\n" {
		t.Errorf("got exit code %d and errors %q", code, errOut)
	}
	mustContain(t, out, []string{"Pod:         default/web\nDecision:    refused, 3h ago"})
	if strings.Contains(out, "Now:") {
		t.Errorf("got\n%s\nwant nothing said of the pod itself", out)
	}
	code, out, _ = run(t, "", "explain", "pod", "other", "--local", scheduler(t, 10, inDefault))
	if code != 1 {
		t.Errorf("got exit code %d, want 1", code)
	}
	mustContain(t, out, []string{"Decision:   none: no scheduler that was asked remembers the pod\n"})
	if code, _, errOut = run(t, "", "explain", "pod", "web"); code != 2 {
		t.Errorf("got exit code %d, want 2, and errors %q", code, errOut)
	}
}
