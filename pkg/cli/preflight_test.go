// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
)

func node(name string, changes ...func(*corev1.Node)) corev1.Node {
	node := corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Status: corev1.NodeStatus{
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
			Addresses:  []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "198.51.100.1"}},
		},
	}
	for _, change := range changes {
		change(&node)
	}
	return node
}

func notReady(node *corev1.Node) { node.Status.Conditions[0].Status = corev1.ConditionUnknown }

func virtual(node *corev1.Node) { node.Labels = map[string]string{"type": "virtual-kubelet"} }

func metricsAt(path string) func(*corev1.Node) {
	return func(node *corev1.Node) {
		node.Annotations = map[string]string{"metrics.k8s.io/resource-metrics-path": path}
	}
}

func nodes(items ...corev1.Node) http.HandlerFunc {
	return serve(corev1.NodeList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NodeList"}, Items: items})
}

// kubelet answers for a kubelet.
func kubelet(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, text)
	}
}

// measures is what a kubelet says that measured its node a while ago.
func measures(ago time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		at := time.Now().Add(-ago).UnixMilli()
		kubelet(http.StatusOK, fmt.Sprintf("node_cpu_usage_seconds_total 17 %d\nnode_memory_working_set_bytes 1e9 %[1]d\n", at))(w, r)
	}
}

func unreachable(reason string) http.HandlerFunc {
	return serveStatus(http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable, "error trying to reach service: "+reason)
}

func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func proxyTo(node, path string) string { return "GET /api/v1/nodes/" + node + "/proxy" + path }

const (
	versionPath  = "GET /version"
	nodesPath    = "GET /api/v1/nodes"
	resourcePath = "/metrics/resource"
)

// review allows what is not in a list of resources.
func review(denied ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		allowed := true
		for _, resource := range denied {
			allowed = allowed && !strings.Contains(string(body), resource)
		}
		writeJSON(w, http.StatusCreated, authorizationv1.SubjectAccessReview{
			TypeMeta: metav1.TypeMeta{APIVersion: "authorization.k8s.io/v1", Kind: "SubjectAccessReview"},
			Status:   authorizationv1.SubjectAccessReviewStatus{Allowed: allowed},
		})
	}
}

// installed is a cluster in which all is well, of one node.
func installed() map[string]http.HandlerFunc {
	account := serve(corev1.ServiceAccount{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}})
	return map[string]http.HandlerFunc{
		versionPath: serve(version.Info{Major: "1", Minor: "37", GitVersion: "v1.37.1"}),
		nodesPath:   nodes(node("a")),
		"GET /api/v1/namespaces/loadline-system/serviceaccounts/loadline-scheduler":      account,
		"GET /api/v1/namespaces/loadline-system/serviceaccounts/loadline-kubelet-reader": account,
		"POST /apis/authorization.k8s.io/v1/subjectaccessreviews":                        review(),
		"GET /apis/metrics.k8s.io/v1beta1":                                               serve(metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}}),
		proxyTo("a", resourcePath):                                                       measures(0),
		proxyTo("a", "/metrics/cadvisor"):                                                kubelet(http.StatusOK, "# TYPE x counter\ncontainer_pressure_cpu_waiting_seconds_total{id=\"/\"} 7\n"),
	}
}

func with(server, changes map[string]http.HandlerFunc) map[string]http.HandlerFunc {
	maps.Copy(server, changes)
	return server
}

var ages = regexp.MustCompile(`[0-9ms]+ old`)

func TestPreflight(t *testing.T) {
	cases := map[string]struct {
		server   map[string]http.HandlerFunc
		flags    []string
		wantCode int
		// want and wantErr are lines, or parts of them.
		want, wantErr []string
		unwanted      []string
	}{
		"all is well": {
			server: installed(),
			want: []string{
				"ok        API server     v1.37.1; this release of Loadline is for 1.34 to 1.37\n",
				"ok        installation   ServiceAccounts loadline-scheduler and loadline-kubelet-reader in namespace loadline-system\n",
				"ok        rights         the scheduler may request tokens",
				"ok        metrics API    metrics.k8s.io/v1beta1 is served",
				"ok        pressure       node a tells pressure stall information (PSI)\n",
				"unknown   certificates   only Loadline itself can tell",
				"ok        nodes          1 of 1 can be measured, by data AGE old\n",
			},
			unwanted: []string{"failed", "warning", "NODE"},
		},
		"nothing installed": {
			server: map[string]http.HandlerFunc{
				versionPath: serve(version.Info{GitVersion: "v1.36.2-eks-1"}), nodesPath: nodes(node("a")), proxyTo("a", resourcePath): measures(7 * time.Second),
			},
			want: []string{
				"ok        API server     v1.36.2-eks-1; this",
				"skipped   installation   Loadline is not installed in namespace loadline-system\n",
				"skipped   metrics API    metrics.k8s.io is not installed",
				"skipped   pressure       node a cannot be asked",
				"1 of 1 can be measured, by data AGE old\n",
			},
			unwanted: []string{"rights"},
		},
		"old API server": {
			server:   with(installed(), map[string]http.HandlerFunc{versionPath: serve(version.Info{GitVersion: "v1.30.1"})}),
			wantCode: 1, want: []string{"failed    API server     v1.30.1; this", "\nfailed: API server\n    Upgrade the API server, or run an older release of Loadline.\n"},
		},
		"newer API server": {
			server: with(installed(), map[string]http.HandlerFunc{versionPath: serve(version.Info{GitVersion: "v1.38.0"})}),
			want:   []string{"warning   API server     v1.38.0; this", "\nwarning: API server\n    Loadline mostly works"},
		},
		"newer patch": {
			server: with(installed(), map[string]http.HandlerFunc{versionPath: serve(version.Info{GitVersion: "v1.37.99"})}),
			want:   []string{"ok        API server     v1.37.99; this"},
		},
		"half installed": {
			server: with(installed(), map[string]http.HandlerFunc{
				"GET /api/v1/namespaces/loadline-system/serviceaccounts/loadline-kubelet-reader": serveStatus(http.StatusNotFound, metav1.StatusReasonNotFound, "none"),
			}),
			wantCode: 1, want: []string{"failed    installation   there is no ServiceAccount loadline-kubelet-reader in namespace loadline-system\n", "kubectl apply -k manifests/scheduler"},
		},
		"rights are missing": {
			server: with(installed(), map[string]http.HandlerFunc{
				"POST /apis/authorization.k8s.io/v1/subjectaccessreviews": review("metrics", "token"),
			}),
			wantCode: 1,
			want:     []string{"failed    rights         loadline-kubelet-reader may not get nodes/metrics; loadline-scheduler may not create serviceaccounts/token\n"},
		},
		"rights may not be asked for": {
			server: with(installed(), map[string]http.HandlerFunc{
				"POST /apis/authorization.k8s.io/v1/subjectaccessreviews": serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "not for you"),
			}),
			want: []string{"unknown   rights         asking what ServiceAccount loadline-kubelet-reader may do: not for you\n"},
		},
		"metrics API is down": {
			server: with(installed(), map[string]http.HandlerFunc{
				"GET /apis/metrics.k8s.io/v1beta1": serveStatus(http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable, "no endpoints"),
			}),
			want: []string{"warning   metrics API    metrics.k8s.io does not answer: no endpoints\n", "kubectl describe apiservice"},
		},
		"no nodes": {
			server: with(installed(), map[string]http.HandlerFunc{nodesPath: nodes()}),
			want:   []string{"warning   nodes          there are none\n", "skipped   pressure       no node could be asked\n"},
		},
		"not allowed": {
			server: with(installed(), map[string]http.HandlerFunc{
				nodesPath: nodes(node("a"), node("b", notReady)),
				proxyTo("a", resourcePath): serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden,
					`nodes "a" is forbidden: User "u" cannot get resource "nodes/proxy" in API group "" at the cluster scope`),
				proxyTo("b", resourcePath): func(http.ResponseWriter, *http.Request) { panic("nobody else is asked") },
			}),
			wantCode: 1,
			want: []string{"failed    nodes          0 of 2 can be measured\n",
				"\nfailed: 2 nodes: you may not ask kubelets through the API server\n    a, b\n    for example a: nodes \"a\" is forbidden", `may "get" "nodes/proxy"`},
		},
		"all kinds of trouble": {
			server: with(installed(), map[string]http.HandlerFunc{
				nodesPath: nodes(node("a"), node("authn"), node("authz"), node("x509"), node("refused"), node("lookup"), node("address"), node("late"), node("network"),
					node("nothing"), node("gone"), node("garbage"), node("broken"), node("empty"), node("stale"), node("ahead"), node("down", notReady), node("virtual", virtual)),
				proxyTo("authn", resourcePath):   kubelet(http.StatusUnauthorized, "Unauthorized"),
				proxyTo("authz", resourcePath):   kubelet(http.StatusForbidden, "Forbidden (user=kube-apiserver, verb=get, resource=nodes, subresource(s)=[metrics])\n"),
				proxyTo("x509", resourcePath):    unreachable("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
				proxyTo("refused", resourcePath): unreachable("dial tcp 198.51.100.1:10250: connect: connection refused"),
				proxyTo("lookup", resourcePath):  serveStatus(http.StatusBadRequest, metav1.StatusReasonBadRequest, "lookup lookup on 10.96.0.10:53: no such host"),
				proxyTo("address", resourcePath): serveStatus(http.StatusBadRequest, metav1.StatusReasonBadRequest, "address not allowed"),
				proxyTo("late", resourcePath):    unreachable("dial tcp 198.51.100.1:10250: i/o timeout"),
				proxyTo("network", resourcePath): unreachable("dial tcp 198.51.100.1:10250: connect: no route to host"),
				proxyTo("nothing", resourcePath): kubelet(http.StatusNotFound, "404 page not found\n"),
				proxyTo("gone", resourcePath):    serveStatus(http.StatusNotFound, metav1.StatusReasonNotFound, `nodes "gone" not found`),
				proxyTo("garbage", resourcePath): kubelet(http.StatusOK, "<html>"),
				proxyTo("broken", resourcePath):  kubelet(http.StatusInternalServerError, "out of sorts"),
				proxyTo("empty", resourcePath):   kubelet(http.StatusOK, "scrape_error 1\n"),
				proxyTo("stale", resourcePath):   measures(10 * time.Minute),
				proxyTo("ahead", resourcePath):   measures(-10 * time.Minute),
				proxyTo("down", resourcePath):    unreachable("dial tcp 198.51.100.1:10250: connect: no route to host"),
				proxyTo("virtual", resourcePath): kubelet(http.StatusNotFound, "404 page not found\n"),
			}),
			wantCode: 1,
			want: []string{
				"failed    nodes          2 of 18 can be measured, by data AGE old; 1 are exempt, since nobody can measure them\n",
				"\nfailed: 1 node: the kubelet does not know the API server\n    authn: the kubelet answers 401 Unauthorized: Unauthorized\n",
				"\nfailed: 1 node: the kubelet does not let the API server read its metrics\n    authz: the kubelet answers 403 Forbidden: Forbidden (user=kube-apiserver, verb=get,",
				"\nfailed: 1 node: the API server does not accept the kubelet's certificate\n    x509: the API server cannot reach the kubelet: tls: failed to verify certificate: x509:",
				"serverTLSBootstrap", "telemetry.embedded.kubelets.caFile",
				"\nfailed: 1 node: nothing listens at the kubelet's address\n    refused: ",
				"\nfailed: 1 node: the API server cannot resolve the node's name\n    lookup: ",
				"\nfailed: 1 node: the API server does not pass requests on to the node's address\n    address: ",
				"\nfailed: 1 node: no answer in time\n    late: ",
				"\nfailed: 1 node: the API server cannot reach the kubelet\n    network: ",
				"\nfailed: 1 node: the kubelet does not serve the metrics\n    nothing: ",
				"\nfailed: 1 node: the answer cannot be read\n    garbage: ",
				"\nfailed: 1 node: the kubelet cannot be asked\n    broken: the kubelet answers 500 Internal Server Error: out of sorts\n",
				"\nfailed: 1 node: the kubelet does not measure its node\n    empty: ",
				"\nfailed: 1 node: the data are too old to count\n    stale: its data are AGE old\n",
				"\nwarning: 1 node: the data are from the future\n    ahead: its data are of a time that is ",
				"\nwarning: 1 node: the node is not Ready, and not measured\n    down: ",
				"\nwarning: 1 node: the node was deleted meanwhile\n    gone: ",
			},
			unwanted: []string{"virtual:"},
		},
		"a kubelet that hangs": {
			server: with(installed(), map[string]http.HandlerFunc{nodesPath: nodes(node("a"), node("b")), proxyTo("b", resourcePath): hangs}), flags: []string{"--timeout=200ms"},
			wantCode: 1, want: []string{"\nfailed: 1 node: no answer in time\n    b: no answer within 200ms\n"},
		},
		"many nodes": {
			server: func() map[string]http.HandlerFunc {
				var many []corev1.Node
				server := installed()
				for i := range 300 {
					name := fmt.Sprintf("n%03d", i)
					many = append(many, node(name))
					server[proxyTo(name, resourcePath)] = measures(time.Second)
					if i%2 == 0 {
						server[proxyTo(name, resourcePath)] = unreachable("dial tcp: connection refused")
					}
				}
				server[nodesPath] = nodes(many...)
				return server
			}(),
			wantCode: 1,
			want:     []string{"150 of 300 can be measured", "\nfailed: 150 nodes: nothing listens at the kubelet's address\n    n000, n002, n004, n006, n008 and 145 more\n    for example n000: "},
		},
		"a path of its own": {
			server: with(installed(), map[string]http.HandlerFunc{
				nodesPath: nodes(node("a", metricsAt("/my/metrics"))), proxyTo("a", "/my/metrics"): measures(0), proxyTo("a", resourcePath): kubelet(http.StatusNotFound, ""),
			}),
			want: []string{"1 of 1 can be measured"},
		},
		"every node": {
			server: with(installed(), map[string]http.HandlerFunc{
				nodesPath: nodes(node("a"), node("b", notReady), node("c", virtual)), proxyTo("b", resourcePath): unreachable("dial tcp: connection refused"),
			}),
			flags: []string{"--all"},
			want: []string{
				"NODE   READY   MEASURED   AGE   PROBLEM\n",
				"\na      yes     yes        ",
				"b      no      no         -     NotReady: the API server cannot reach the kubelet: dial tcp: connection refused\n",
				"c      yes     exempt     -     -\n",
			},
		},
		"no access at all": {
			server:   map[string]http.HandlerFunc{versionPath: serveStatus(http.StatusUnauthorized, metav1.StatusReasonUnauthorized, "Unauthorized")},
			wantCode: 2, wantErr: []string{"error: asking the API server for its version: "},
		},
		"no access to nodes": {
			server:   with(installed(), map[string]http.HandlerFunc{nodesPath: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "nodes is forbidden")}),
			wantCode: 2, wantErr: []string{"error: listing nodes: nodes is forbidden\n"},
		},
		"format":  {server: installed(), flags: []string{"-o", "words"}, wantCode: 2, wantErr: []string{"error: unknown output format \"words\": give json or yaml\n"}},
		"no time": {server: installed(), flags: []string{"--timeout=0"}, wantCode: 2, wantErr: []string{"error: --timeout must be greater than zero\n"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := run(t, "", append([]string{"preflight", apiServer(t, tc.server)}, tc.flags...)...)
			out = ages.ReplaceAllString(out, "AGE old") // by the clock
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d", code, tc.wantCode)
			}
			mustContain(t, out, tc.want)
			mustContain(t, errOut, tc.wantErr)
			if len(tc.wantErr) == 0 && errOut != "" {
				t.Errorf("got errors %q", errOut)
			}
			for _, text := range tc.unwanted {
				if strings.Contains(out, text) {
					t.Errorf("got\n%s\nwith %q in it", out, text)
				}
			}
		})
	}
}

func mustContain(t *testing.T, got string, want []string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(got, text) {
			t.Errorf("got\n%s\nwant %q in it", got, text)
		}
	}
}

// What programs read is the same as what people do.
func TestPreflightAsJSON(t *testing.T) {
	server := apiServer(t, with(installed(), map[string]http.HandlerFunc{
		nodesPath: nodes(node("a"), node("b")), proxyTo("b", resourcePath): kubelet(http.StatusNotFound, ""),
	}))
	code, out, _ := run(t, "", "preflight", "-o", "json", server)
	var report struct {
		Problems []struct {
			Cause, State string
			Nodes        []string
		}
		Nodes []struct {
			Name     string
			Measured bool
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	want := report
	want.Problems = want.Problems[:0:0]
	want.Problems = append(want.Problems, struct {
		Cause, State string
		Nodes        []string
	}{"NotServed", "failed", []string{"b"}})
	if diff := cmp.Diff(want.Problems, report.Problems); diff != "" || code != 1 {
		t.Errorf("got exit code %d and problems (-want +got):\n%s", code, diff)
	}
	if len(report.Nodes) != 2 || !report.Nodes[0].Measured || report.Nodes[1].Measured {
		t.Errorf("got nodes %+v, want a measured and b not", report.Nodes)
	}
}
