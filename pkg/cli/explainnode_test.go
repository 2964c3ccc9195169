// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// hotNode is over its line, with the label that says so and not the taint.
func hotNode(name string) http.HandlerFunc {
	return serve(corev1.Node{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"loadline.dev/hot": "memory"}},
		Spec:       corev1.NodeSpec{Unschedulable: name == "ip-10-0-7-3"},
		Status:     corev1.NodeStatus{Capacity: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("16Gi")}},
	})
}

// podsOn answers who lists the pods of a node.
func podsOn(node string) http.HandlerFunc {
	list := corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}}
	for name, request := range map[string]string{"web-1": "100Mi", "db-0": "2Gi", "idle": "1Gi", "quiet": ""} {
		pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID(name)}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main"}}}}
		if request != "" {
			pod.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(request)}
		}
		list.Items = append(list.Items, pod)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("fieldSelector") == "spec.nodeName="+node+",status.phase!=Succeeded,status.phase!=Failed" {
			serve(list)(w, r)
		}
	}
}

var memoryRule = verdict.RuleKey{Set: "below-the-line", Rule: "memory-above-90"}

// planning is what a descheduler that leads plans for the hot node.
func planning(changes ...func(*inspect.Planning)) *inspect.Planning {
	record := evicted("web-1", 0, func(r *history.Record) { r.Node, r.Pod.UID, r.DryRun = "ip-10-0-3-17", "web-1", true })
	passed := func(name string, share float64, why reason.Code) inspect.PassedPod {
		return inspect.PassedPod{Namespace: "shop", Name: name, UID: types.UID(name), Share: share, Why: reason.New(why, "because")}
	}
	p := &inspect.Planning{
		Leading: true, DryRun: true, Turn: ago(2), Allowance: &inspect.Allowance{Cluster: 3},
		Plan: &inspect.Plan{
			Time: ago(2), Evictions: []history.Record{record},
			Nodes: []inspect.PlannedNode{
				{Node: "ip-10-0-3-17", Rule: memoryRule, Metric: "memory", Value: 0.953, Goal: 0.85, After: 0.922, Passed: []inspect.PassedPod{passed("db-0", 0.11875, "LocalStorage"), passed("idle", 0, "NoShare")}},
				{Node: "other", Rule: memoryRule, Metric: "memory", Value: 0.95, Goal: 0.85, After: 0.95},
			},
		},
	}
	for _, change := range changes {
		change(p)
	}
	return p
}

func descheduling(t *testing.T, p *inspect.Planning) string {
	t.Helper()
	return inspected(t, inspect.DeschedulerHandler(func() *inspect.Planning { return p }))
}

const (
	nodePath     = "GET /api/v1/nodes/"
	allPodsPath  = "GET /api/v1/pods"
	kubeletsPath = "/proxy/metrics/resource"
)

func TestExplainNode(t *testing.T) {
	scheduler := judging(t, judged(t, belowTheLine, heat))
	nobody := inspected(t, http.NotFoundHandler())
	const hot, cool = "ip-10-0-3-17", "ip-10-0-7-3"
	kubelet := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("pod_memory_working_set_bytes{namespace=\"shop\",pod=\"db-0\"} 1.073741824e+09\npod_memory_working_set_bytes{namespace=\"shop\",pod=\"gone\"} 1\n"))
	}
	forbidden := func(what string) http.HandlerFunc {
		return serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, what+" is forbidden")
	}
	server := map[string]http.HandlerFunc{
		nodePath + hot: hotNode(hot), nodePath + cool: hotNode(cool), allPodsPath: podsOn(hot),
		ledgerPath: ledgerOf(t, recorded(evicted("web-0", 3, lowered, func(r *history.Record) { r.Node = hot }), evicted("other", 2))),
	}
	with := func(more map[string]http.HandlerFunc) map[string]http.HandlerFunc {
		all := map[string]http.HandlerFunc{}
		for _, handlers := range []map[string]http.HandlerFunc{server, more} {
			for path, handler := range handlers {
				all[path] = handler
			}
		}
		return all
	}
	cases := map[string]struct {
		node      string // default: the hot one
		server    map[string]http.HandlerFunc
		scheduler string
		planning  *inspect.Planning
		flags     []string
		wantCode  int
		want      string
		wants     []string
		wantErr   string
	}{
		"over a line":       {want: golden(t, "explain-node")},
		"over a line, wide": {flags: []string{"-o", "wide", "--all"}, wants: []string{"shop/quiet", "WHY\n", "uses 512 MiB above its request"}},
		"paused": {planning: planning(func(p *inspect.Planning) {
			why := reason.New("Paused", "evictions are paused by alice")
			p.Stopped, p.Plan, p.DryRun = &why, nil, false
		}), wants: []string{"Evictions:     stopped: Paused: evictions are paused by alice\n", "POD          USES"}},
		"held": {planning: planning(func(p *inspect.Planning) {
			why := reason.New("NodeCooldown", "the node has lost a pod of late")
			p.Plan.Nodes[0].Held, p.Plan.Evictions, p.DryRun = &why, nil, false
		}), wants: []string{"Evictions:     planned 120m ago\nPlan:          below-the-line/memory-above-90: moves none: NodeCooldown: the node has lost a pod of late\n"}},
		"evictions disabled": {planning: &inspect.Planning{EvictionsDisabled: true}, wants: []string{"Evictions:     none: they are disabled by the descheduler's configuration\n"}},
		"a standby":          {planning: &inspect.Planning{}, wants: []string{"Evictions:     not known: the replica that answers stands by\n"}},
		"not decided yet":    {planning: &inspect.Planning{Leading: true, DryRun: true}, wants: []string{"Evictions:     dry run, so nothing is evicted: nothing is decided yet\n"}},
		"over a line that is observed, by what its kubelet says": {
			node: cool, server: with(map[string]http.HandlerFunc{allPodsPath: podsOn(cool), nodePath + cool + kubeletsPath: kubelet}), scheduler: judging(t, judged(t, heat)),
			want: golden(t, "explain-node-kubelet"),
		},
		"without its kubelet": {
			node: cool, server: with(map[string]http.HandlerFunc{allPodsPath: podsOn(cool), nodePath + cool + kubeletsPath: forbidden("nodes/proxy")}), scheduler: judging(t, judged(t, heat)),
			wants: []string{"Pods: 4, by what they request: what they use is not known: the scheduler does not measure them while the node is far from its lines, and its kubelet cannot be asked through the API server: nodes/proxy is forbidden\n"},
		},
		"of which only the scheduler tells": {
			server: map[string]http.HandlerFunc{nodePath + hot: forbidden("nodes"), allPodsPath: forbidden("pods"), ledgerPath: forbidden("configmaps")},
			wants: []string{
				"Note:       reading the node: nodes is forbidden\nState:      over line for 3m5s: ", "Pods: not known: listing the pods on the node: pods is forbidden\n",
				"Earlier evictions: not known: reading ConfigMap loadline-system/loadline-evictions",
			},
		},
		"without a scheduler": {
			scheduler: nobody, wantCode: 2, wants: []string{"State:   not known: asking the scheduler at ", "Pods: 4, by what they request", "Evictions:     dry run"},
			wantErr: "error: how the node stands to its lines is not known: asking the scheduler at ",
		},
		"that is not there": {node: "nowhere", wantCode: 1, want: "Node:    nowhere\nNote:    there is no node \"nowhere\"\nState:   not known: ADDRESS knows of no node \"nowhere\"\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.node == "" {
				tc.node = hot
			}
			if tc.server == nil {
				tc.server = server
			}
			if tc.scheduler == "" {
				tc.scheduler = scheduler
			}
			if tc.planning == nil {
				tc.planning = planning()
			}
			arguments := append([]string{"explain", "node", tc.node, "--local", tc.scheduler, "--local-descheduler", descheduling(t, tc.planning), apiServer(t, tc.server)}, tc.flags...)
			code, out, errOut := run(t, "", arguments...)
			out = localAddress.ReplaceAllString(out, "ADDRESS")
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d, and errors %q", code, tc.wantCode, errOut)
			}
			if diff := cmp.Diff(tc.want, out); tc.want != "" && diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			mustContain(t, out, tc.wants)
			mustContain(t, errOut, []string{tc.wantErr})
		})
	}
}

// Without a descheduler all else is told.
func TestExplainNodeWithoutDescheduler(t *testing.T) {
	server := map[string]http.HandlerFunc{
		nodePath + "ip-10-0-3-17": hotNode("ip-10-0-3-17"), allPodsPath: podsOn("ip-10-0-3-17"),
		"GET /api/v1/namespaces/loadline-system/pods": serve(corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}}),
	}
	code, out, _ := run(t, "", "explain", "node/ip-10-0-3-17", "--local", judging(t, judged(t, belowTheLine)), apiServer(t, server))
	if code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	mustContain(t, out, []string{
		"Evictions:   not known: no descheduler to ask: no pod in namespace \"loadline-system\" has the label app.kubernetes.io/name=loadline-descheduler: it is optional; where it runs in another namespace, give that by --system-namespace\n",
		"Earlier evictions: none from this node, as far as is written down\n",
	})
}

func TestExplainNodeAsJSON(t *testing.T) {
	server := map[string]http.HandlerFunc{nodePath + "ip-10-0-3-17": hotNode("ip-10-0-3-17"), allPodsPath: podsOn("ip-10-0-3-17")}
	code, out, errOut := run(t, "", "explain", "node", "ip-10-0-3-17", "-o", "json",
		"--local", judging(t, judged(t, belowTheLine)), "--local-descheduler", descheduling(t, planning()), apiServer(t, server))
	var got struct {
		Node     inspect.Node      `json:"node"`
		Pods     []json.RawMessage `json:"pods"`
		Planning inspect.Planning  `json:"planning"`
		Unknown  map[string]string `json:"unknown"`
	}
	if err := json.Unmarshal([]byte(out), &got); code != 0 || errOut != "" || err != nil {
		t.Fatalf("got exit code %d, errors %q and %v", code, errOut, err)
	}
	if got.Node.State != inspect.Over || len(got.Pods) != 4 || len(got.Planning.Plan.Evictions) != 1 || len(got.Unknown) != 0 {
		t.Errorf("got %+v", got)
	}
}
