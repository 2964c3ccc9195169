// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// maxWaiting is how many of the pods that wait are told of.
const maxWaiting = 100

// Waiting is the answer of WaitingPath.
type Waiting struct {
	// Total is the number of pods that wait, and Pods are those of them that have
	// waited longest.
	Total int          `json:"total"`
	Pods  []WaitingPod `json:"pods"`
}

// WaitingPod is a pod that waits.
type WaitingPod struct {
	explain.Waiting
	// Decision is the latest on the pod. Absent if it is not kept any more.
	Decision *explain.Decision `json:"decision,omitempty"`
}

func (p *Page) serveWaiting(w http.ResponseWriter, r *http.Request) {
	pods := p.Waiting()
	slices.SortFunc(pods, func(a, b explain.Waiting) int {
		return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Pod, b.Pod))
	})
	waiting := Waiting{Total: len(pods), Pods: []WaitingPod{}}
	for _, pod := range pods[:min(len(pods), maxWaiting)] {
		waiting.Pods = append(waiting.Pods, WaitingPod{Waiting: pod, Decision: p.Journal.Latest(pod.UID)})
	}
	inspect.Answer(w, r, waiting)
}
