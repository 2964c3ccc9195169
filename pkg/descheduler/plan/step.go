// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
	"github.com/loadline-dev/loadline/pkg/projection"
)

// step moves the next pods by a rule of which it is not known what each pod brings.
// How far that has brought the node shows before the next step, since the node is let
// be until then.
func (r *relief) step(ctx context.Context) error {
	size := int(v1alpha1.DefaultStep)
	if r.eviction.Step != nil && !r.saturated {
		size = int(*r.eviction.Step)
	}
	turns := r.inTurn(r.candidates(nil))
	for i, turn := range turns {
		if len(r.moves) >= size {
			r.pass(turn.pod, reason.New(LaterStep, "its turn comes later: %d of the others go in this step, which is of %d", len(r.moves), size))
			continue
		}
		if _, err := r.move(ctx, turn.pod, nil, turn.why(i)); err != nil {
			return err
		}
	}
	r.source.saturated = r.source.saturated || r.saturated && len(r.moves) > 0
	return nil
}

// turn is a pod with the amount that it goes by.
type turn struct {
	pod    *corev1.Pod
	amount float64
	by     string
}

// inTurn orders pods by what the rule says: those with the most first; of equal ones
// those of the lowest priority. Pods of which it is not known come last.
func (r *relief) inTurn(pods []*corev1.Pod) []turn {
	by := cmp.Or(r.eviction.OrderBy, v1alpha1.DefaultOrderBy)
	amountOf := r.amountBy(by)
	turns := make([]turn, 0, len(pods))
	for _, pod := range pods {
		turns = append(turns, turn{pod: pod, amount: amountOf(pod), by: by})
	}
	slices.SortFunc(turns, func(a, b turn) int {
		return cmp.Or(cmp.Compare(b.amount, a.amount), cmp.Compare(priority(a.pod), priority(b.pod)), byName(a.pod, b.pod))
	})
	return turns
}

func (r *relief) amountBy(by string) func(*corev1.Pod) float64 {
	if resource, ok := strings.CutPrefix(by, v1alpha1.RequestsPrefix); ok {
		return func(pod *corev1.Pod) float64 {
			return projection.Defaults{RequestFactor: 1}.FromRequest(pod, corev1.ResourceName(resource))
		}
	}
	usage, known := r.Set.Usage(by)
	return func(pod *corev1.Pod) float64 {
		if amount, measured := used(r.Snapshot, pod, usage); known && measured {
			return amount
		}
		return math.Inf(-1)
	}
}

func (t turn) why(rank int) string {
	switch {
	case math.IsInf(t.amount, -1):
		return fmt.Sprintf("its %s is not known, and those go first of which it is", t.by)
	case rank == 0:
		return fmt.Sprintf("has the most of %s of those that may go", t.by)
	default:
		return fmt.Sprintf("has the most of %s of those that can go, but for %d", t.by, rank)
	}
}
