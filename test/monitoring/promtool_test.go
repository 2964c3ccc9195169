// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/prometheustest"
)

// scenario is what Prometheus sees for a while, and what one alert makes of it.
type scenario struct {
	// series are in the notation of Prometheus' own tests: a value for each minute.
	// @s1 and @s2 stand for the labels of two replicas of the scheduler, @d1 and @d2
	// for those of the descheduler.
	series []string
	// minutes is how long it lasts. Default: an hour.
	minutes int
	// from is the first minute at which the alert fires. Zero: it never does.
	from int
	// at is when it has these labels, beside its severity, and says this. Default:
	// from.
	at     int
	labels map[string]string
	says   string
}

var replicas = strings.NewReplacer(
	"@s1", `job="loadline-scheduler",namespace="loadline-system",pod="scheduler-1",instance="10.0.0.1:10259"`,
	"@s2", `job="loadline-scheduler",namespace="loadline-system",pod="scheduler-2",instance="10.0.0.2:10259"`,
	"@d1", `job="loadline-descheduler",namespace="loadline-system",pod="descheduler-1",instance="10.0.0.3:10279"`,
	"@d2", `job="loadline-descheduler",namespace="loadline-system",pod="descheduler-2",instance="10.0.0.4:10279"`,
)

// play has promtool, which has the rules engine of a Prometheus server, play what
// there is for an alert.
func play(t *testing.T, alert *Alert, scenarios map[string]scenario) {
	t.Helper()
	directory := t.TempDir()
	writeYAML(t, filepath.Join(directory, "rules.yaml"), map[string]any{"groups": []Group{{Name: "alone", Rules: []Alert{*alert}}}})
	var tests []any
	for _, name := range slices.Sorted(maps.Keys(scenarios)) {
		scenario := scenarios[name]
		tests = append(tests, scenario.test(name, alert))
	}
	file := filepath.Join(directory, "test.yaml")
	writeYAML(t, file, map[string]any{"rule_files": []string{"rules.yaml"}, "evaluation_interval": "1m", "tests": tests})
	output, err := exec.CommandContext(t.Context(), prometheustest.Find(t, "promtool"), "test", "rules", file).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// test is the scenario in the form of promtool.
func (s *scenario) test(name string, alert *Alert) map[string]any {
	var series []any
	for _, text := range s.series {
		metric, values, _ := strings.Cut(text, "} ")
		series = append(series, map[string]any{"series": replicas.Replace(metric) + "}", "values": values})
	}
	test := map[string]any{"name": name, "interval": "1m", "input_series": series}
	firing := fmt.Sprintf("ALERTS{alertname=%q, alertstate=%q}", alert.Name, "firing")
	never := func(until int) map[string]any {
		return map[string]any{"eval_time": minutes(until), "expr": "count(last_over_time(" + firing + "[30h]))", "exp_samples": []any{}}
	}
	if s.from == 0 {
		last := s.minutes
		if last == 0 {
			last = 60
		}
		test["promql_expr_test"] = []any{never(last)}
		return test
	}
	if s.at == 0 {
		s.at = s.from
	}
	test["promql_expr_test"] = []any{never(s.from - 1), map[string]any{
		"eval_time": minutes(s.from), "expr": "count(" + firing + ")", "exp_samples": []any{map[string]any{"labels": "{}", "value": 1}},
	}}
	labels := map[string]string{"severity": alert.Labels["severity"]}
	for name, value := range s.labels {
		labels[name] = value
	}
	test["alert_rule_test"] = []any{map[string]any{
		"eval_time": minutes(s.at), "alertname": alert.Name, "exp_alerts": []any{map[string]any{"exp_labels": labels, "exp_annotations": map[string]string{
			"summary": alert.Annotations["summary"], "description": s.says, "runbook_url": alert.Annotations["runbook_url"],
		}}},
	}}
	return test
}

func minutes(n int) string { return fmt.Sprintf("%dm", n) }

func writeYAML(t *testing.T, file string, content any) {
	t.Helper()
	text, err := yaml.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
