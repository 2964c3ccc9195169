// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// preference ranks nodes by one metric.
type preference struct {
	metric    int // index into Set.metrics
	direction v1alpha1.Direction
	// near is the best value, where there is no direction.
	near float64
	// low and high are the range, where bounded.
	bounded   bool
	low, high float64
	weight    float64
}

func newPreference(p v1alpha1.Preference, metric int) preference {
	compiled := preference{metric: metric, direction: p.Prefer, weight: float64(*p.Weight)}
	if p.Near != nil {
		compiled.near = p.Near.Value()
	}
	if p.Range != nil {
		compiled.bounded, compiled.low, compiled.high = true, p.Range[0].Value(), p.Range[1].Value()
	}
	return compiled
}

// best is the value that scores highest between low and high.
func (p *preference) best(low, high float64) float64 {
	switch p.direction {
	case v1alpha1.Lower:
		return low
	case v1alpha1.Higher:
		return high
	default:
		return p.near
	}
}
