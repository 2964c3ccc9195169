// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"net/http"
	"time"

	"k8s.io/utils/clock"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Scheduler is what is served of a scheduler.
type Scheduler struct {
	// Journal keeps its decisions since a time.
	Journal *explain.Journal
	Since   time.Time
	// Snapshot is the latest one. It is nil before the first.
	Snapshot func() *verdict.Snapshot
	Clock    clock.PassiveClock
}

// Handler answers to those who inspect the scheduler.
func (s *Scheduler) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+DecisionsPath, s.serveDecisions)
	mux.HandleFunc("GET "+NodesPath, s.withSnapshot(serveNodes))
	mux.HandleFunc("GET "+RulesPath, s.withSnapshot(serveRules))
	mux.HandleFunc("GET "+PodsPath, s.withSnapshot(servePods))
	mux.HandleFunc("GET "+VersionPath, serveVersion)
	return mux
}

// withSnapshot has a handler go by the latest snapshot.
func (s *Scheduler) withSnapshot(handle func(w http.ResponseWriter, r *http.Request, judged *judgement)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		snapshot := s.Snapshot()
		if snapshot == nil {
			http.Error(w, "nothing has been measured yet", http.StatusServiceUnavailable)
			return
		}
		handle(w, r, &judgement{
			Snapshot: snapshot,
			arrival:  &verdict.Arrival{Pending: snapshot.Pending.Amounts()},
			shown: Snapshot{
				Generation: snapshot.Generation, Time: snapshot.Time, AgeSeconds: max(0, s.Clock.Since(snapshot.Time).Seconds()),
			},
		})
	}
}

// Snapshot tells at which instant nodes were judged.
type Snapshot struct {
	// Generation numbers the judgements of one process.
	Generation uint64    `json:"generation"`
	Time       time.Time `json:"time"`
	// AgeSeconds is how long ago that was when this was answered. The ages of values
	// are those of the time of the judgement.
	AgeSeconds float64 `json:"ageSeconds"`
}

// judgement is a snapshot as it is served.
type judgement struct {
	*verdict.Snapshot
	shown Snapshot
	// arrival is of no pod, on top of what has come to the nodes since.
	arrival *verdict.Arrival
}
