// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
	"github.com/loadline-dev/loadline/test/monitoring"
)

// uncaused are the series that alerts and the dashboard ask for, and that this test
// does not bring about. The metric and its labels have to be there all the same.
var uncaused = map[string]string{
	`loadline_descheduler_evictions_total{result="failed"}`: "the API server refuses no eviction here",
}

// What alerts and the dashboard ask for is exported by the programs as they are, under
// these names and with these labels and values; and all that Loadline exports is
// documented and named by Prometheus' conventions.
func TestSeriesAreExported(t *testing.T) {
	f := newFixture(t, "a", "b", "c")
	for _, node := range []string{"a", "b", "c"} {
		f.load(node, "4Gi")
	}
	f.pod("lost", func(pod *corev1.Pod) { pod.Spec.SchedulerName = "nobody" }) // counts after a minute
	f.applyRules("below-the-line", driftLine)
	f.applyRules("typing-error", strings.Replace(memoryLine, "above:", "abov:", 1))
	f.applyRules("shut", `{podSelector: {matchLabels: {app: late}}, metrics: [{name: memory, builtin: memory}],
  rules: [{name: shut, when: [{metric: memory, above: 0}], reject: {giveUpAfter: 1s}, labels: {loadline.dev/shut: "yes"}}]}`)
	scheduler := f.startObservedScheduler()
	f.deployment("web", 3, "2Gi")
	f.nodesOf("web", 3)
	descheduler := f.startDescheduler("loadline-descheduler", deploy.DeschedulerOptions{ChangeConfig: func(config map[string]any) {
		hasty(config)
		config["cooldowns"] = map[string]any{"node": "1s", "workload": "1s", "maxWorkload": "1s"}
		// The lease as shipped: it runs for a minute and more beside other tests.
		election := config["leaderElection"].(map[string]any)
		election["leaseDuration"], election["renewDeadline"], election["retryPeriod"] = "15s", "10s", "2s"
	}})
	programs := map[string]program{"loadline-scheduler": scheduler, "loadline-descheduler": descheduler}

	f.changeLoad("a", "13.5Gi") // an eviction
	f.awaitEvictions(descheduler, 1)
	f.pod("late", labelled("app", "late")) // refused, and then placed over the line
	f.event("Pod", "late", "PlacedOverLoadLine")
	f.changeLoad("a", "15.5Gi") // by a pod that cannot be moved
	f.awaitExported(programs, "loadline_descheduler_nodes_held", `reason="NoneMovable"`)
	if missing := f.missing(programs, latestPlan...); len(missing) > 0 {
		t.Errorf("while a node is over its line:\n%s", strings.Join(missing, "\n"))
	}
	f.changeLoad("b", "15.5Gi") // too many
	f.awaitExported(programs, "loadline_descheduler_breaker_open", `reason="TooManyOver"`)
	code, output := f.loadline(f.Kubeconfig(), "pause", "for a test")
	f.mustPrint(code, output, 0, "Evictions are paused")

	// The scheduler times its plugins in one of ten attempts.
	for i := range 50 {
		f.pod(fmt.Sprintf("probe-%d", i))
	}
	f.await("all series", func() string { return strings.Join(f.missing(programs), "\n") })
	f.checkDocumented(programs)
}

// startObservedScheduler starts a scheduler that also asks a target and writes an
// audit log.
func (f *fixture) startObservedScheduler() *deploy.Scheduler {
	f.Helper()
	targets := f.write("scrape.yaml", "scrape_configs: [{job_name: nothing, static_configs: [{targets: [127.0.0.1:1]}]}]\n")
	scheduler, err := deploy.StartScheduler(f, f.Cluster, "loadline-scheduler", deploy.Options{
		Flags: []string{"--audit-log=" + filepath.Join(f.TempDir(), "audit.jsonl")},
		ChangeArgs: func(args map[string]any) {
			args["telemetry"].(map[string]any)["embedded"].(map[string]any)["scrapeConfigFile"] = targets
		},
	})
	f.must(err)
	return scheduler
}

// series are those that Prometheus would have of the programs, by metric: with the
// label job, and one of that name which was there before as exported_job.
func (f *fixture) series(programs map[string]program) map[string][]labels.Labels {
	f.Helper()
	series := map[string][]labels.Labels{}
	for job, program := range programs {
		series["up"] = append(series["up"], labels.FromStrings("job", job))
		for name, family := range f.families(program) {
			for _, metric := range family.Metric {
				own := labels.NewBuilder(labels.EmptyLabels())
				for _, label := range metric.Label {
					own.Set(label.GetName(), label.GetValue())
				}
				own.Set("exported_job", own.Get("job")).Set("job", job)
				addSeries(series, name, family.GetType(), own)
			}
		}
	}
	return series
}

func addSeries(series map[string][]labels.Labels, name string, kind dto.MetricType, own *labels.Builder) {
	if kind != dto.MetricType_HISTOGRAM {
		series[name] = append(series[name], own.Labels())
		return
	}
	for _, part := range []string{"_count", "_sum"} {
		series[name+part] = append(series[name+part], own.Labels())
	}
	series[name+"_bucket"] = append(series[name+"_bucket"], own.Set("le", "+Inf").Labels())
}

func (f *fixture) families(program program) map[string]*dto.MetricFamily {
	f.Helper()
	var text []byte
	f.await("the program's metrics", func() string {
		var err error
		if text, err = program.Metrics(f); err != nil {
			return err.Error() // it does not serve yet
		}
		return ""
	})
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	f.must(err)
	return families
}

// awaitExported waits for a series.
func (f *fixture) awaitExported(programs map[string]program, name, label string) {
	f.Helper()
	f.await(name+" with "+label, func() string {
		for _, own := range f.series(programs)[name] {
			if strings.Contains(own.String(), label) {
				return ""
			}
		}
		return "it is not exported"
	})
}

// latestPlan are metrics of plans that go once there is none.
var latestPlan = []string{"loadline_descheduler_nodes_held", "loadline_descheduler_refusals", "loadline_descheduler_nodes_over_line"}

// missing says which of the series that are asked for are not exported: of these
// metrics, or of all but those that are only there while there is a plan.
func (f *fixture) missing(programs map[string]program, names ...string) []string {
	f.Helper()
	selectors, err := monitoring.Selectors()
	f.must(err)
	exported, missing := f.series(programs), map[string]bool{}
	for _, selector := range selectors {
		isAsked := slices.Contains(names, selector.Metric)
		if len(names) == 0 {
			isAsked = !slices.Contains(latestPlan, selector.Metric)
		}
		if why := unmatched(selector, exported[selector.Metric]); isAsked && why != "" {
			missing[fmt.Sprintf("%s asks for %s, %s", selector.Where, asked(selector), why)] = true
		}
	}
	return slices.Sorted(maps.Keys(missing))
}

// asked is a selector in the form of uncaused.
func asked(selector monitoring.Selector) string {
	var matchers []string
	for _, matcher := range selector.Matchers {
		if matcher.Name != "job" {
			matchers = append(matchers, matcher.String())
		}
	}
	return selector.Metric + "{" + strings.Join(matchers, ",") + "}"
}

func unmatched(selector monitoring.Selector, exported []labels.Labels) string {
	_, isUncaused := uncaused[asked(selector)]
	why := "which neither program exports"
	for _, own := range exported {
		lacks := ""
		for _, matcher := range selector.Matchers {
			if !own.Has(matcher.Name) || !isUncaused && !matcher.Matches(own.Get(matcher.Name)) {
				lacks = matcher.String()
			}
		}
		for _, name := range selector.Grouping {
			if !own.Has(name) {
				lacks = name
			}
		}
		if lacks == "" {
			return ""
		}
		why = "of which no series has " + lacks
	}
	return why
}

var documentedMetric = regexp.MustCompile("(?m)^\\| `(loadline_\\w+)` \\|([^|]*)\\|")

// checkDocumented compares what the programs export with docs/operations.md, and looks
// for names that are not as they should be.
func (f *fixture) checkDocumented(programs map[string]program) {
	f.Helper()
	root, err := cluster.ModuleRoot()
	f.must(err)
	text, err := os.ReadFile(filepath.Join(root, "docs", "operations.md"))
	f.must(err)
	documented := map[string]string{}
	for _, match := range documentedMetric.FindAllStringSubmatch(string(text), -1) {
		var names []string
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(match[2], -1) {
			names = append(names, name[1])
		}
		slices.Sort(names)
		documented[match[1]] = strings.Join(names, " ")
	}
	exported := map[string]string{}
	for _, program := range programs {
		for name, family := range f.families(program) {
			if !strings.HasPrefix(name, "loadline_") {
				continue
			}
			var names []string
			for _, label := range family.Metric[0].Label {
				names = append(names, label.GetName())
			}
			slices.Sort(names)
			exported[name] = strings.Join(names, " ")
			problems, err := promlint.NewWithMetricFamilies([]*dto.MetricFamily{family}).Lint()
			f.must(err)
			for _, problem := range problems {
				f.Errorf("%s: %s", problem.Metric, problem.Text)
			}
		}
	}
	for _, name := range latestPlan { // they were exported before
		exported[name] = documented[name]
	}
	if diff := cmp.Diff(documented, exported); diff != "" {
		f.Errorf("docs/operations.md and what is exported, with labels (-documented +exported):\n%s", diff)
	}
}
