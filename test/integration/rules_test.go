// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/test/deploy"
)

func TestBadEditChangesNothing(t *testing.T) {
	f := newFixture(t, "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", memoryLine)
	f.startScheduler("loadline-scheduler")
	f.pod("before")
	f.pending("before", overMemoryLine)

	f.applyRules("below-the-line", strings.Replace(memoryLine, "clear: 85%", "clear: 95%", 1))
	f.warned("below-the-line", "RuleSetRefused", "spec.rules[0].when[0].clear", "the last good content stays in force")
	f.pod("after")
	f.pending("after", overMemoryLine)

	// A good edit goes live after the bad one.
	f.applyRules("below-the-line", strings.NewReplacer("above: 90%", "above: 95%", "clear: 85%", "clear: 94%").Replace(memoryLine))
	f.placed("before")
	f.placed("after")
}

func TestBadRulesFromTheStartRefuseNothing(t *testing.T) {
	f := newFixture(t, "hot")
	f.load("hot", "15Gi")
	f.applyRules("typing-error", strings.Replace(memoryLine, "above:", "abov:", 1))
	scheduler := f.startScheduler("loadline-scheduler")
	f.warned("typing-error", "RuleSetRefused", `unknown field "spec.rules[0].when[0].abov"`)
	f.pod("web")
	f.placed("web")

	// The others are unaffected.
	f.applyRules("below-the-line", memoryLine)
	f.awaitLog(scheduler, "Rule set is in force", `ruleSet="below-the-line"`)
	f.pod("api")
	f.pending("api", overMemoryLine)
}

func TestDeletedConfigMapFreesTheNodes(t *testing.T) {
	cases := map[string]func(f *fixture){
		"deleted": func(f *fixture) {
			f.must(f.client.CoreV1().ConfigMaps(deploy.Namespace).Delete(f, "below-the-line", metav1.DeleteOptions{}))
		},
		"label taken off": func(f *fixture) {
			_, err := f.client.CoreV1().ConfigMaps(deploy.Namespace).Patch(f, "below-the-line", types.MergePatchType,
				[]byte(`{"metadata":{"labels":{"`+v1alpha1.RulesLabel+`":null}}}`), metav1.PatchOptions{})
			f.must(err)
		},
		"key removed": func(f *fixture) {
			_, err := f.client.CoreV1().ConfigMaps(deploy.Namespace).Patch(f, "below-the-line", types.MergePatchType,
				[]byte(`{"data":{"rules.yaml":null}}`), metav1.PatchOptions{})
			f.must(err)
		},
	}
	f := newFixture(t, "hot")
	f.load("hot", "15Gi")
	scheduler := f.startScheduler("loadline-scheduler")
	round := 0
	for name, remove := range cases {
		round++
		f.applyRules("below-the-line", memoryLine)
		f.awaitLogLines(scheduler, round, "Rule set is in force")
		pod := fmt.Sprintf("pod-%d", round)
		f.pod(pod)
		f.pending(pod, overMemoryLine)
		remove(f)
		t.Logf("%s: waiting for the pod to be placed", name)
		f.placed(pod)
	}
}

// The last good content of a rule set survives a restart of the scheduler.
func TestBadEditSurvivesARestart(t *testing.T) {
	f := newFixture(t, "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", memoryLine)
	first := f.startScheduler("loadline-scheduler")
	f.pod("before")
	f.pending("before", overMemoryLine)
	f.applyRules("below-the-line", strings.Replace(memoryLine, "above:", "abov:", 1))
	f.await("the status to tell of the bad edit", func() string {
		status, err := f.client.CoreV1().ConfigMaps(deploy.Namespace).Get(f, v1alpha1.StatusConfigMap, metav1.GetOptions{})
		if err != nil {
			return err.Error()
		}
		text := status.Data[v1alpha1.StatusKey]
		for _, want := range []string{"state: Refused", "lastGood: true", "spec.rules[0].when[0].abov"} {
			if !strings.Contains(text, want) {
				return fmt.Sprintf("no %q in it:\n%s", want, text)
			}
		}
		return ""
	})
	f.must(first.Kill())
	f.pod("between")
	f.startScheduler("loadline-scheduler-2")
	f.pending("between", overMemoryLine)
}

// warned waits for a Warning on a rule ConfigMap with all these parts.
func (f *fixture) warned(configMap, reason string, parts ...string) {
	f.Helper()
	f.await("a Warning on ConfigMap "+configMap, func() string {
		events, err := f.client.EventsV1().Events(deploy.Namespace).List(f, metav1.ListOptions{})
		f.must(err)
		var seen []string
		for _, event := range events.Items {
			if event.Regarding.Name != configMap || event.Reason != reason || event.Type != "Warning" {
				continue
			}
			seen = append(seen, event.Note)
			missing := false
			for _, part := range parts {
				missing = missing || !strings.Contains(event.Note, part)
			}
			if !missing {
				return ""
			}
		}
		return "seen: " + strings.Join(seen, "; ")
	})
}
