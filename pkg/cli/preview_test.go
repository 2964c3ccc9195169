// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/cli"
	"github.com/loadline-dev/loadline/pkg/cli/preview"
)

// memoryRules are about memory, of which nodes have 1000 bytes here.
const memoryRules = `apiVersion: loadline.dev/v1alpha1
kind: RuleSet
metadata: {name: below-the-line}
spec:
  podSelector: {matchLabels: {app: web}}
  metrics: [{name: memory, builtin: memory}]
  rules:
  - name: hot
    when: [{metric: memory, above: 90%, clear: 85%}]
    reject: {}
    evict: {}
    taint: {effect: PreferNoSchedule}
    labels: {loadline.dev/hot: memory}
  - name: warm
    when: [{metric: memory, above: 80%}]
    for: 1m
    reject: {}
  preferences: [{metric: memory, prefer: Lower}]
`

func holding(memory, cpu string) func(*corev1.Node) {
	return func(node *corev1.Node) {
		node.Status.Capacity = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(memory), corev1.ResourceCPU: resource.MustParse(cpu)}
	}
}

// uses is what a kubelet says whose node uses so many bytes now.
func uses(memory int) http.HandlerFunc {
	return kubelet(http.StatusOK, fmt.Sprintf("node_memory_working_set_bytes %d\nnode_cpu_usage_seconds_total 17\n", memory))
}

func pods(items ...corev1.Pod) http.HandlerFunc {
	return serve(corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}, Items: items})
}

func podOn(node, app string) corev1.Pod {
	return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": app}}, Spec: corev1.PodSpec{NodeName: node}}
}

func in(namespace string, pod corev1.Pod, changes ...func(*corev1.Pod)) corev1.Pod {
	pod.Namespace, pod.Spec.PriorityClassName = namespace, "normal"
	for _, change := range changes {
		change(&pod)
	}
	return pod
}

// measuredBy are nodes whose kubelets say how much memory they use.
func measuredBy(memory map[string]int) map[string]http.HandlerFunc {
	server := map[string]http.HandlerFunc{"GET /api/v1/pods": pods()}
	var all []corev1.Node
	for _, name := range slices.Sorted(maps.Keys(memory)) { // as the API server lists them
		all = append(all, node(name, holding("1000", "4")))
		server[proxyTo(name, resourcePath)] = uses(memory[name])
	}
	server[nodesPath] = nodes(all...)
	return server
}

const forbidden = `nodes "a" is forbidden: User "u" cannot get resource "nodes/proxy" in API group "" at the cluster scope`

func notPermitted() http.HandlerFunc {
	return serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, forbidden)
}

func nodeMetrics(name, cpu, memory string) metricsv1beta1.NodeMetrics {
	return metricsv1beta1.NodeMetrics{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Timestamp: metav1.Now(), Window: metav1.Duration{Duration: 20 * time.Second},
		Usage: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)},
	}
}

func metricsOf(items ...metricsv1beta1.NodeMetrics) http.HandlerFunc {
	return serve(metricsv1beta1.NodeMetricsList{TypeMeta: metav1.TypeMeta{APIVersion: "metrics.k8s.io/v1beta1", Kind: "NodeMetricsList"}, Items: items})
}

const nodeMetricsPath = "GET /apis/metrics.k8s.io/v1beta1/nodes"

var clockTime = regexp.MustCompile(`\d\d:\d\d:\d\d`)

func TestPreview(t *testing.T) {
	withQuery := strings.Replace(memoryRules, "builtin: memory}]", "builtin: memory}, {name: power, query: node_power_watts}]", 1)
	cases := map[string]struct {
		rules    string
		server   map[string]http.HandlerFunc
		flags    []string
		wantCode int
		// want is compared as a whole, but for the time. wants are parts.
		want           string
		wants, wantErr []string
	}{
		"kubelets": {
			server: with(measuredBy(map[string]int{"cool": 100, "hot": 950, "in-band": 870, "warm": 840}), map[string]http.HandlerFunc{
				"GET /api/v1/pods": pods(podOn("hot", "web"), podOn("hot", "web"), podOn("hot", "other"), podOn("cool", "web"), podOn("", "web")),
			}),
			want: `4 nodes, measured at TIME by the kubelets, through the API server

below-the-line: about 4 nodes, for 3 placed and 1 waiting pods of loadline-scheduler

RULE   LINE                          OVER   PENDING   UNDECIDED   UNKNOWN   REFUSED   EVICTION DUE    TAINTED   LABELLED
hot    memory above 90%, clear 85%   1      0         1           0         1         1 (of 2 pods)   1         1
warm   memory above 80%, for 1m      0      3         -           0         0         -               -         -

pending: the conditions hold now, and nothing is known of how long they have; --duration sees more
undecided: between the threshold and clear, so it depends on what was before, of which nothing is known; new pods are not refused

NODE      MEMORY   SCORE   RULES
hot       95.0%    -       hot (refused, eviction due, tainted, labelled), warm (pending)
in-band   87.0%    13      hot (undecided), warm (pending)
warm      84.0%    16      warm (pending)
cool      10.0%    90      -
`,
		},
		"rules that evict in other ways": {
			rules: strings.NewReplacer("    evict: {}\n", "    evict: {for: 5m, all: true}\n", "    for: 1m\n    reject: {}\n", `    evict: {order: Fewest}
  - name: busy
    when: [{metric: power, above: 80}]
    evict: {step: 2, orderBy: memory}
  - name: busier
    when: [{metric: power, above: 80}]
    evict: {}
  - name: busiest
    when: [{metric: power, above: 80}]
    evict: {all: true}
`).Replace(strings.Replace(memoryRules, "builtin: memory}]", "builtin: memory}, {name: power, query: 1000 * node_memory_working_set_bytes / 1000}]", 1)),
			server: with(measuredBy(map[string]int{"cool": 70, "hot": 950, "warm": 840}), map[string]http.HandlerFunc{
				"GET /api/v1/pods": pods(podOn("hot", "web"), podOn("hot", "web"), podOn("hot", "web"), podOn("warm", "web"), podOn("cool", "web")),
			}),
			wants: []string{`
hot       memory above 90%, clear 85%, evict for 5m (all)       1      0         0         1         0                         1         1
warm      memory above 80%, evict (the fewest)                  2      0         0         -         2 (of 4 pods)             -         -
busy      power above 80, evict (2 at a time by memory)         2      0         0         -         2 (at most 3 of 4 pods)   -         -
busier    power above 80, evict (1 at a time by requests.cpu)   2      0         0         -         2 (at most 2 of 4 pods)   -         -
busiest   power above 80, evict (all)                           2      0         0         -         2 (at most 4 of 4 pods)   -         -
`},
		},
		"wide": {
			server: measuredBy(map[string]int{"hot": 950}), flags: []string{"-o", "wide"},
			wants: []string{
				"NODE   MEMORY   AGE   SCORE   RULES                                                            TAINTS                              LABELS\n",
				"loadline.dev/hot:PreferNoSchedule   loadline.dev/hot=memory\n",
			},
		},
		"a kubelet that cannot be read": {
			server: with(measuredBy(map[string]int{"a": 100, "b": 100, "c": 100}), map[string]http.HandlerFunc{
				proxyTo("b", resourcePath): unreachable("dial tcp: connection refused"), proxyTo("c", resourcePath): hangs,
			}),
			flags: []string{"--timeout=200ms"},
			wants: []string{
				"1 node not read: b: the API server cannot reach the kubelet: dial tcp: connection refused\n", "1 node not read: c: no answer within 200ms\n",
				"\"kubectl loadline preflight\" tells what to do about that\n",
				"hot    memory above 90%, clear 85%   0      0         2         0",
				"\nb      -        0       hot (unknown), warm (unknown)\n",
			},
		},
		"no kubelet that can be read": {
			rules: strings.Replace(memoryRules, "spec:", "spec:\n  nodeSelector: {matchLabels: {pool: web}}", 1),
			server: with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{
				nodesPath:                  nodes(node("a", holding("1000", "4")), node("b", func(node *corev1.Node) { node.Labels = map[string]string{"pool": "web"} })),
				proxyTo("b", resourcePath): unreachable("dial tcp: connection refused"),
			}),
			wantCode: 1,
			wants:    []string{"below-the-line: about 1 node,", "metric memory is not measured: none of its nodes could be read\n", "\na      10.0%    50      -\nb      -        0       hot (unknown), warm (unknown)\n"},
		},
		"an exempt node that can be measured": {
			server: with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{nodesPath: nodes(node("a", holding("1000", "4"), virtual))}),
			wants:  []string{"1 node, measured", "\na      10.0%    90      -\n"},
		},
		"many nodes": {
			server: func() map[string]http.HandlerFunc {
				memory := map[string]int{}
				for i := range 300 {
					memory[fmt.Sprintf("n%03d", i)] = i
				}
				memory["n150"] = 999
				return measuredBy(memory)
			}(),
			wants: []string{
				"300 nodes, measured", "\nn150   99.9%    -       hot (refused, eviction due, tainted, labelled), warm (pending)\nn299   29.9%    70      -\nn298   29.8%",
				"These are 20 of 300 nodes: those over a line, then those nearest to one. --all shows all.\n",
			},
		},
		"an exempt node": {
			server: with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{
				nodesPath: nodes(node("a", holding("1000", "4")), node("b", virtual)),
			}),
			wants: []string{"2 nodes (1 of them exempt, since nobody can measure them), measured", "\nb      -        50      exempt\n"},
		},
		"too hot": {
			rules:  strings.Replace(memoryRules, "    reject: {}\n    evict", "    reject: {maxNodes: 10%}\n    evict", 1),
			server: measuredBy(map[string]int{"a": 950, "b": 100}),
			wants:  []string{"hot refuses no node: more are over the line than its maxNodes allows", "\na      95.0%    0       hot (over, eviction due, tainted, labelled), warm (pending)\n"},
		},
		"only observing": {
			rules:  strings.Replace(memoryRules, "spec:", "spec:\n  mode: Observe", 1),
			server: measuredBy(map[string]int{"a": 950}),
			wants:  []string{"; it only observes, and would do nothing of this\n", "hot (refused, eviction due, tainted, labelled)"},
		},
		"several rule sets": {
			rules:  memoryRules + "---\n" + strings.Replace(memoryRules, "below-the-line", "other", 1),
			server: measuredBy(map[string]int{"a": 950}),
			wants:  []string{"below-the-line/hot ", "other/hot ", "NODE   MEMORY   SCORE   RULES\na      95.0%    -       below-the-line/hot (refused,"},
		},
		"preferences alone": {
			rules:  good,
			server: measuredBy(map[string]int{"a": 950, "b": 100}),
			want: `2 nodes, measured at TIME by the kubelets, through the API server

good: about 2 nodes, for 0 placed and 0 waiting pods of loadline-scheduler

NODE   MEMORY   SCORE   RULES
b      10.0%    90      -
a      95.0%    5       -
`,
		},
		"pods that no rule is for": {
			rules: strings.Replace(memoryRules, "spec:", "spec:\n  namespaceSelector: {matchLabels: {team: web}}\n  priorityClassNames: [normal, high]", 1),
			server: with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{
				"GET /api/v1/namespaces": serve(corev1.NamespaceList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NamespaceList"}, Items: []corev1.Namespace{
					{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "web"}}},
					{ObjectMeta: metav1.ObjectMeta{Name: "other"}},
				}}),
				"GET /api/v1/pods": pods(
					in("shop", podOn("a", "web")),
					in("other", podOn("a", "web")),
					in("shop", podOn("a", "other")),
					in("shop", podOn("a", "web"), func(pod *corev1.Pod) { pod.Spec.PriorityClassName = "low" }),
					in("shop", podOn("a", "web"), func(pod *corev1.Pod) { pod.Spec.Priority = ptr.To(int32(2_000_000_000)) }),
					in("shop", podOn("a", "web"), func(pod *corev1.Pod) {
						pod.OwnerReferences = []metav1.OwnerReference{{Kind: "DaemonSet", Controller: ptr.To(true)}}
					}),
					in("shop", podOn("", "web"), func(pod *corev1.Pod) { pod.Spec.PriorityClassName = "high" }),
				),
			}),
			wants: []string{"below-the-line: about 1 node, for 1 placed and 1 waiting pods of loadline-scheduler\n"},
		},
		"pods of another scheduler": {
			server: with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{
				"GET /api/v1/pods": func(w http.ResponseWriter, r *http.Request) {
					if r.FormValue("fieldSelector") == "spec.schedulerName=default-scheduler,status.phase!=Succeeded,status.phase!=Failed" {
						pods(podOn("a", "web"))(w, r)
					}
				},
			}),
			flags: []string{"--scheduler-name=default-scheduler"},
			wants: []string{"for 1 placed and 0 waiting pods of default-scheduler\n"},
		},
		"no permission to list pods": {
			server: with(measuredBy(map[string]int{"a": 950}), map[string]http.HandlerFunc{"GET /api/v1/pods": serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "pods is forbidden")}),
			wants:  []string{"pods are not counted: listing pods: pods is forbidden\n", "below-the-line: about 1 node\n"},
		},
		"a query that needs more": {
			rules: withQuery, server: measuredBy(map[string]int{"a": 950}), wantCode: 1,
			wants: []string{"metric power is not measured: node_power_watts is not among what kubelets tell: this query needs a Prometheus server that has it (--prometheus-url)\n", "NODE   MEMORY   POWER   SCORE"},
		},
		"a built-in that kubelets do not tell": {
			rules: strings.Replace(memoryRules, "builtin: memory", "builtin: swap", 1), server: measuredBy(map[string]int{"a": 950}), wantCode: 1,
			wants: []string{"metric memory is not measured: no kubelet tells node_swap_usage_bytes\n"},
		},
		"the metrics API instead": {
			server: with(measuredBy(map[string]int{"a": 100, "b": 100}), map[string]http.HandlerFunc{
				proxyTo("a", resourcePath): notPermitted(), nodeMetricsPath: metricsOf(nodeMetrics("a", "1", "950"), nodeMetrics("b", "1", "100")),
			}),
			wants: []string{
				"2 nodes, measured at TIME by the metrics API (metrics.k8s.io)\nkubelets cannot be asked through the API server: " + forbidden + "\n",
				"\na      95.0%    -       hot (refused,", "\nb      10.0%    90      -\n",
			},
		},
		"the metrics API as asked for": {
			rules:  strings.Replace(memoryRules, "{name: memory, builtin: memory}", "{name: memory, builtin: cpu}", 1),
			server: with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{nodeMetricsPath: metricsOf(nodeMetrics("a", "3800m", "1"))}), flags: []string{"--source=metrics-api"},
			wants: []string{"1 node, measured at TIME by the metrics API (metrics.k8s.io)\n", "\na      95.0%    -       hot (refused,"},
		},
		"the metrics API, which lacks a metric": {
			rules:  strings.Replace(withQuery, "builtin: memory", "builtin: swap", 1),
			server: with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{nodeMetricsPath: metricsOf(nodeMetrics("a", "1", "1"))}), flags: []string{"--source=metrics-api"},
			wantCode: 1,
			wants: []string{
				"metric memory is not measured: the metrics API has only cpu and memory: measure with --source kubelets or --prometheus-url\n",
				"metric power is not measured: the metrics API does not have node_power_watts: this query needs a Prometheus server that has it (--prometheus-url)\n",
			},
		},
		"nothing measures": {
			server:   with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{proxyTo("a", resourcePath): notPermitted()}),
			wantCode: 2, wantErr: []string{"error: nothing measures the nodes: kubelets cannot be asked through the API server (" + forbidden + "), and asking the metrics API (metrics.k8s.io): "},
		},
		"kubelets as asked for, without permission": {
			server: with(measuredBy(map[string]int{"a": 100}), map[string]http.HandlerFunc{proxyTo("a", resourcePath): notPermitted()}), flags: []string{"--source=kubelets"},
			wantCode: 2, wantErr: []string{"error: asking kubelets through the API server: " + forbidden + "\n"},
		},
		"no nodes":             {server: measuredBy(nil), wants: []string{"0 nodes, measured at TIME", "NODE   MEMORY   SCORE   RULES\n"}},
		"rules with mistakes":  {rules: strings.Replace(memoryRules, "above: 80%", "abovee: 80%", 1), server: measuredBy(nil), wantCode: 1, wantErr: []string{`-:15: unknown field "spec.rules[1].when[0].abovee"`}},
		"no rules":             {rules: "kind: Namespace\n", server: measuredBy(nil), wantCode: 2, wantErr: []string{"error: there is no RuleSet in the files"}},
		"the same rules twice": {rules: good + "---\n" + good, server: measuredBy(nil), wantCode: 2, wantErr: []string{`error: there are two rule sets "good"`}},
		"an unknown source":    {server: measuredBy(nil), flags: []string{"--source=thermometer"}, wantCode: 2, wantErr: []string{`error: unknown source "thermometer": give kubelets, metrics-api or prometheus`}},
		"a source without URL": {server: measuredBy(nil), flags: []string{"--source=prometheus"}, wantCode: 2, wantErr: []string{"error: --source prometheus needs --prometheus-url"}},
		"a bad URL":            {server: measuredBy(nil), flags: []string{"--prometheus-url=localhost:9090"}, wantCode: 2, wantErr: []string{"error: --prometheus-url: telemetry.prometheus.url: "}},
		"two sources":          {server: measuredBy(nil), flags: []string{"--source=kubelets", "--prometheus-url=http://x"}, wantCode: 2, wantErr: []string{"exclude each other"}},
		"negative duration":    {server: measuredBy(nil), flags: []string{"--duration=-1s"}, wantCode: 2, wantErr: []string{"error: --duration must not be negative\n"}},
		"no configuration":     {server: measuredBy(nil), flags: []string{"--config=none.yaml"}, wantCode: 2, wantErr: []string{"error: reading --config: open none.yaml: no such file or directory\n"}},
		"not a configuration":  {server: measuredBy(nil), flags: []string{"--config=testdata/metrics.yaml"}, wantCode: 2, wantErr: []string{"error: reading --config testdata/metrics.yaml: "}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			temporary := t.TempDir()
			t.Setenv("TMPDIR", temporary)
			rules := tc.rules
			if rules == "" {
				rules = memoryRules
			}
			code, out, errOut := run(t, rules, append([]string{"preview", "-f", "-", apiServer(t, tc.server)}, tc.flags...)...)
			out = clockTime.ReplaceAllString(out, "TIME")
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d", code, tc.wantCode)
			}
			if diff := cmp.Diff(tc.want, out); tc.want != "" && diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			mustContain(t, out, tc.wants)
			mustContain(t, errOut, tc.wantErr)
			if len(tc.wantErr) == 0 && errOut != "" {
				t.Errorf("got errors %q", errOut)
			}
			mustBeEmpty(t, temporary)
		})
	}
}

func mustBeEmpty(t *testing.T, directory string) {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "loadline-") {
			t.Errorf("%s was left behind", entry.Name())
		}
	}
}

// prometheus answers queries with the numbers of nodes, as of a while ago.
func prometheus(t *testing.T, age time.Duration, answers map[string]map[string]float64) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		expression := r.FormValue("query")
		result := []any{}
		add := func(node string, value float64) {
			result = append(result, map[string]any{"metric": map[string]string{"node": node}, "value": []any{float64(time.Now().Unix()), fmt.Sprint(value)}})
		}
		for query, values := range answers {
			for node, value := range values {
				switch {
				case expression == query:
					add(node, value)
				case strings.Contains(expression, "timestamp("+query+")"):
					add(node, float64(time.Now().Add(-age).Unix()))
				}
			}
		}
		writeJSON(w, http.StatusOK, map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": result}})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestPreviewByPrometheus(t *testing.T) {
	rules := strings.Replace(memoryRules, "builtin: memory}", "query: node_heat, resource: example.com/heat}", 1)
	server := measuredBy(map[string]int{"a": 100, "b": 100})
	url := prometheus(t, 20*time.Second, map[string]map[string]float64{"node_heat": {"a": 0.95, "b": 0.5}, "node_load": {"a": 0.5, "b": 0.99}})

	t.Run("as asked for", func(t *testing.T) {
		code, out, errOut := run(t, rules, "preview", "-f", "-", "-o", "wide", "--prometheus-url", url, apiServer(t, server))
		if code != 0 || errOut != "" {
			t.Errorf("got exit code %d and errors %q", code, errOut)
		}
		mustContain(t, out, []string{"by the Prometheus server " + url + "\n", "\na      95.0%    ", " -       hot (refused,", "\nb      50.0%    "})
	})
	t.Run("as the scheduler is configured", func(t *testing.T) {
		config := filepath.Join(t.TempDir(), "config.yaml")
		text := `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: loadline-scheduler
  pluginConfig:
  - name: NodeResourcesFit
    args: {}
  - name: Loadline
    args:
      apiVersion: loadline.dev/v1alpha1
      kind: LoadlineArgs
      telemetry:
        prometheus: {url: "` + url + `"}
        builtins: {memory: node_load}
`
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errOut := run(t, memoryRules, "preview", "-f", "-", "--config", config, apiServer(t, server))
		if code != 0 || errOut != "" {
			t.Errorf("got exit code %d and errors %q", code, errOut)
		}
		mustContain(t, out, []string{"\nb      99.0%    -       hot (refused,"})
	})
	t.Run("without data", func(t *testing.T) {
		code, out, _ := run(t, strings.Replace(rules, "node_heat", "node_cold", 1), "preview", "-f", "-", "--prometheus-url", url, apiServer(t, server))
		if code != 1 {
			t.Errorf("got exit code %d, want 1", code)
		}
		mustContain(t, out, []string{"metric memory is not measured: the query finds nothing\n"})
	})
	t.Run("about other nodes", func(t *testing.T) {
		elsewhere := prometheus(t, 0, map[string]map[string]float64{"node_heat": {"x": 0.95}})
		code, out, _ := run(t, rules, "preview", "-f", "-", "--prometheus-url", elsewhere, apiServer(t, server))
		if code != 1 {
			t.Errorf("got exit code %d, want 1", code)
		}
		mustContain(t, out, []string{`metric memory is not measured: its series name no node of this cluster: for example {node="x"}`})
	})
	t.Run("that is down", func(t *testing.T) {
		code, out, _ := run(t, rules, "preview", "-f", "-", "--prometheus-url", "http://127.0.0.1:1", apiServer(t, server))
		if code != 1 {
			t.Errorf("got exit code %d, want 1", code)
		}
		mustContain(t, out, []string{"metric memory is not measured: running the query: asking http://127.0.0.1:1: ", "connection refused"})
	})
}

// A preview only reads, whatever it measures with.
func TestPreviewOnlyReads(t *testing.T) {
	for _, source := range []string{"", "kubelets", "metrics-api"} {
		server := with(measuredBy(map[string]int{"a": 950}), map[string]http.HandlerFunc{nodeMetricsPath: metricsOf(nodeMetrics("a", "1", "950"))})
		server["POST /"] = func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s", r.Method, r.URL) }
		for _, method := range []string{"PUT", "PATCH", "DELETE"} {
			server[method+" /"] = server["POST /"]
		}
		if code, out, errOut := run(t, memoryRules, "preview", "-f", "-", "--source", source, apiServer(t, server)); code != 0 {
			t.Errorf("source %q: got exit code %d and\n%s%s", source, code, out, errOut)
		}
	}
}

func TestPreviewAsJSON(t *testing.T) {
	server := measuredBy(map[string]int{"cool": 100, "hot": 950})
	code, out, errOut := run(t, memoryRules, "preview", "-f", "-", "-o", "json", apiServer(t, server))
	var result preview.Result
	if err := json.Unmarshal([]byte(out), &result); err != nil || code != 0 {
		t.Fatalf("got exit code %d, errors %q and %v", code, errOut, err)
	}
	score := int64(90)
	broken := []preview.Broken{
		{RuleSet: "below-the-line", Rule: "hot", State: "InForce", Refused: true, EvictionDue: true, Taint: "loadline.dev/hot:PreferNoSchedule", Labels: map[string]string{"loadline.dev/hot": "memory"}},
		{RuleSet: "below-the-line", Rule: "warm", State: "Pending"},
	}
	want := []preview.Node{{Name: "hot", Broken: broken}, {Name: "cool", Score: &score, Broken: []preview.Broken{}}}
	for i := range result.Nodes {
		got := &result.Nodes[i]
		if len(got.Values) != 1 || got.Values[0].Value == nil || got.Headroom == nil || (*got.Headroom < 0) != (got.Name == "hot") {
			t.Errorf("node %s: got values %+v and headroom %v", got.Name, got.Values, got.Headroom)
		}
		got.Values, got.Headroom = nil, nil
	}
	if diff := cmp.Diff(want, result.Nodes); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

// With an interval of one second it takes two to three until rates are known, and
// until what has to last one has lasted.
func TestPreviewOverTime(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\ntelemetry: {interval: 1s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("rates", func(t *testing.T) {
		start := time.Now().Add(-time.Hour).UnixMilli()
		server := with(measuredBy(map[string]int{"a": 1}), map[string]http.HandlerFunc{
			proxyTo("a", resourcePath): func(w http.ResponseWriter, r *http.Request) {
				// Two of four cores are busy. The kubelet measured a while ago.
				at := time.Now().Add(-100 * time.Millisecond).UnixMilli()
				kubelet(http.StatusOK, fmt.Sprintf("node_cpu_usage_seconds_total %f %d\n", 2*float64(at-start)/1000, at))(w, r)
			},
		})
		code, out, errOut := run(t, strings.Replace(memoryRules, "builtin: memory", "builtin: cpu", 1), "preview", "-f", "-", "--config", config, apiServer(t, server))
		if code != 0 {
			t.Errorf("got exit code %d", code)
		}
		mustContain(t, out, []string{"\na      50.0%    50      -\n"})
		mustContain(t, errOut, []string{"measuring again at ", "since rates need two readings\n"})
	})
	t.Run("what has to last", func(t *testing.T) {
		rules := strings.Replace(memoryRules, "for: 1m", "for: 1s", 1)
		code, out, errOut := run(t, rules, "preview", "-f", "-", "--config", config, "--duration=2s", apiServer(t, measuredBy(map[string]int{"a": 820})))
		if code != 0 {
			t.Errorf("got exit code %d", code)
		}
		mustContain(t, out, []string{"\na      82.0%    -       warm (refused)\n"})
		mustContain(t, errOut, []string{"to measure for as long as --duration says\n"})
	})
	t.Run("interrupted", func(t *testing.T) {
		temporary := t.TempDir()
		t.Setenv("TMPDIR", temporary)
		ctx, interrupt := context.WithCancel(t.Context())
		streams, stdin, _, stderr := genericiooptions.NewTestIOStreams()
		stdin.WriteString(memoryRules)
		server := measuredBy(map[string]int{"a": 820})
		server["GET /api/v1/pods"] = func(http.ResponseWriter, *http.Request) { t.Error("it went on") }
		read := server[proxyTo("a", resourcePath)]
		server[proxyTo("a", resourcePath)] = func(w http.ResponseWriter, r *http.Request) {
			read(w, r)
			context.AfterFunc(r.Context(), interrupt) // after the answer
		}
		code := cli.Run(ctx, []string{"preview", "-f", "-", "--duration=1h", apiServer(t, server)}, streams)
		if code != 2 {
			t.Errorf("got exit code %d and errors %q, want 2", code, stderr)
		}
		mustBeEmpty(t, temporary)
	})
}
