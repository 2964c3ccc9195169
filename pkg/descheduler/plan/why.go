// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// whyChosen tells why a pod of a choice goes and not another.
func (r *relief) whyChosen(c choice, position int) string {
	said := r.rank(c, c.options[position])
	switch size := len(c.options); {
	case !c.enough:
		return said + "; all that can be moved do not suffice"
	case r.saturated:
		return said + "; the node is saturated, so that one pod goes in each window"
	case size == 1:
		return said + "; it suffices"
	case r.eviction.Order == v1alpha1.Fewest:
		return fmt.Sprintf("%s; one of the %d that suffice, and no fewer do", said, size)
	default:
		return fmt.Sprintf("%s; one of %d that suffice, and none of them is superfluous", said, size)
	}
}

// rank tells where a pod stands in the rule's order.
func (r *relief) rank(c choice, o option) string {
	amount := showAmount(o.used, c.by.resource)
	if r.eviction.Order == v1alpha1.Fewest {
		return fmt.Sprintf("uses %s, which is %s of the node", amount, show(o.share, c.by.Measure))
	}
	most := ""
	if slices.MinFunc(c.movable, byOverRequest).pod == o.pod {
		most = ", the most of those that can be moved"
	}
	switch {
	case o.request == 0:
		return fmt.Sprintf("uses %s and requests nothing%s", amount, most)
	case o.over() > 0:
		return fmt.Sprintf("uses %s above its request of %s%s", showAmount(o.over(), c.by.resource), showAmount(o.request, c.by.resource), most)
	default:
		return fmt.Sprintf("uses %s of its request of %s", amount, showAmount(o.request, c.by.resource))
	}
}

// show is a value of a metric: a percentage where it is the share of a resource.
func show(value float64, measure verdict.Measure) string {
	if measure.Capacity > 0 {
		return fmt.Sprintf("%.1f%%", 100*value)
	}
	return fmt.Sprintf("%.4g", value)
}

// showAmount is an amount of a resource.
func showAmount(amount float64, resource corev1.ResourceName) string {
	switch resource {
	case corev1.ResourceCPU:
		return fmt.Sprintf("%.3g cores", amount)
	case corev1.ResourceMemory, corev1.ResourceEphemeralStorage:
		return showBytes(amount)
	default:
		return fmt.Sprintf("%.3g of %s", amount, resource)
	}
}

func showBytes(amount float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for amount >= 1024 && i < len(units)-1 {
		amount, i = amount/1024, i+1
	}
	return fmt.Sprintf("%.4g %s", amount, units[i])
}
