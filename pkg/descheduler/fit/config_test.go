// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package fit

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	extenderv1 "k8s.io/kube-scheduler/extender/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

func TestProfiles(t *testing.T) {
	const configuration = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: everywhere
  plugins: {multiPoint: {enabled: [{name: Loadline}]}}
- schedulerName: without
- schedulerName: filter
  plugins: {preFilter: {enabled: [{name: Loadline}]}, filter: {enabled: [{name: Loadline}]}}
`
	if diff := cmp.Diff([]string{"everywhere", "filter"}, Profiles(load(t, configuration))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadConfigFails(t *testing.T) {
	const head = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n"
	cases := map[string]struct{ content, want string }{
		"an unknown field":     {head + "profile: []\n", `unknown field "profile"`},
		"another kind":         {"apiVersion: v1\nkind: Pod\n", `"Pod"`},
		"a name that is twice": {head + "profiles: [{schedulerName: a}, {schedulerName: a}]\n", "profiles[1].schedulerName: Duplicate value"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(file, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := LoadConfig(file)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("got error %v, want the file and %q in it", err, tc.want)
			}
		})
	}
}

func TestNewFails(t *testing.T) {
	cases := map[string]struct{ configuration, want string }{
		"wrong arguments of Loadline": {
			configuration: shipped + `  pluginConfig:
  - {name: Loadline, args: {apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs, ruleNamespace: x}}
`,
			want: `unknown field "ruleNamespace"`,
		},
		"a plugin of another binary": {
			configuration: shipped + `- schedulerName: other
  plugins: {filter: {enabled: [{name: Capacity}]}}
`,
			want: "Capacity",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client := fake.NewClientset()
			_, err := New(t.Context(), Settings{
				Config: load(t, tc.configuration), Client: client, Informers: informers.NewSharedInformerFactory(client, 0),
			})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want %q in it", err, tc.want)
			}
		})
	}
}

// Extenders are asked where a pod may go. They are never told to bind it.
func TestExtenders(t *testing.T) {
	cases := map[string]struct {
		ignorable bool
		refuse    map[string]string
		status    int
		want      string
		wantWhy   reason.Code
		wantMsg   string
	}{
		"it lets the pod pass":        {want: "b"},
		"it refuses the node":         {refuse: extenderv1.FailedNodesMap{"b": "no licence"}, wantWhy: NoNodeFits, wantMsg: "1 no licence"},
		"it fails":                    {status: http.StatusInternalServerError, wantWhy: NotDecided, wantMsg: "the scheduler failed"},
		"it fails, and may":           {ignorable: true, status: http.StatusInternalServerError, want: "b"},
		"it may fail, but it refuses": {ignorable: true, refuse: extenderv1.FailedNodesMap{"b": "no licence"}, wantWhy: NoNodeFits, wantMsg: "1 no licence"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			verbs := map[string]bool{}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				verbs[r.URL.Path] = true
				mu.Unlock()
				if tc.status != 0 {
					w.WriteHeader(tc.status)
					return
				}
				var asked extenderv1.ExtenderArgs
				if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
					t.Error(err)
				}
				passed := []string{}
				for _, name := range *asked.NodeNames {
					if tc.refuse[name] == "" {
						passed = append(passed, name)
					}
				}
				if err := json.NewEncoder(w).Encode(extenderv1.ExtenderFilterResult{NodeNames: &passed, FailedNodes: tc.refuse}); err != nil {
					t.Error(err)
				}
			}))
			defer server.Close()
			configuration := shipped + "extenders: [{urlPrefix: '" + server.URL + "', filterVerb: filter, bindVerb: bind, preemptVerb: preempt, nodeCacheCapable: true, ignorable: " +
				map[bool]string{true: "true", false: "false"}[tc.ignorable] + "}]\n"
			p := pod("p", "a", "4").Obj()
			objects := cluster.Objects{Nodes: []*corev1.Node{node("a").Obj(), node("b").Obj()}, Pods: []*corev1.Pod{p}}
			fitter := newScheduler(t, configuration).begin(t, measured(t, loads{"a": 0.95, "b": 0.1}, hot), objects)
			got, why := place(t, fitter, p)
			if got != tc.want || why.Code != tc.wantWhy || !strings.Contains(why.Message, tc.wantMsg) {
				t.Errorf("got node %q and %q, want %q and %q with %q", got, why, tc.want, tc.wantWhy, tc.wantMsg)
			}
			if diff := cmp.Diff(map[string]bool{"/filter": true}, verbs); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}
