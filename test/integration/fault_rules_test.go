// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/test/deploy"
)

// badRules are the contents of rule ConfigMaps that are of no use, by what is wrong.
// Those that are large are few.
func badRules(number int) (name string, object *corev1.ConfigMap) {
	kinds := slices.Sorted(maps.Keys(smallBadRules))
	large := slices.Sorted(maps.Keys(largeBadRules))
	kind := kinds[number%len(kinds)]
	text := smallBadRules[kind]
	if number < len(large) {
		kind = large[number]
		text = largeBadRules[kind]()
	}
	name = fmt.Sprintf("bad-%04d-%s", number, kind)
	object = &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: deploy.Namespace, Labels: map[string]string{v1alpha1.RulesLabel: "true", "bad": "true"}},
	}
	if kind == "binary" {
		object.BinaryData = map[string][]byte{"rules.yaml": {0xff, 0xfe}}
	} else {
		object.Data = map[string]string{"rules.yaml": strings.ReplaceAll(text, "NAME", name)}
	}
	return name, object
}

const head = "apiVersion: loadline.dev/v1alpha1\nkind: RuleSet\nmetadata: {name: NAME}\nspec:\n"

var smallBadRules = map[string]string{
	"not-yaml":       "apiVersion: [",
	"nothing":        "",
	"a-number":       "42",
	"another-kind":   "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\n",
	"unknown-field":  head + "  metricz: []\n",
	"no-metric":      head + "  rules: [{name: a, when: [{metric: b, above: 1}], reject: {}}]\n",
	"not-promql":     head + "  metrics: [{name: a, query: \"((\"}]\n  preferences: [{metric: a, prefer: Lower}]\n",
	"all-metrics":    head + "  metrics: [{name: a, query: 'topk(5, {node!=\"\"})'}]\n  preferences: [{metric: a, prefer: Lower}]\n",
	"the-name-taken": strings.Replace(head, "NAME", "below-the-line", 1) + "  rules: []\n",
	"two-documents":  head + "  rules: []\n---\n" + head,
	"binary":         "",
	"aliases":        "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n",
}

// large is almost what a ConfigMap can hold, in bytes.
const large = 900 << 10

var largeBadRules = map[string]func() string{
	"random-text":   func() string { return strings.Repeat("x", large) },
	"nested-yaml":   func() string { return head + "  metrics: " + strings.Repeat("[", large) },
	"nested-promql": func() string { return query(strings.Repeat("(", large/2) + "up" + strings.Repeat(")", large/2)) },
	"signs":         func() string { return query(strings.Repeat("-", large) + "up") },
	"large-regex":   func() string { return query(`up{node=~"` + strings.Repeat("(a|b)*", large/6) + `"}`) },
	"many-rules": func() string {
		return head + "  rules:\n" + repeated("  - {name: a, when: [{metric: none, above: 1}], reject: {}}\n")
	},
	"many-metrics": func() string {
		var text strings.Builder
		text.WriteString(head + "  metrics:\n")
		for i := 0; text.Len() < large/2; i++ {
			fmt.Fprintf(&text, "  - {name: m%d, query: up}\n", i)
		}
		text.WriteString("  rules:\n")
		for i := 0; text.Len() < large; i++ {
			fmt.Fprintf(&text, "  - {name: r%d, when: [{metric: x%d, above: 1}], reject: {}}\n", i, i)
		}
		return text.String()
	},
	"many-fields": func() string {
		var text strings.Builder
		text.WriteString(head)
		for i := 0; text.Len() < large; i++ {
			fmt.Fprintf(&text, "  unknown%d: 1\n", i)
		}
		return text.String()
	},
}

func query(promql string) string {
	return head + "  metrics: [{name: a, query: '" + promql + "'}]\n  preferences: [{metric: a, prefer: Lower}]\n"
}

// repeated is a line as often as is large.
func repeated(line string) string { return strings.Repeat(line, large/len(line)) }

// A thousand rule ConfigMaps that are of no use change nothing about those that are.
func TestBadRuleConfigMaps(t *testing.T) {
	const count = 1000
	f := newFixture(t, "cool", "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", memoryLine)
	scheduler := f.patientScheduler()
	f.pod("before", onlyOn("hot"))
	f.pending("before", overMemoryLine)
	statusBefore := f.rulesStatus()
	before := f.footprint(scheduler)

	names := f.createBadRules(count)
	f.pod("during")
	if node := f.placed("during"); node != "cool" {
		t.Errorf("placed on node %s, want cool", node)
	}
	f.await("the status to tell of all", func() string {
		status := f.rulesStatus()
		refused := status.Omitted
		for _, set := range status.RuleSets {
			if set.State == v1alpha1.Refused {
				refused++
			}
		}
		if refused != len(names) {
			return fmt.Sprintf("%d of %d are told to be refused", refused, len(names))
		}
		return ""
	})
	during := f.footprint(scheduler)
	f.checkMemory(scheduler, before, during)

	if got := f.refusalEvents(); got == 0 || got > count/2 {
		t.Errorf("%d events tell of %d bad ConfigMaps, want some", got, count)
	}

	// A good edit is taken at once.
	f.applyRules("below-the-line", strings.NewReplacer("above: 90%", "above: 95%", "clear: 85%", "clear: 94%").Replace(memoryLine))
	f.placed("before")
	f.applyRules("below-the-line", memoryLine)
	f.awaitLogLines(scheduler, 3, "Rule set is in force", `ruleSet="below-the-line"`)
	f.pod("after", onlyOn("hot"))
	f.pending("after", overMemoryLine)

	f.must(f.client.CoreV1().ConfigMaps(deploy.Namespace).DeleteCollection(f, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "bad=true"}))
	f.await("the status to be as before", func() string {
		status := f.rulesStatus()
		if len(status.RuleSets) != len(statusBefore.RuleSets) || status.Omitted != 0 {
			return fmt.Sprintf("it tells of %d, and of %d that are omitted", len(status.RuleSets), status.Omitted)
		}
		return ""
	})
	f.pod("at-last", onlyOn("hot"))
	f.pending("at-last", overMemoryLine)
	f.checkRefusalLog(scheduler, len(names))
	f.awaitFootprint(scheduler, before)
}

// patientScheduler starts a scheduler with a lease that lasts on a machine that is
// busy.
func (f *fixture) patientScheduler() *deploy.Scheduler {
	f.Helper()
	scheduler, err := deploy.StartScheduler(f, f.Cluster, "loadline-scheduler", deploy.Options{Flags: []string{
		"--leader-elect-lease-duration=60s", "--leader-elect-renew-deadline=45s",
	}})
	f.must(err)
	return scheduler
}

// createBadRules creates so many, several at a time.
func (f *fixture) createBadRules(count int) (names []string) {
	f.Helper()
	const workers = 8
	failures := make([]error, count)
	var creating sync.WaitGroup
	for worker := range workers {
		creating.Go(func() {
			for number := worker; number < count; number += workers {
				_, object := badRules(number)
				_, failures[number] = f.client.CoreV1().ConfigMaps(deploy.Namespace).Create(f, object, metav1.CreateOptions{})
			}
		})
	}
	creating.Wait()
	for number, err := range failures {
		name, _ := badRules(number)
		names = append(names, name)
		f.must(err)
	}
	return names
}

// rulesStatus is what the scheduler says of the rule sets.
func (f *fixture) rulesStatus() v1alpha1.RulesStatus {
	f.Helper()
	var status v1alpha1.RulesStatus
	f.await("the status of the rule sets", func() string {
		object, err := f.client.CoreV1().ConfigMaps(deploy.Namespace).Get(f, v1alpha1.StatusConfigMap, metav1.GetOptions{})
		if err != nil {
			return err.Error()
		}
		f.must(yaml.Unmarshal([]byte(object.Data[v1alpha1.StatusKey]), &status))
		return ""
	})
	return status
}

func (f *fixture) refusalEvents() int {
	f.Helper()
	events, err := f.client.EventsV1().Events(deploy.Namespace).List(f, metav1.ListOptions{FieldSelector: "reason=RuleSetRefused"})
	f.must(err)
	return len(events.Items)
}

// checkRefusalLog fails if the log has more than a line of a few kilobytes for each
// refusal.
func (f *fixture) checkRefusalLog(program program, refused int) {
	f.Helper()
	if got := f.logLines(program, "Rule set refused"); got > refused {
		f.Errorf("%d lines tell of %d refusals", got, refused)
	}
	info, err := os.Stat(program.LogFile())
	f.must(err)
	if most := int64(refused) * 5 << 10; info.Size() > most {
		f.Errorf("a log of %d bytes for %d refusals, want %d at most", info.Size(), refused, most)
	}
	for _, line := range f.linesOf(program) {
		if len(line) > 10<<10 {
			f.Errorf("a log line of %d bytes: %.200s...", len(line), line)
		}
	}
}

// Queries that would take for ever or all memory are given up, and let the others go
// on.
func TestExpensiveQueries(t *testing.T) {
	f := newFixture(t, "cool", "hot")
	f.load("hot", "15Gi")
	f.applyRules("below-the-line", memoryLine)
	scheduler := f.patientScheduler()
	f.pod("before", onlyOn("hot"))
	f.pending("before", overMemoryLine)
	before := f.footprint(scheduler)

	expensive := map[string]string{
		"tiny-steps":  `max by (node) (max_over_time(up[3h:1s]))`,
		"nested":      `max by (node) (max_over_time(max_over_time(max_over_time(up[1h:1s])[1h:1s])[1h:1s]))`,
		"long-range":  `max by (node) (max_over_time(up[100y]))`,
		"long-steps":  `max by (node) (max_over_time(up[100y:4d]))`,
		"large-regex": `max by (node) (up{node=~"` + strings.Repeat("(a|b)*c?", 1500) + `"})`,
		"many-terms":  `max by (node) (up` + strings.Repeat(" + up", 150) + `)`,
		"deep":        `max by (node) (` + strings.Repeat("(", 150) + "up" + strings.Repeat(")", 150) + `)`,
		"replacing":   `max by (node) (` + strings.Repeat("label_replace(", 150) + "up" + strings.Repeat(`, "x", "$1$1", "node", "(.*)")`, 150) + `)`,
	}
	for name, promql := range expensive {
		f.applyRules(name, "{metrics: [{name: m, query: '"+promql+"', staleAfter: 5s}], rules: [{name: r, when: [{metric: m, above: 1000000}], reject: {}}]}")
	}
	f.awaitLogLines(scheduler, 1+len(expensive), "Rule set is in force")
	f.awaitSnapshots(scheduler, 20*time.Second)
	f.pod("during", onlyOn("hot"))
	f.pending("during", overMemoryLine)
	f.changeLoad("hot", "1Gi")
	f.placed("during")
	during := f.footprint(scheduler)
	f.checkMemory(scheduler, before, during)
	for name := range expensive {
		f.must(f.client.CoreV1().ConfigMaps(deploy.Namespace).Delete(f, name, metav1.DeleteOptions{}))
	}
	f.awaitLogLines(scheduler, len(expensive), "Rule set is no longer in force")
	f.awaitFootprint(scheduler, before)
	if got := f.logLines(scheduler, "Unable to measure"); got > 2*len(expensive) {
		t.Errorf("%d lines tell that %d queries fail", got, len(expensive))
	}
}
