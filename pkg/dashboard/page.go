// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package dashboard serves the web page, and as JSON what the page shows beside the
// answers of package inspect: how the rule sets stand, what was evicted, who waits, and
// one time axis with all that happened on it.
//
// It changes nothing. What it asks the API server or the telemetry for is shared by all
// who look, and bounded, so that it does not matter how many they are.
package dashboard

import (
	"context"
	"net/http"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/edits"
	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/load"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Paths of the answers.
const (
	StandingPath  = "/v1/standing"
	EvictionsPath = "/v1/evictions"
	WaitingPath   = "/v1/waiting"
	TimelinePath  = "/v1/timeline"
)

// Page is what the page is made of.
type Page struct {
	// Inspected answers to all else below /v1/.
	Inspected http.Handler
	// Client reads the ConfigMaps in Namespace, that of the rules.
	Client    kubernetes.Interface
	Namespace string
	Clock     clock.PassiveClock
	// Snapshot is the latest one. It is nil before the first.
	Snapshot func() *verdict.Snapshot
	// Waiting are the pods that load lines keep waiting, in no order.
	Waiting func() []explain.Waiting
	// Journal keeps the decisions on pods, and Tally counts them.
	Journal *explain.Journal
	Tally   *explain.Tally
	// Edits are the latest changes of rule sets, the oldest first.
	Edits func() []edits.Change
	// Interval is the time between two measurements of a node, and Loads what nodes
	// measured at the instants of an axis, with the values of one of them if it is
	// named. Its error is why some of it is not known.
	Interval func() time.Duration
	Loads    func(ctx context.Context, axis load.Axis, node string) (map[verdict.MetricKey]*load.Load, error)
}

// Handler answers to those who look at the page.
func (p *Page) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+StandingPath, p.standings())
	mux.Handle("GET "+EvictionsPath, p.evictions())
	mux.HandleFunc("GET "+WaitingPath, p.serveWaiting)
	mux.HandleFunc("GET "+TimelinePath, p.serveTimeline)
	mux.Handle("GET /v1/", p.Inspected)
	mux.Handle("GET /", newAssets())
	return mux
}
