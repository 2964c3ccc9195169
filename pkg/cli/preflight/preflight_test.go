// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package preflight_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/cli/nodeproxy"
	"github.com/loadline-dev/loadline/pkg/cli/preflight"
)

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// look looks at a cluster of one node, whose kubelet says this.
func look(t *testing.T, body string) (preflight.Node, *preflight.Report) {
	t.Helper()
	answers := map[string]string{
		"/version":                               `{"gitVersion": "v1.37.1"}`,
		"/api/v1/nodes":                          `{"apiVersion": "v1", "kind": "NodeList", "items": [{"metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}`,
		"/api/v1/nodes/a/proxy/metrics/resource": body,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			answer = `{"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	report, err := preflight.Run(t.Context(), kubernetes.NewForConfigOrDie(&rest.Config{Host: server.URL}), preflight.Options{
		Namespace: "loadline-system", Timeout: time.Minute, Clock: clocktesting.NewFakePassiveClock(now), Asked: func(int, int) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return report.Nodes[0], report
}

// What is 90 seconds old counts, and what is older does not.
func TestAge(t *testing.T) {
	cases := map[string]struct {
		age       time.Duration
		measured  bool
		wantCause nodeproxy.Cause
	}{
		"new":             {age: 0, measured: true},
		"old":             {age: 90 * time.Second, measured: true},
		"too old":         {age: 91 * time.Second, wantCause: preflight.Stale},
		"a little ahead":  {age: -10 * time.Second, measured: true},
		"too far ahead":   {age: -11 * time.Second, measured: true, wantCause: preflight.Ahead},
		"of another time": {age: 1e6 * time.Second, wantCause: preflight.Stale},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			node, report := look(t, fmt.Sprintf("node_memory_working_set_bytes 1 %d\n", now.Add(-tc.age).UnixMilli()))
			if node.Measured != tc.measured || node.Cause != tc.wantCause || node.Age() != tc.age {
				t.Errorf("got measured: %v, cause %q and age %s", node.Measured, node.Cause, node.Age())
			}
			if report.Good() != tc.measured {
				t.Errorf("got good: %v, want %v", report.Good(), tc.measured)
			}
		})
	}
}

// The newest series tells the age, and one without a time is new.
func TestAgeOfSeveral(t *testing.T) {
	old := now.Add(-time.Hour).UnixMilli()
	for body, want := range map[string]time.Duration{
		fmt.Sprintf("node_memory_working_set_bytes 1 %d\nnode_cpu_usage_seconds_total 1 %d\n", old, now.Add(-time.Second).UnixMilli()): time.Second,
		fmt.Sprintf("node_memory_working_set_bytes 1\nnode_cpu_usage_seconds_total 1 %d\n", old):                                       0,
	} {
		if node, _ := look(t, body); node.Age() != want {
			t.Errorf("got age %s, want %s, of\n%s", node.Age(), want, body)
		}
	}
}
