// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"cmp"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// moveAll moves every pod that the rule is for. Those of the highest priority go
// first: if there is not room for all, they get it.
func (r *relief) moveAll(ctx context.Context) error {
	pods := r.candidates(nil)
	slices.SortFunc(pods, func(a, b *corev1.Pod) int {
		return cmp.Or(cmp.Compare(priority(b), priority(a)), byName(a, b))
	})
	for _, pod := range pods {
		if _, err := r.move(ctx, pod, nil, "all pods are moved off the node"); err != nil {
			return err
		}
	}
	return nil
}
