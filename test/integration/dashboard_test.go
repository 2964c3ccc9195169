// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/loadline-dev/loadline/pkg/dashboard"
	"github.com/loadline-dev/loadline/pkg/descheduler/history"
	"github.com/loadline-dev/loadline/pkg/edits"
	"github.com/loadline-dev/loadline/pkg/standing"
	"github.com/loadline-dev/loadline/test/deploy"
)

// page is what a scheduler serves to people.
type page struct {
	*fixture
	address string
}

func (f *fixture) pageOf(scheduler *deploy.Scheduler) page {
	f.Helper()
	p := page{fixture: f}
	f.await("the page to be served", func() string {
		var err error
		p.address, err = scheduler.InspectAddress()
		f.must(err)
		if p.address == "" {
			return "it is not"
		}
		return ""
	})
	return p
}

// get asks for a path, as a page of the host does.
func (p page) get(host, path string) (status int, header http.Header, body string) {
	p.Helper()
	request, err := http.NewRequestWithContext(p, http.MethodGet, "http://"+p.address+path, nil)
	p.must(err)
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	p.must(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	p.must(err)
	if response.Header.Get("Content-Security-Policy") == "" {
		p.Errorf("%s: got headers %v, want a Content-Security-Policy", path, response.Header)
	}
	return response.StatusCode, response.Header, string(content)
}

// lookAtAll asks for all that the page is made of.
func (p page) lookAtAll() {
	p.Helper()
	for _, path := range []string{"/", dashboard.StandingPath, dashboard.EvictionsPath, dashboard.WaitingPath, dashboard.TimelinePath} {
		if status, _, body := p.get("", path); status != http.StatusOK || strings.Contains(body, `"error"`) || strings.Contains(body, `"loadError"`) {
			p.Errorf("%s: got %d: %s", path, status, body)
		}
	}
}

// awaitAnswer waits until an answer is as wanted.
func awaitAnswer[T any](p page, path string, want func(answer T) (missing string)) {
	p.Helper()
	p.await("an answer of "+path, func() string {
		status, _, body := p.get("", path)
		var answer T
		if status != http.StatusOK {
			return fmt.Sprintf("%d: %s", status, body)
		}
		p.must(json.Unmarshal([]byte(body), &answer))
		if missing := want(answer); missing != "" {
			return missing + " in " + body
		}
		return ""
	})
}

// The page and all that it shows come from a scheduler with the rights that it is
// installed with.
func TestDashboard(t *testing.T) {
	f := newFixture(t, "cool", "hot")
	f.load("hot", "15Gi") // 94%
	f.applyRules("below-the-line", memoryLine)
	scheduler := f.startScheduler("loadline-scheduler")
	f.pod("web")
	f.placed("web")
	f.pod("tied", onlyOn("hot"))
	f.pending("tied", overMemoryLine)
	p := f.pageOf(scheduler)

	for path, want := range map[string]int{
		"/": http.StatusOK, "/v1/nodes": http.StatusOK, "/v1/plan": http.StatusNotFound, "/assets/": http.StatusNotFound,
		"/v1/timeline?minutes=4": http.StatusBadRequest, "/v1/timeline?node=none": http.StatusNotFound,
	} {
		if status, _, body := p.get("localhost", path); status != want {
			t.Errorf("%s: got %d: %s, want %d", path, status, body, want)
		}
	}
	if status, _, _ := p.get("evil.example", "/"); status != http.StatusForbidden {
		t.Errorf("asked by another host: got %d, want 403", status)
	}
	if _, header, body := p.get("", "/"); !strings.Contains(body, "<html") || header.Get("ETag") == "" {
		t.Errorf("got %v and %s, want a page", header, body)
	}

	awaitAnswer(p, dashboard.WaitingPath, func(waiting dashboard.Waiting) string {
		switch {
		case waiting.Total != 1 || waiting.Pods[0].Pod != "tied" || waiting.Pods[0].Rules[0].Rule != "memory-above-90":
			return "the pod that waits is not"
		case waiting.Pods[0].Decision == nil || waiting.Pods[0].Decision.Refusals[0].Nodes != 1:
			return "why it waits is not"
		}
		return ""
	})
	p.checkTimeline()
	p.checkRules()
	p.checkEvictions()
}

// checkTimeline waits until what is measured, placed and refused is on the axis.
func (p page) checkTimeline() {
	p.Helper()
	sum := func(numbers dashboard.Numbers) (sum float64) {
		for _, number := range numbers {
			sum += number
		}
		return sum
	}
	awaitAnswer(p, dashboard.TimelinePath+"?minutes=5", func(timeline dashboard.Timeline) string {
		switch {
		case timeline.LoadError != "" || len(timeline.Loads) != 1 || len(timeline.Loads[0].Lines) != 1:
			return "the load of memory is not"
		case slices.Max(timeline.Loads[0].Max) < 0.9 || slices.Max(timeline.Loads[0].Min) > 0.5 || slices.Max(timeline.Loads[0].Nodes) != 2:
			return "both nodes are not"
		case sum(timeline.Counts.Placed) != 1 || sum(timeline.Counts.Refused) < 1:
			return "what was placed and refused is not"
		case len(timeline.Edits) != 1 || timeline.Edits[0].What != edits.Added || timeline.Edits[0].By == "":
			return "the rule set is not"
		}
		return ""
	})
	awaitAnswer(p, dashboard.TimelinePath+"?minutes=5&node=cool", func(timeline dashboard.Timeline) string {
		if len(timeline.Loads) != 1 || timeline.Loads[0].Max != nil || slices.Max(timeline.Loads[0].Values) > 0.5 {
			return "the node alone is not"
		}
		return ""
	})
}

// checkRules waits until a rule set, and then a bad edit of it, are told of.
func (p page) checkRules() {
	p.Helper()
	state := func(want standing.State, lastGood bool) {
		p.Helper()
		awaitAnswer(p, dashboard.StandingPath, func(answer dashboard.Standing) string {
			if answer.Report == nil || len(answer.RuleSets) != 1 || answer.RuleSets[0].State != want || answer.RuleSets[0].LastGood != lastGood || answer.RuleSets[0].Edited == nil {
				return string(want) + " is not"
			}
			return ""
		})
	}
	state(standing.InForce, false)
	p.applyRules("below-the-line", strings.Replace(memoryLine, "above: 90%", "above: lots", 1))
	state(standing.Refused, true)
	awaitAnswer(p, dashboard.TimelinePath+"?minutes=5", func(timeline dashboard.Timeline) string {
		last := timeline.Edits[len(timeline.Edits)-1]
		if last.What != edits.Refused || last.RuleSet != "below-the-line" || !strings.Contains(last.Note, "lots") {
			return "the bad edit is not"
		}
		return ""
	})
}

// checkEvictions waits until what the descheduler writes down is told of.
func (p page) checkEvictions() {
	p.Helper()
	awaitAnswer(p, dashboard.EvictionsPath, func(evictions dashboard.Evictions) string {
		if evictions.Known || evictions.Records == nil || evictions.Error != "" {
			return "that there is nothing is not"
		}
		return ""
	})
	record := "- {pod: {namespace: shop, name: web, uid: u}, workload: {}, rule: {set: a, rule: b}, node: hot, planned: 2026-11-22T08:00:00Z, effect: Lowered}\n"
	_, err := p.client.CoreV1().ConfigMaps(deploy.Namespace).Create(p, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: history.ConfigMap, Annotations: map[string]string{history.PausedAnnotation: "release day"}},
		Data:       map[string]string{history.Key: "records:\n" + record},
	}, metav1.CreateOptions{})
	p.must(err)
	awaitAnswer(p, dashboard.EvictionsPath, func(evictions dashboard.Evictions) string {
		if !evictions.Known || len(evictions.Records) != 1 || evictions.Records[0].Node != "hot" || evictions.Paused == nil {
			return "the ledger is not"
		}
		return ""
	})
}
