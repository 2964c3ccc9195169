// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math"

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

// score is that of a value between low and high, which are not equal. Values
// outside count as the nearest one inside. It is computed with halves, since
// high - low may overflow.
func (p *preference) score(value, low, high float64) float64 {
	value = math.Min(high, math.Max(low, value))
	switch p.direction {
	case v1alpha1.Lower:
		return MaxScore * ((high/2 - value/2) / (high/2 - low/2))
	case v1alpha1.Higher:
		return MaxScore * ((value/2 - low/2) / (high/2 - low/2))
	default:
		farthest := math.Max(p.near/2-low/2, high/2-p.near/2)
		return MaxScore * math.Max(0, 1-math.Abs(value/2-p.near/2)/farthest)
	}
}
