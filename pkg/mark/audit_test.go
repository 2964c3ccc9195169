// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// What is put on a node is written down with what the rule went by, and what is taken
// off it as well.
func TestWriteDown(t *testing.T) {
	const text = "rules: [{name: hot, when: [{metric: m, above: 0.9, clear: 0.8}], labels: {loadline.dev/hot: memory}, taint: {effect: PreferNoSchedule}}]"
	snapshot := judge(start, nil, rules(t, map[string]string{"a": text}), map[string]float64{"node-1": 0.95}, "node-1")
	var written bytes.Buffer
	log := audit.New(klog.Background(), clocktesting.NewFakePassiveClock(start), &written, "program", "here")
	stop := log.Start()
	turn := &turn{Marker: &Marker{audit: log}, snapshot: snapshot}
	put := []step{{mark{label, "loadline.dev/hot"}, content{value: "memory"}, verdict.RuleKey{Set: "a", Rule: "hot"}}}
	taken := []step{{mark: mark{taint, "loadline.dev/hot"}, content: content{effect: corev1.TaintEffectPreferNoSchedule}}}
	turn.writeDown("node-1", put, taken)
	stop()
	want := []string{
		`"decision":"Marked","rule":{"set":"a","rule":"hot"},"node":"node-1","metric":"m","value":0.95,"threshold":0.9,"clear":0.8,` +
			`"measuredAt":"` + start.UTC().Format("2006-01-02T15:04:05Z") + `","ageSeconds":0,"mark":{"kind":"label","key":"loadline.dev/hot","value":"memory"}}`,
		`"decision":"Unmarked","node":"node-1","reason":"no rule has wanted it for 1m0s","mark":{"kind":"taint","key":"loadline.dev/hot","effect":"PreferNoSchedule"}}`,
	}
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(written.String()), "\n") {
		_, decision, _ := strings.Cut(line, `"instance":"here",`)
		got = append(got, decision)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
