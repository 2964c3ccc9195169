// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package dashboard

import (
	"math"
	"strconv"
)

// Numbers are written as null in JSON where they are not numbers, which it has no
// others for.
type Numbers []float64

// MarshalJSON writes the numbers.
func (n Numbers) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 2+8*len(n))
	text = append(text, '[')
	for i, number := range n {
		if i > 0 {
			text = append(text, ',')
		}
		if math.IsNaN(number) || math.IsInf(number, 0) {
			text = append(text, "null"...)
			continue
		}
		text = strconv.AppendFloat(text, number, 'g', -1, 64)
	}
	return append(text, ']'), nil
}
