// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"math"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// tolerance is how close to its goal, as a share of it, a value has reached it: sums
// of shares are off by rounding.
const tolerance = 1e-6

// overload is a condition that less use on the node ends, of which it is known what
// each pod brings.
type overload struct {
	verdict.Measure
	resource corev1.ResourceName
	source   *source
	// start is the value before this rule moves anything.
	start float64
}

// overloads are the conditions of the rule by which pods can be chosen.
func (r *relief) overloads() []overload {
	resources := r.Snapshot.Pending.Resources()
	var overloads []overload
	for _, measure := range r.measures {
		if !measure.Above || !(measure.Capacity > 0) {
			continue
		}
		o := overload{Measure: measure, source: r.source}
		if measure.Usage < len(resources) {
			o.resource = resources[measure.Usage]
		}
		o.start = o.value()
		overloads = append(overloads, o)
	}
	return overloads
}

// value is what the node would measure without the pods that are leaving it. It
// goes by the lower of what it measures and what it will likely measure: nobody is
// to go for what a node only might come to.
func (o *overload) value() float64 {
	return math.Max(0, math.Min(o.Reading.Value, o.Likely)-o.source.without(o.Usage)/o.Capacity)
}

// isReached tells whether a value is low enough.
func (o *overload) isReached(value float64) bool {
	return value <= o.Clear+tolerance*math.Abs(o.Clear)
}

// need is how much has yet to go, at the least.
func (o *overload) need() float64 {
	return o.value() - o.Clear - tolerance*math.Abs(o.Clear)
}

// share is the part of the node's value that a pod is, where that is known.
func (o *overload) share(pod *corev1.Pod) (share float64, known bool) {
	amount, known := used(o.source.snapshot, pod, o.Usage)
	return amount / o.Capacity, known
}

// option is the pod as one that could go.
func (o *overload) option(pod *corev1.Pod) option {
	amount, _ := used(o.source.snapshot, pod, o.Usage)
	request := projection.Defaults{RequestFactor: 1}.FromRequest(pod, o.resource)
	return option{
		pod: pod, priority: priority(pod), share: amount / o.Capacity,
		used: amount, request: request,
	}
}

// isUnhelpful tells why moving a pod ends none of the conditions.
func isUnhelpful(pod *corev1.Pod, overloads []overload) reason.Reason {
	anyKnown := false
	for i := range overloads {
		share, known := overloads[i].share(pod)
		if share > 0 {
			return reason.Reason{}
		}
		anyKnown = anyKnown || known
	}
	if !anyKnown {
		return reason.New(ShareUnknown, "what the pod uses is not known")
	}
	return reason.New(NoShare, "the pod uses nothing by the metric %s", overloads[0].Metric)
}

// reached is the first condition that does not hold without the pods that are
// leaving. Nil if all hold.
func reached(overloads []overload) *overload {
	for i := range overloads {
		if overloads[i].isReached(overloads[i].value()) {
			return &overloads[i]
		}
	}
	return nil
}
