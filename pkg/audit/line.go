// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package audit writes down what was decided, one line of JSON for each decision:
// by which rule, on which node, on what grounds, and what came of it.
//
// Whoever decides never waits for it. Lines that cannot be written as fast as they
// come are dropped, and counted.
package audit

import (
	"math"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// APIVersion and Kind are those of every line. Fields may be added to a version, and
// none changes its meaning.
const (
	APIVersion = "loadline.dev/v1alpha1"
	Kind       = "Decision"
)

// Decision is what was decided.
type Decision string

const (
	// Placed: a pod was bound to a node.
	Placed Decision = "Placed"
	// GaveUp: a pod was bound to a node over a line, which had kept it waiting for as
	// long as it may.
	GaveUp Decision = "GaveUp"
	// Refused: no node took a pod, and load lines had a part in it.
	Refused Decision = "Refused"
	// Evicted: a pod was evicted.
	Evicted Decision = "Evicted"
	// WouldEvict: a pod would have been, but nothing is evicted for now.
	WouldEvict Decision = "WouldEvict"
	// NotEvicted: a pod was to be evicted, and was not after all.
	NotEvicted Decision = "NotEvicted"
	// Judged: it is known what came of an eviction.
	Judged Decision = "Judged"
	// EvictionsStopped: nothing is evicted at all from now on.
	EvictionsStopped Decision = "EvictionsStopped"
	// EvictionsResumed: something may be evicted again.
	EvictionsResumed Decision = "EvictionsResumed"
	// Marked: a label or a taint was put on a node.
	Marked Decision = "Marked"
	// Unmarked: a label or a taint was taken off a node.
	Unmarked Decision = "Unmarked"
	// LinesDropped: lines are missing before this one.
	LinesDropped Decision = "LinesDropped"
)

// Line is one decision. What does not apply to it is left out. Its JSON is a
// documented schema.
type Line struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Time is when it was decided.
	Time time.Time `json:"time"`
	// Component is the program that has decided, and Instance the host name of the
	// process.
	Component string   `json:"component"`
	Instance  string   `json:"instance"`
	Decision  Decision `json:"decision"`

	// Pod is whom it is about, and Workload whose pod it is.
	Pod      *Pod                 `json:"pod,omitempty"`
	Workload *projection.Workload `json:"workload,omitempty"`
	// Grounds are what it was decided by.
	Grounds
	// Others are further rules, and further conditions of the same.
	Others []Grounds `json:"others,omitempty"`
	// Code and Reason say why, for machines and for people.
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	// WaitedSeconds is how long load lines had kept the pod waiting.
	WaitedSeconds float64 `json:"waitedSeconds,omitempty"`

	// DryRun tells that nothing is evicted, and Observed that this is because the rule
	// only observes.
	DryRun   bool `json:"dryRun,omitempty"`
	Observed bool `json:"observed,omitempty"`
	// Share is the part of the value that the pod was.
	Share *float64 `json:"share,omitempty"`
	// Before is what the node measured when it was decided to evict the pod, Predicted
	// what was expected of it without the pod, and After what it measured then.
	Before    *float64 `json:"before,omitempty"`
	Predicted *float64 `json:"predicted,omitempty"`
	After     *float64 `json:"after,omitempty"`
	// Effect sums up what came of the eviction.
	Effect string `json:"effect,omitempty"`
	// Destination is where the successor was expected, and Successor the pod that came.
	Destination *Destination `json:"destination,omitempty"`
	Successor   *Successor   `json:"successor,omitempty"`

	// Mark is the label or the taint.
	Mark *Mark `json:"mark,omitempty"`
	// Dropped is how many lines are missing.
	Dropped int64 `json:"dropped,omitempty"`
}

// Pod names a pod for good.
type Pod struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid"`
}

// Grounds are what one condition of a rule went by on one node, in the metric's own
// unit. What is not known is left out.
type Grounds struct {
	Rule *verdict.RuleKey `json:"rule,omitempty"`
	// Waived is why the rule refused nothing, where it would have.
	Waived Waiver `json:"waived,omitempty"`
	// Node is where the pod was placed or evicted, or what was marked. For a rule that
	// refused several nodes, it is the one that was the least over the line, and
	// Refused how many these are.
	Node    string `json:"node,omitempty"`
	Refused int    `json:"refused,omitempty"`
	Metric  string `json:"metric,omitempty"`
	// Value is what the node measured, and Projected what it was to measure with the
	// pod.
	Value     *float64 `json:"value,omitempty"`
	Projected *float64 `json:"projected,omitempty"`
	Threshold *float64 `json:"threshold,omitempty"`
	Clear     *float64 `json:"clear,omitempty"`
	// MeasuredAt is when the value was measured, and AgeSeconds how old it was when it
	// was decided.
	MeasuredAt time.Time `json:"measuredAt,omitzero"`
	AgeSeconds *float64  `json:"ageSeconds,omitempty"`
}

// Waiver is why a rule refused nothing, where it would have.
type Waiver string

const (
	// WaivedGivenUp: it had kept the pod waiting for as long as it may.
	WaivedGivenUp Waiver = "GivenUp"
	// WaivedSuspended: more nodes were over the line than the rule's maxNodes allows.
	WaivedSuspended Waiver = "Suspended"
	// WaivedObserved: the rule only observes.
	WaivedObserved Waiver = "Observed"
)

// Destination is where the successor of an evicted pod was expected, with what the
// node measured, and what it was to measure with the successor.
type Destination struct {
	Node      string   `json:"node"`
	Before    *float64 `json:"before,omitempty"`
	Predicted *float64 `json:"predicted,omitempty"`
}

// Successor is the pod that came in place of an evicted one.
type Successor struct {
	Name string `json:"name"`
	Node string `json:"node,omitempty"`
	// Ready tells that it has been ready.
	Ready bool `json:"ready"`
}

// Mark is a label or a taint of a node.
type Mark struct {
	// Kind is "label" or "taint".
	Kind  string `json:"kind"`
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
	// Effect is that of a taint.
	Effect string `json:"effect,omitempty"`
}

// Number is a number as a line has it: nil where it is none, which JSON has no way
// to say.
func Number(value float64) *float64 {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return nil
	}
	return &value
}

// Age is how old something was when it was decided by. Nil where that is not known.
func Age(decided, measured time.Time) *float64 {
	if measured.IsZero() {
		return nil
	}
	return Number(max(0, decided.Sub(measured).Seconds()))
}
