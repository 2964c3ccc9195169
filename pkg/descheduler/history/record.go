// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// Record is one eviction: why, what was expected of it, and what came of it. It is
// what a person reads in the ledger, so its JSON is a documented schema.
type Record struct {
	// Pod is who was moved, and Workload whose pod it is.
	Pod      Pod                 `json:"pod"`
	Workload projection.Workload `json:"workload"`
	// Node is where the pod was.
	Node string `json:"node"`
	// Rule is the line that the node was over.
	Rule verdict.RuleKey `json:"rule"`
	// DryRun tells that nothing was evicted, and Observed that this was because the
	// rule only observes.
	DryRun   bool `json:"dryRun,omitempty"`
	Observed bool `json:"observed,omitempty"`
	// Saturated tells that the node measured less than its pods wanted, so that no
	// effect had to show.
	Saturated bool `json:"saturated,omitempty"`
	// Before is what was measured, and Predicted what was expected.
	Before    Before    `json:"before"`
	Predicted Predicted `json:"predicted"`
	// Others are the pods with the largest shares that were to stay on the node.
	Others []Other `json:"others,omitempty"`
	// Planned is when it was decided, which is written down before it is done.
	Planned time.Time `json:"planned"`
	// Evicted is when the API server accepted the eviction. Zero if it has not.
	Evicted time.Time `json:"evicted,omitzero"`
	// Deleted is when the pod was seen to be gone. In a dry run it is when it was
	// planned, as if the pod had gone at once.
	Deleted time.Time `json:"deleted,omitzero"`
	// Window is how long the metric needs after that to show it.
	Window metav1.Duration `json:"window"`
	// Failed says why it was not done after all. Such a record counts for no
	// budget and no cooldown.
	Failed string `json:"failed,omitempty"`
	// Successor is the pod that came in its place. The zero value: not seen yet.
	Successor Successor `json:"successor,omitzero"`
	// After is what the node measured once it could show the effect.
	After *float64 `json:"after,omitempty"`
	// Effect sums up what came of it.
	Effect Effect `json:"effect"`
}

// Pod names a pod for good.
type Pod struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	UID       types.UID `json:"uid"`
}

// Before is why a pod was evicted.
type Before struct {
	// Metric is the name of the metric in its rule set, and Value what the node
	// measured at a time.
	Metric    string    `json:"metric"`
	Value     float64   `json:"value"`
	Threshold float64   `json:"threshold"`
	Clear     float64   `json:"clear"`
	Measured  time.Time `json:"measured,omitzero"`
	// Share is the part of the value that the pod was. Zero where the metric has no
	// resource.
	Share float64 `json:"share"`
	// Why tells why this pod and not another.
	Why string `json:"why"`
}

// Other is a pod that was to stay on the node, its share of what the node measured,
// and why it was not chosen.
type Other struct {
	Namespace string      `json:"namespace"`
	Name      string      `json:"name"`
	Share     float64     `json:"share"`
	Why       reason.Code `json:"why"`
}

// Predicted is what was expected of an eviction, in the metric's unit. Source and
// DestinationAfter are zero where the metric has no resource.
type Predicted struct {
	// SourceAfter is what the node was to measure without the pod, and without
	// those that were to leave it before.
	SourceAfter float64 `json:"sourceAfter"`
	// Destination is where the successor was expected.
	Destination       string  `json:"destination"`
	DestinationBefore float64 `json:"destinationBefore"`
	DestinationAfter  float64 `json:"destinationAfter"`
}

// Successor is the pod that came in place of an evicted one.
type Successor struct {
	Name string    `json:"name,omitempty"`
	UID  types.UID `json:"uid,omitempty"`
	// Node is where it went. Empty while it waits.
	Node string `json:"node,omitempty"`
	// Ready is since when it was seen to be ready. Zero while it was not.
	Ready time.Time `json:"ready,omitzero"`
	// NotNeeded tells that none came, and that the workload did without: it was
	// scaled down or deleted meanwhile.
	NotNeeded bool `json:"notNeeded,omitempty"`
}

// Effect is what came of an eviction.
type Effect string

const (
	// EffectPending: the metric cannot show it yet.
	EffectPending Effect = "Pending"
	// EffectLowered: the node measured less (or was back below the line).
	EffectLowered Effect = "Lowered"
	// EffectNone: the node measured no less.
	EffectNone Effect = "None"
	// EffectUnknown: it cannot be told, since the node was not measured or was gone,
	// the node was saturated, or the pod was not evicted.
	EffectUnknown Effect = "Unknown"
)

// Finished tells that all that there is to be known of the eviction is known.
func (r *Record) Finished() bool {
	return r.Failed != "" || r.Effect != EffectPending && r.Effect != ""
}

// InFlight tells that the pod may still be on its node, or be counted there.
func (r *Record) InFlight(now time.Time) bool {
	if r.Failed != "" {
		return false
	}
	return r.Deleted.IsZero() || now.Before(r.Deleted.Add(r.Window.Duration))
}
