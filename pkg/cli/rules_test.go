// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/standing"
)

// ruleMap is a rule ConfigMap that was made hours ago, changed by the given functions.
func ruleMap(name string, hours int, data map[string]string, changes ...func(*corev1.ConfigMap)) corev1.ConfigMap {
	object := configMap(name, data)
	object.TypeMeta, object.CreationTimestamp, object.ResourceVersion = metav1.TypeMeta{}, metav1.NewTime(ago(hours)), "4711"
	for _, change := range changes {
		change(&object)
	}
	return object
}

// editedBy enters that a program has written a field.
func editedBy(manager string, hours int, fields string) func(*corev1.ConfigMap) {
	return func(object *corev1.ConfigMap) {
		at := metav1.NewTime(ago(hours))
		object.ManagedFields = append(object.ManagedFields, metav1.ManagedFieldsEntry{
			Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, Time: &at, FieldsV1: metav1.NewFieldsV1(fields),
		})
	}
}

// ruleMaps answers who lists the rule ConfigMaps.
func ruleMaps(items ...corev1.ConfigMap) http.HandlerFunc {
	list := corev1.ConfigMapList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMapList"}, Items: items}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("labelSelector") == "loadline.dev/rules=true" {
			serve(list)(w, r)
		}
	}
}

// statusOf is the ConfigMap in which the scheduler says this, with what it keeps.
func statusOf(t *testing.T, kept map[string]string, said ...v1alpha1.RuleSetStatus) http.HandlerFunc {
	t.Helper()
	text, err := yaml.Marshal(v1alpha1.RulesStatus{RuleSets: said})
	if err != nil {
		t.Fatal(err)
	}
	data := map[string]string{"status.yaml": string(text)}
	for name, text := range kept {
		data["last-good."+name] = text
	}
	return serve(configMap("loadline-status", data))
}

func saidOf(configMap, key, text string, state v1alpha1.RuleSetState, changes ...func(*v1alpha1.RuleSetStatus)) v1alpha1.RuleSetStatus {
	status := v1alpha1.RuleSetStatus{
		Name: v1alpha1.RuleSetName([]byte(text)), ConfigMap: configMap, Key: key, ContentHash: v1alpha1.ContentHash(text), State: state,
	}
	for _, change := range changes {
		change(&status)
	}
	return status
}

// ruleServer has one rule set in force, one of which a bad edit was refused, one that is
// superseded, one that nobody has read, and one that is gone.
func ruleServer(t *testing.T) map[string]http.HandlerFunc {
	t.Helper()
	bad := strings.Replace(heat, "above: 85", "above: hot", 1)
	const mistake = "spec.rules[0].when[0].above: Invalid value: \"hot\": must be a percentage, a decimal or a quantity, such as 90%, 0.9 or 200Mi"
	older := strings.Replace(belowTheLine, "90%", "95%", 1)
	broken := strings.ReplaceAll(strings.ReplaceAll(good, "good", "fresh"), "Lower", "Sideways")
	return map[string]http.HandlerFunc{
		rulesPath: ruleMaps(
			ruleMap("line", 30, map[string]string{"rules.yaml": belowTheLine},
				editedBy("kubectl-create", 30, `{"f:data":{".":{},"f:rules.yaml":{}}}`),
				editedBy("argocd-controller", 3, `{"f:data":{"f:rules.yaml":{}}}`),
				editedBy("kubectl-label", 1, `{"f:metadata":{"f:labels":{"f:team":{}}}}`)),
			ruleMap("heat", 50, map[string]string{"heat.yaml": bad}, editedBy("kubectl-edit", 2, `{"f:data":{"f:heat.yaml":{}}}`)),
			ruleMap("line-old", 90, map[string]string{"rules.yaml": older}),
			ruleMap("fresh", 1, map[string]string{"a.yaml": broken}),
		),
		statusPath: statusOf(t, map[string]string{"heat": heat, "below-the-line": belowTheLine},
			saidOf("line", "rules.yaml", belowTheLine, v1alpha1.InForce),
			saidOf("heat", "heat.yaml", bad, v1alpha1.Refused, func(s *v1alpha1.RuleSetStatus) { s.Error, s.LastGood = mistake, true }),
			saidOf("line-old", "rules.yaml", older, v1alpha1.Superseded, func(s *v1alpha1.RuleSetStatus) { s.SupersededBy = "line/rules.yaml" }),
			saidOf("gone", "a.yaml", good, v1alpha1.InForce),
		),
	}
}

func TestRules(t *testing.T) {
	local := judging(t, judged(t, belowTheLine, heat))
	nobody := inspected(t, http.NotFoundHandler())
	unread := map[string]http.HandlerFunc{rulesPath: ruleMaps(ruleMap("line", 3, map[string]string{"rules.yaml": belowTheLine}))}
	cases := map[string]struct {
		arguments []string
		server    map[string]http.HandlerFunc // default: ruleServer
		wantCode  int
		want      string
		wantErr   []string
	}{
		"all":                 {arguments: []string{"--local", local}, wantCode: 1, want: golden(t, "rules")},
		"all, wide":           {arguments: []string{"--local", local, "-o", "wide"}, wantCode: 1, want: golden(t, "rules-wide")},
		"one in force":        {arguments: []string{"below-the-line", "--local", local}, want: golden(t, "rules-one")},
		"one that is refused": {arguments: []string{"heat", "--local", local}, wantCode: 1, want: golden(t, "rules-refused")},
		"without a scheduler": {arguments: []string{"below-the-line", "--local", nobody}, want: golden(t, "rules-unmeasured"), wantErr: []string{"warning: what they come to is not known: asking the scheduler at "}},
		"that no scheduler wrote of": {arguments: []string{"--local", nobody, "--no-headers"}, server: unread, want: "below-the-line   Enforce   not read yet   line/rules.yaml   3h   -   -   -\n",
			wantErr: []string{"warning: no scheduler has written ConfigMap loadline-status in namespace \"loadline-system\": is loadline-scheduler running, and is this the namespace of its rules?\n"}},
		"one that there is not": {arguments: []string{"cold", "--local", local}, wantCode: 1, wantErr: []string{"no ConfigMap with the label loadline.dev/rules=true holds a rule set \"cold\": there are below-the-line, fresh, good, heat\n"}},
		"none at all":           {arguments: []string{"--local", local}, server: map[string]http.HandlerFunc{rulesPath: ruleMaps(), statusPath: statusOf(t, nil)}, wantErr: []string{"No rule sets found: label their ConfigMap loadline.dev/rules=true\n"}},
		"not to be read": {arguments: []string{"--local", local}, server: map[string]http.HandlerFunc{rulesPath: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "configmaps is forbidden")}, wantCode: 2,
			wantErr: []string{"error: listing rule ConfigMaps in namespace \"loadline-system\": configmaps is forbidden\n"}},
		"status not to be read": {arguments: []string{"--local", local, "--no-headers"}, server: map[string]http.HandlerFunc{rulesPath: unread[rulesPath], statusPath: serveStatus(http.StatusForbidden, metav1.StatusReasonForbidden, "no")},
			want: "below-the-line   Enforce   not read yet   line/rules.yaml   3h   -   -   -\n", wantErr: []string{"warning: what the scheduler says of them is not known: no\n"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.server == nil {
				tc.server = ruleServer(t)
			}
			code, out, errOut := run(t, "", append([]string{"rules", apiServer(t, tc.server)}, tc.arguments...)...)
			if code != tc.wantCode {
				t.Errorf("got exit code %d, want %d", code, tc.wantCode)
			}
			if diff := cmp.Diff(tc.want, out); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
			mustContain(t, errOut, tc.wantErr)
			if tc.wantErr == nil && errOut != "" {
				t.Errorf("got errors %q, want none", errOut)
			}
		})
	}
}

func TestRulesAsJSON(t *testing.T) {
	code, out, errOut := run(t, "", "rules", "-o", "json", "--local", judging(t, judged(t, belowTheLine, heat)), apiServer(t, ruleServer(t)))
	var report standing.Report
	if err := json.Unmarshal([]byte(out), &report); code != 1 || errOut != "" || err != nil {
		t.Fatalf("got exit code %d, errors %q and %v", code, errOut, err)
	}
	got := map[string]standing.State{}
	for _, set := range report.RuleSets {
		got[set.ConfigMap] = set.State
		if measured := set.ConfigMap == "line" || set.ConfigMap == "heat"; set.Measured != measured {
			t.Errorf("%s: measured %v, want %v", set.ConfigMap, set.Measured, measured)
		}
	}
	want := map[string]standing.State{"line": "InForce", "heat": "Refused", "line-old": "Superseded", "fresh": "Unread", "gone": "Gone"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

// An edit that the scheduler has not read is told as such, and what is in force
// meanwhile.
func TestRulesJustEdited(t *testing.T) {
	edited := belowTheLine + "# edited\n"
	server := map[string]http.HandlerFunc{
		rulesPath:  ruleMaps(ruleMap("line", 30, map[string]string{"rules.yaml": edited})),
		statusPath: statusOf(t, map[string]string{"below-the-line": belowTheLine}, saidOf("line", "rules.yaml", belowTheLine, v1alpha1.InForce)),
	}
	_, out, _ := run(t, "", "rules", "--local", judging(t, judged(t, belowTheLine)), apiServer(t, server))
	mustContain(t, out, []string{"not read yet, earlier content in force", "1 memory-above-90"})
}
