// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package inspect

import (
	"net/http"
	"time"

	"github.com/loadline-dev/loadline/pkg/explain"
)

// DecisionsPath answers with Decisions. The parameters "namespace" and "pod" leave
// only those on pods of that name.
const DecisionsPath = "/v1/decisions"

// Decisions is the answer of DecisionsPath, the pod that was first seen earliest
// first.
type Decisions struct {
	Decisions []*explain.Decision `json:"decisions"`
	Journal   Journal             `json:"journal"`
}

// Journal is what decisions are served from: how far back they go.
type Journal struct {
	// Since is when it was begun. What was decided before is not known here.
	Since time.Time `json:"since"`
	// Pods is the number of pods in it, and Capacity of those that it has room
	// for. Once it is full, the pod that was first seen earliest is forgotten.
	Pods     int `json:"pods"`
	Capacity int `json:"capacity"`
}

func (s *Scheduler) serveDecisions(w http.ResponseWriter, r *http.Request) {
	query, found := r.URL.Query(), s.Journal.All()
	if query.Has("pod") {
		found = s.Journal.Find(query.Get("namespace"), query.Get("pod"))
	}
	decisions := Decisions{Decisions: found, Journal: Journal{Since: s.Since}}
	decisions.Journal.Pods, decisions.Journal.Capacity = s.Journal.Size()
	if found == nil {
		decisions.Decisions = []*explain.Decision{}
	}
	Answer(w, r, decisions)
}
