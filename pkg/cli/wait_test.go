// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

const (
	statusPath = "GET /api/v1/namespaces/loadline-system/configmaps/loadline-status"
	rulesPath  = "GET /api/v1/namespaces/loadline-system/configmaps"
	leasePath  = "GET /apis/coordination.k8s.io/v1/namespaces/loadline-system/leases/loadline-scheduler"
)

// status is the ConfigMap in which the scheduler says this.
func status(said ...v1alpha1.RuleSetStatus) http.HandlerFunc {
	text, err := yaml.Marshal(v1alpha1.RulesStatus{RuleSets: said})
	if err != nil {
		panic(err)
	}
	return serve(configMap("loadline-status", map[string]string{"status.yaml": string(text)}))
}

func said(text string, state v1alpha1.RuleSetState) v1alpha1.RuleSetStatus {
	return v1alpha1.RuleSetStatus{
		Name: v1alpha1.RuleSetName([]byte(text)), ConfigMap: "rules", Key: "a.yaml",
		ContentHash: v1alpha1.ContentHash(text), State: state,
	}
}

func lease(renewed time.Time) http.HandlerFunc {
	return serve(coordinationv1.Lease{
		TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
		Spec: coordinationv1.LeaseSpec{
			LeaseDurationSeconds: ptr.To(int32(15)), RenewTime: &metav1.MicroTime{Time: renewed},
		},
	})
}

func applied(texts ...string) http.HandlerFunc {
	list := corev1.ConfigMapList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMapList"}}
	for _, text := range texts {
		list.Items = append(list.Items, configMap("rules", map[string]string{"a.yaml": text}))
	}
	return serve(list)
}

func TestWait(t *testing.T) {
	other := strings.Replace(good, "Lower", "Higher", 1)
	refused := said(good, v1alpha1.Refused)
	refused.Error, refused.LastGood = "spec.rules[0]: Required value", true
	superseded := said(good, v1alpha1.Superseded)
	superseded.SupersededBy = "newer/a.yaml"
	bad := "\nkind: RuleSet\nmetadata: {}\n"
	refusedWithoutName := said(bad, v1alpha1.Refused)
	refusedWithoutName.Error = "apiVersion: Invalid value"
	indented := strings.ReplaceAll(strings.TrimSuffix(good, "\n"), "\n", "\n    ") + "\n"

	cases := map[string]struct {
		in       string
		server   map[string]http.HandlerFunc
		flags    []string
		wantCode int
		wantOut  string
		wantErr  string
	}{
		"in force": {
			in: good, server: map[string]http.HandlerFunc{statusPath: status(said(good, v1alpha1.InForce))},
			wantOut: "good: in force\n",
		},
		"in force later": {
			in: good, flags: []string{"--timeout=1m"},
			server: map[string]http.HandlerFunc{statusPath: inTurn(
				serveStatus(http.StatusNotFound, metav1.StatusReasonNotFound, "none"), status(said(other, v1alpha1.InForce)), status(said(good, v1alpha1.InForce)),
			)},
			wantOut: "good: in force\n",
		},
		"in force as the whole of a file": {
			in:      "# Whose rules these are.\n---\n" + good,
			server:  map[string]http.HandlerFunc{statusPath: status(said("# Whose rules these are.\n---\n"+good, v1alpha1.InForce))},
			wantOut: "good: in force\n",
		},
		"in force in a ConfigMap": {
			in:      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: rules, labels: {loadline.dev/rules: \"true\"}}\ndata:\n  a.yaml: |\n    " + indented,
			server:  map[string]http.HandlerFunc{statusPath: status(said(good, v1alpha1.InForce))},
			wantOut: "good: in force\n",
		},
		"in force, where another object of the same content is superseded": {
			in: good, server: map[string]http.HandlerFunc{statusPath: status(superseded, said(good, v1alpha1.InForce), superseded)},
			wantOut: "good: in force\n",
		},
		"in force, of a scheduler that is gone": {
			in: good, server: map[string]http.HandlerFunc{
				statusPath: status(said(good, v1alpha1.InForce)),
				leasePath:  lease(time.Now().Add(-3 * time.Hour)),
			},
			wantOut: "good: in force\n",
			wantErr: "warning: loadline-scheduler seems not to be running (lease loadline-scheduler was last renewed 3h ago)\n",
		},
		"refused at once": {
			in: good, flags: []string{"--timeout=1h"},
			server:   map[string]http.HandlerFunc{statusPath: status(refused)},
			wantCode: 1, wantOut: "good: refused, the last good content stays in force: spec.rules[0]: Required value\n",
		},
		"refused at once, whatever becomes of others": {
			in: good + "---\n" + other, flags: []string{"--timeout=1h"},
			server:   map[string]http.HandlerFunc{statusPath: status(refused)},
			wantCode: 1, wantOut: "good: refused, the last good content stays in force: spec.rules[0]: Required value\n",
		},
		"refused without a name": {
			in: bad, server: map[string]http.HandlerFunc{statusPath: status(refusedWithoutName)},
			wantCode: 1, wantOut: "-:2: refused, nothing is in force in its place: apiVersion: Invalid value\n",
		},
		"refused in an earlier edit": {
			in: other, flags: []string{"--timeout=1m"},
			server:  map[string]http.HandlerFunc{statusPath: inTurn(status(refused), status(said(other, v1alpha1.InForce)))},
			wantOut: "good: in force\n",
		},
		"no scheduler": {
			in: good, wantCode: 1,
			wantOut: "good: not in force: no scheduler has written ConfigMap loadline-status in namespace \"loadline-system\": is loadline-scheduler running, and is this the namespace of its rules?\n",
		},
		"no scheduler in time": {
			in: good, flags: []string{"--timeout=1s", "-n", "elsewhere"}, wantCode: 1,
			wantOut: "good: not in force after 1s: no scheduler has written ConfigMap loadline-status in namespace \"elsewhere\": is loadline-scheduler running, and is this the namespace of its rules?\n",
		},
		"not applied": {
			in: good, server: map[string]http.HandlerFunc{statusPath: status(said(other, v1alpha1.InForce)), rulesPath: applied(other)},
			wantCode: 1,
			wantOut:  "good: not in force: no ConfigMap in namespace \"loadline-system\" with the label loadline.dev/rules=true holds exactly this: was it applied?; under this name it has other content, from ConfigMap rules, key a.yaml (InForce)\n",
		},
		"not read": {
			in: good, server: map[string]http.HandlerFunc{statusPath: status(), rulesPath: applied(good), leasePath: lease(time.Now().Add(-3 * time.Hour))},
			wantCode: 1,
			wantOut:  "good: not in force: the scheduler has not read ConfigMap rules yet: is loadline-scheduler running? (lease loadline-scheduler was last renewed 3h ago)\n",
		},
		"not read, and nothing more may be looked at": {
			in: good, server: map[string]http.HandlerFunc{statusPath: status(), rulesPath: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "no")},
			wantCode: 1, wantOut: "good: not in force: the scheduler has not read it yet\n",
		},
		"superseded": {
			in: good, server: map[string]http.HandlerFunc{statusPath: status(superseded)},
			wantCode: 1, wantOut: "good: not in force: superseded by key newer/a.yaml, which is newer and holds a rule set of the same name\n",
		},
		"forbidden": {
			in: good, flags: []string{"--timeout=1h"},
			server:   map[string]http.HandlerFunc{statusPath: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "not for you")},
			wantCode: 2, wantErr: "error: reading ConfigMap loadline-system/loadline-status: not for you\n",
		},
		"trouble that passes": {
			in: good, flags: []string{"--timeout=1m"},
			server: map[string]http.HandlerFunc{statusPath: inTurn(
				serveStatus(http.StatusInternalServerError, metav1.StatusReasonInternalError, "etcd is slow"),
				serveStatus(http.StatusInternalServerError, metav1.StatusReasonInternalError, "etcd is slow"),
				status(said(good, v1alpha1.InForce)),
			)},
			wantOut: "good: in force\n", wantErr: "reading ConfigMap loadline-system/loadline-status: etcd is slow; trying again\n",
		},
		"trouble that stays": {
			in: good, server: map[string]http.HandlerFunc{statusPath: serve(configMap("loadline-status", map[string]string{"status.yaml": "["}))},
			wantCode: 1,
			wantOut:  "good: not in force: reading status.yaml of ConfigMap loadline-system/loadline-status: error converting YAML to JSON: yaml: line 1: did not find expected node content\n",
			wantErr:  "reading status.yaml of ConfigMap loadline-system/loadline-status: error converting YAML to JSON: yaml: line 1: did not find expected node content; trying again\n",
		},
		"nothing of ours":   {in: "kind: Namespace\n", wantCode: 2, wantErr: "error: there is no RuleSet in the files, nor a ConfigMap with one\n"},
		"no YAML":           {in: "a: [\n", wantCode: 2, wantErr: "error: -:1: yaml: did not find expected node content\n"},
		"no file":           {flags: []string{"--filename=none.yaml"}, wantCode: 2, wantErr: "error: reading rules: open none.yaml: no such file or directory\n"},
		"less than no time": {in: good, flags: []string{"--timeout=-1s"}, wantCode: 2, wantErr: "error: --timeout must not be negative\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			arguments := []string{"wait", "--timeout=0", apiServer(t, tc.server)}
			if tc.in != "" {
				arguments = append(arguments, "-f", "-")
			}
			code, out, errOut := run(t, tc.in, append(arguments, tc.flags...)...)
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d", code, tc.wantCode)
			}
			if diff := cmp.Diff(tc.wantOut, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.wantErr, errOut); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

// Where several are waited for, each is told of once, in the order in which the
// scheduler takes them.
func TestWaitForSeveral(t *testing.T) {
	other := strings.Replace(good, "name: good", "name: other", 1)
	server := apiServer(t, map[string]http.HandlerFunc{statusPath: inTurn(
		status(said("---\n"+other, v1alpha1.InForce)), status(said(good, v1alpha1.InForce), said("---\n"+other, v1alpha1.InForce)),
	)})
	code, out, _ := run(t, good+"---\n"+other, "wait", "-f", "-", server)
	if want := "other: in force\ngood: in force\n"; code != 0 || out != want {
		t.Errorf("got exit code %d and %q, want 0 and %q", code, out, want)
	}
}

func TestNoCluster(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("KUBECONFIG", "")
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	elsewhere := kubeconfig(t, "http://127.0.0.1:1")
	cases := map[string]struct {
		flags []string
		want  string
	}{
		"no kubeconfig":          {want: "error: finding the cluster: there is no kubeconfig: give --kubeconfig, or set KUBECONFIG\n"},
		"kubeconfig not there":   {flags: []string{"--kubeconfig=/none"}, want: "error: finding the cluster: stat /none: no such file or directory\n"},
		"context not there":      {flags: []string{elsewhere, "--context=none"}, want: "error: finding the cluster: context \"none\" does not exist\n"},
		"API server not running": {flags: []string{elsewhere}, want: "connect: connection refused\n"},
	}
	for name, tc := range cases {
		for _, command := range []string{"preflight", "preview -f -"} {
			t.Run(command+" "+name, func(t *testing.T) {
				code, out, errOut := run(t, good, append(strings.Fields(command), tc.flags...)...)
				if code != 2 || out != "" || !strings.HasSuffix(errOut, tc.want) {
					t.Errorf("got exit code %d, output %q and errors %q, want 2, none and %q", code, out, errOut, tc.want)
				}
			})
		}
	}
}
