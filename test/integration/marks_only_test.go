// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/test/deploy"
)

// A descheduler that only marks nodes needs no scheduler beside it, nor its
// configuration.
func TestMarksOnly(t *testing.T) {
	f := newDriftFixture(t, "hot", "cool")
	f.load("hot", percent(95))
	f.applyRules("below-the-line", `{metrics: [{name: memory, builtin: memory, staleAfter: 30s}],
	  rules: [{name: memory-above-90, when: [{metric: memory, above: 90%, clear: 85%}],
	    reject: {}, evict: {}, labels: {loadline.dev/hot: memory}, taint: {effect: PreferNoSchedule}}]}`)
	f.must(deploy.DeschedulerManifests(f, f.Cluster))

	written := filepath.Join(t.TempDir(), "audit.jsonl")
	descheduler, err := deploy.StartDescheduler(f, f.Cluster, "loadline-descheduler", deploy.DeschedulerOptions{
		Flags: []string{"--audit-log=" + written},
		ChangeConfig: func(config map[string]any) {
			config["evictions"] = map[string]any{"disabled": true}
			config["schedulerConfigFile"] = "/does/not/exist.yaml"
		},
	})
	f.must(err)
	f.awaitMarks("hot", true)
	f.healthy(descheduler)
	if line := f.auditLine(written, func(line *audit.Line) bool { return line.Decision == audit.Marked }); line.Node != "hot" || *line.Value <= 0.9 {
		t.Errorf("marked: %s", spelled(line))
	}
	f.awaitMarks("cool", false)
	for _, complaint := range []string{"forbidden", "Unable to"} {
		if f.logLines(descheduler, complaint) > 0 {
			t.Errorf("its log says %q", complaint)
		}
	}
	metrics, err := descheduler.Metrics(f)
	f.must(err)
	if strings.Contains(string(metrics), "loadline_descheduler_") {
		t.Error("it has metrics of evictions")
	}
}
