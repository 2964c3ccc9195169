// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestCompletion(t *testing.T) {
	for shell, want := range map[string]string{
		"bash": "complete -o default -F __start_kubectl-loadline kubectl-loadline", "zsh": "#compdef kubectl-loadline", "fish": "complete -c kubectl-loadline",
		"powershell": "Register-ArgumentCompleter -CommandName 'kubectl-loadline'", "kubectl": "exec kubectl loadline __complete \"$@\"\n",
	} {
		code, out, errOut := run(t, "", "completion", shell)
		if code != 0 || errOut != "" || !strings.Contains(out, want) {
			t.Errorf("%s: got exit code %d, errors %q and\n%.300s\nwant %q in it", shell, code, errOut, out, want)
		}
	}
	if code, _, errOut := run(t, "", "completion", "csh"); code != 2 || errOut != "error: there is no script for \"csh\": give kubectl, bash, zsh, fish or powershell\n" {
		t.Errorf("csh: got exit code %d and errors %q", code, errOut)
	}
}

// What comes next is proposed by the cluster.
func TestProposals(t *testing.T) {
	podList := corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}, Items: []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Name: "web-1"}}}}
	server := apiServer(t, map[string]http.HandlerFunc{
		"GET /api/v1/nodes":                nodesOf("", "ip-10-0-3-17", "ip-10-0-7-2", "gpu-1"),
		"GET /api/v1/namespaces/shop/pods": serve(podList),
		rulesPath:                          ruleMaps(ruleMap("rules", 1, map[string]string{"a": belowTheLine, "b": heat, "c": "no rules"})),
	})
	cases := map[string]struct {
		words []string
		want  []string
	}{
		"commands":                {words: []string{"ru"}, want: []string{"rules"}},
		"nodes to top":            {words: []string{"top", "ip-10-0-3-17", "ip"}, want: []string{"ip-10-0-7-2"}},
		"rule sets to top":        {words: []string{"top", "--rule-set", ""}, want: []string{"below-the-line", "heat"}},
		"rule sets":               {words: []string{"rules", "h"}, want: []string{"heat"}},
		"no second rule set":      {words: []string{"rules", "heat", ""}},
		"what can be explained":   {words: []string{"explain", ""}, want: []string{"pod", "node", "eviction"}},
		"nodes to be explained":   {words: []string{"explain", "node", "g"}, want: []string{"gpu-1"}},
		"pods to be explained":    {words: []string{"explain", "po", "-n", "shop", ""}, want: []string{"web-1"}},
		"nothing of another kind": {words: []string{"explain", "service", ""}},
		"nothing without rights":  {words: []string{"explain", "pod", "-n", "secret", ""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			last := len(tc.words) - 1
			arguments := []string{"__complete"}
			for i, word := range tc.words {
				if arguments = append(arguments, word); i == 0 && last > 0 {
					arguments = append(arguments, server)
				}
			}
			code, out, _ := run(t, "", arguments...)
			var got []string
			for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
				if word, _, _ := strings.Cut(line, "\t"); !strings.HasPrefix(word, ":") {
					got = append(got, word)
				}
			}
			if strings.Join(got, " ") != strings.Join(tc.want, " ") || code != 0 {
				t.Errorf("got exit code %d and %q, want %q", code, got, tc.want)
			}
		})
	}
}
