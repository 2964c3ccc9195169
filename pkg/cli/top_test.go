// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/inspect"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// nodesOf answers who lists nodes with a selector.
func nodesOf(selector string, names ...string) http.HandlerFunc {
	list := corev1.NodeList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NodeList"}}
	for _, name := range names {
		list.Items = append(list.Items, corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("labelSelector") == selector {
			serve(list)(w, r)
		}
	}
}

func TestTop(t *testing.T) {
	cases := map[string]struct {
		ruleSets  []string // default: both
		arguments []string
		server    map[string]http.HandlerFunc
		wantCode  int
		want      string
		wantErr   string
	}{
		"all":               {want: golden(t, "top")},
		"nodes, wide":       {arguments: []string{"nodes", "-o", "wide"}, want: golden(t, "top-wide")},
		"without headers":   {arguments: []string{"no", "ip-10-0-7-4", "--no-headers"}, want: "ip-10-0-7-4   51.0% of 90%   79.9% of 80%   64 of 85   0%   15s   OK\n"},
		"of one rule set":   {arguments: []string{"--rule-set=heat", "node/ip-10-0-7-3"}, want: "NODE          MEMORY   TEMPERATURE   HEADROOM   AGE   STATE\nip-10-0-7-3   35.0%    91 of 85      -7%        15s   over line for 3m5s: heat/hot (only observed)\n"},
		"by labels":         {arguments: []string{"-l", "pool=web", "--no-headers", "--rule-set=heat"}, server: map[string]http.HandlerFunc{"GET /api/v1/nodes": nodesOf("pool=web", "ip-10-0-7-2", "unknown")}, want: "ip-10-0-7-2   88.2%   70 of 85   18%   15s   OK\n"},
		"nobody by labels":  {arguments: []string{"-l", "pool=none"}, server: map[string]http.HandlerFunc{"GET /api/v1/nodes": nodesOf("pool=none")}, wantErr: "No nodes found\n"},
		"no such node":      {arguments: []string{"ip-10-0-7-4", "nowhere", "--no-headers"}, wantCode: 1, want: "ip-10-0-7-4   51.0% of 90%   79.9% of 80%   64 of 85   0%   15s   OK\n", wantErr: "the scheduler knows of no node \"nowhere\"\n"},
		"no such rule set":  {arguments: []string{"ip-10-0-7-4", "--rule-set=cold"}, wantCode: 1, want: "NODE          HEADROOM   AGE   STATE\nip-10-0-7-4   -          -     no rules\n", wantErr: "no rule set \"cold\" is in force: \"kubectl loadline rules\" tells which are, and why others are not\n"},
		"no rules at all":   {ruleSets: []string{}, arguments: []string{"ip-10-0-7-4"}, want: "NODE          HEADROOM   AGE   STATE\nip-10-0-7-4   -          -     no rules\n", wantErr: "No rule set is in force: \"kubectl loadline rules\" tells why, if there is any\n"},
		"pods":              {arguments: []string{"pods"}, wantCode: 2, wantErr: "error: lines are drawn for nodes: \"kubectl top pods\" has pods, and \"kubectl loadline explain node NAME\" those of a node\n"},
		"names and labels":  {arguments: []string{"a", "-l", "b"}, wantCode: 2, wantErr: "error: give names or --selector, not both\n"},
		"a bad selector":    {arguments: []string{"-l", "a b"}, wantCode: 2, wantErr: "error: --selector: unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt\n"},
		"an unknown format": {arguments: []string{"-o", "name"}, wantCode: 2, wantErr: "error: unknown output format \"name\": give json, yaml or wide\n"},
		"a bad address":     {arguments: []string{"--local", "here"}, wantCode: 2, wantErr: "error: --local \"here\" is not an address: give HOST:PORT, such as 127.0.0.1:10269\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.ruleSets == nil {
				tc.ruleSets = []string{belowTheLine, heat}
			}
			arguments := append([]string{"top", "--local", judging(t, judged(t, tc.ruleSets...)), apiServer(t, tc.server)}, tc.arguments...)
			code, out, errOut := run(t, "", arguments...)
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d", code, tc.wantCode)
			}
			if diff := cmp.Diff(tc.want, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantErr, errOut); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// Programs read the nodes in the order in which people do.
func TestTopAsJSON(t *testing.T) {
	code, out, errOut := run(t, "", "top", "-o", "json", "--local", judging(t, judged(t, belowTheLine, heat)))
	var nodes inspect.Nodes
	if err := json.Unmarshal([]byte(out), &nodes); code != 0 || errOut != "" || err != nil {
		t.Fatalf("got exit code %d, errors %q and %v", code, errOut, err)
	}
	var names []string
	for _, node := range nodes.Nodes {
		names = append(names, node.Name)
	}
	want := []string{"ip-10-0-3-17", "ip-10-0-7-3", "ip-10-0-7-2", "ip-10-0-7-4", "ip-10-0-9-9", "fargate-1"}
	if !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}

func TestTopFaults(t *testing.T) {
	const replicasPath = "GET /api/v1/namespaces/loadline-system/pods"
	old := inspected(t, http.NotFoundHandler())
	cases := map[string]struct {
		arguments []string
		server    map[string]http.HandlerFunc
		want      string
	}{
		"no scheduler": {server: map[string]http.HandlerFunc{replicasPath: replicas()}, want: "error: no scheduler to ask: no pod in namespace \"loadline-system\" has the label app.kubernetes.io/name=loadline-scheduler: give its namespace by --system-namespace"},
		"not ready":    {server: map[string]http.HandlerFunc{replicasPath: replicas(replica("s-1", corev1.ConditionFalse))}, want: "error: the scheduler is not running: none of its pods in namespace \"loadline-system\" is ready: s-1\n"},
		"not permitted": {server: map[string]http.HandlerFunc{
			replicasPath: replicas(replica("s-1", corev1.ConditionTrue)),
			"/api/v1/namespaces/loadline-system/pods/s-1/portforward": serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, `pods "s-1" is forbidden: no portforward`),
		}, want: `error: no scheduler could be asked: s-1: unable to upgrade connection: pods "s-1" is forbidden: no portforward` + "\n"},
		"an earlier version":   {arguments: []string{"--local", old}, want: "(is it a scheduler of Loadline that answers, and of this version?)\n"},
		"nothing measured yet": {arguments: []string{"--local", judging(t, nil)}, want: "the scheduler cannot tell yet: nothing has been measured yet\n"},
		"watched all the same": {arguments: []string{"-w", "--local", old}, want: "and of this version?)\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := run(t, "", append([]string{"top", apiServer(t, tc.server)}, tc.arguments...)...)
			if code != 2 || out != "" {
				t.Errorf("got exit code %d and %q, want 2 and nothing", code, out)
			}
			mustContain(t, errOut, []string{tc.want})
		})
	}
}

// Many nodes are listed as quickly as a person reads, and all of them.
func TestTopOfManyNodes(t *testing.T) {
	const number = 5000
	nodes, samples := make([]verdict.Node, 0, number), verdict.Samples{}
	for i := range number {
		name := fmt.Sprintf("ip-10-%d-%d-%d.eu-central-1.compute.internal", i/62500, i/250%250, i%250)
		nodes = append(nodes, verdict.Node{Name: name})
		samples[name] = verdict.Sample{Value: float64(i) / number, Time: judgedAt}
	}
	rules, err := v1alpha1.DecodeRuleSet([]byte(belowTheLine))
	if err != nil {
		t.Fatal(err)
	}
	set, err := verdict.NewSet(rules, 90*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	snapshot := verdict.Evaluate(verdict.Input{Now: judgedAt, Nodes: nodes, Sets: []*verdict.Set{set}, Samples: map[verdict.MetricKey]verdict.Samples{
		{Set: "below-the-line", Metric: "memory"}: samples, {Set: "below-the-line", Metric: "cpu"}: samples,
	}})
	code, out, errOut := run(t, "", "top", "--no-headers", "--local", judging(t, snapshot))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || errOut != "" || len(lines) != number || !strings.HasPrefix(lines[0], nodes[number-1].Name) || !strings.HasPrefix(lines[number-1], nodes[0].Name) {
		t.Errorf("got exit code %d, errors %q and %d lines, want %d, the nearest to a line first", code, errOut, len(lines), number)
	}
}
