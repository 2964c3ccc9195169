// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package scrape

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	promscrape "github.com/prometheus/prometheus/scrape"
	"k8s.io/klog/v2"
)

// jobHealth is how the targets of one job were when they were last asked.
type jobHealth struct {
	up, unknown int
	// dropped are the targets that relabel_configs drop, which are not asked.
	dropped int
	// failing are the errors of the targets that are down, by their instance
	// label.
	failing map[string]error
	down    int
}

func (j jobHealth) targets() int { return j.up + j.down + j.unknown }

// healthOf takes together what is known of each job's targets.
func healthOf(active map[string][]*promscrape.Target, dropped map[string]int) map[string]jobHealth {
	jobs := make(map[string]jobHealth, len(active))
	builder := labels.NewBuilder(labels.EmptyLabels())
	for name, targets := range active {
		job := jobHealth{dropped: dropped[name], failing: map[string]error{}}
		for _, target := range targets {
			switch target.Health() {
			case promscrape.HealthGood:
				job.up++
			case promscrape.HealthBad:
				job.down++
				job.failing[target.Labels(builder).Get(model.InstanceLabel)] = target.LastError()
			default:
				job.unknown++
			}
		}
		jobs[name] = job
	}
	return jobs
}

// health says in the log when targets begin to fail and when they are well
// again. One line tells of all of a job, since an outage mostly takes many at
// once.
type health struct {
	failing map[string][]string // as last reported, by job
	empty   map[string]int      // how many looks in a row found no target, by job
}

func newHealth() health {
	return health{failing: map[string][]string{}, empty: map[string]int{}}
}

func (h health) report(logger klog.Logger, jobs map[string]jobHealth) {
	gone := func(name string) bool { _, ok := jobs[name]; return !ok }
	maps.DeleteFunc(h.failing, func(name string, _ []string) bool { return gone(name) })
	maps.DeleteFunc(h.empty, func(name string, _ int) bool { return gone(name) })
	for _, name := range slices.Sorted(maps.Keys(jobs)) {
		h.reportFailing(logger, name, jobs[name])
		h.reportEmpty(logger, name, jobs[name])
	}
}

func (h health) reportFailing(logger klog.Logger, name string, job jobHealth) {
	failing := slices.Sorted(maps.Keys(job.failing))
	if slices.Equal(failing, h.failing[name]) {
		return
	}
	h.failing[name] = failing
	if len(failing) == 0 {
		logger.Info("All targets of the scrape job can be scraped again", "job", name, "targets", job.targets())
		return
	}
	example := failing[0]
	logger.Error(explainTarget(job.failing[example]), "Unable to scrape some targets",
		"job", name, "failed", job.down, "targets", job.targets(), "instances", abridge(failing), "example", example)
}

// reportEmpty speaks at the second look, since finding targets takes a moment.
func (h health) reportEmpty(logger klog.Logger, name string, job jobHealth) {
	if job.targets() > 0 {
		delete(h.empty, name)
		return
	}
	if h.empty[name]++; h.empty[name] == 2 {
		logger.Info("The scrape job has no targets", "job", name, "droppedByRelabelling", job.dropped)
	}
}

// explainTarget says where limits come from, which Prometheus does not have by
// default.
func explainTarget(err error) error {
	if strings.Contains(err.Error(), "limit exceeded") {
		return fmt.Errorf("%w (limits can be set in the scrape configuration; where it is silent, Loadline has its own)", err)
	}
	return err
}

// abridge keeps a log line readable when thousands of targets fail.
func abridge(names []string) string {
	const shown = 10
	if len(names) <= shown {
		return strings.Join(names, ",")
	}
	return strings.Join(names[:shown], ",") + ",..."
}
