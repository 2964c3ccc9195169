// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/explain"
)

// shownReading is a reading in words.
type shownReading struct{ *explain.Reading }

// line is what the metric was compared with.
func (r shownReading) line() string {
	text := ""
	switch {
	case r.Above != nil:
		text = "above " + r.threshold(*r.Above)
	case r.Below != nil:
		text = "below " + r.threshold(*r.Below)
	case r.Equals != nil:
		text = "equals " + r.threshold(*r.Equals)
	}
	if r.Clear != nil {
		text += ", clear " + r.threshold(*r.Clear)
	}
	return text
}

func (r shownReading) threshold(number float64) string {
	if r.Fraction {
		return plain(100*number) + "%"
	}
	return plain(number)
}

func (r shownReading) measured() string { return r.value(r.Value) }

func (r shownReading) projected() string { return r.value(r.Projected) }

func (r shownReading) value(number *float64) string {
	switch {
	case number == nil:
		return "-"
	case r.Fraction:
		return strconv.FormatFloat(100**number, 'f', 1, 64) + "%"
	default:
		return plain(*number)
	}
}

func (r shownReading) age() string {
	if r.Value == nil {
		return "-"
	}
	return secondsText(r.AgeSeconds)
}

// why says which of the values decided.
func (r shownReading) why() string {
	switch {
	case r.Value != nil && r.isOver(*r.Value):
		return "over the line"
	case r.Projected != nil && r.isOver(*r.Projected):
		return "over with the pod"
	case r.Value == nil:
		return "not measured"
	case r.Clear != nil:
		return "not clear yet"
	default:
		return ""
	}
}

func (r shownReading) isOver(number float64) bool {
	switch {
	case r.Above != nil:
		return number > *r.Above
	case r.Below != nil:
		return number < *r.Below
	default:
		return r.Equals != nil && number == *r.Equals
	}
}

// plain is a number without an exponent, unless it is a very small one.
func plain(number float64) string {
	if math.Abs(number) >= 1e6 {
		return strconv.FormatFloat(number, 'f', 0, 64)
	}
	return strconv.FormatFloat(number, 'g', 6, 64)
}

func secondsText(number float64) string {
	return time.Duration(math.Round(number) * float64(time.Second)).String()
}

// estimatesText is what a pod was expected to use.
func estimatesText(estimates []explain.Estimate) string {
	var texts []string
	for _, estimate := range estimates {
		text := string(estimate.Resource) + " " + amountText(estimate)
		if !slices.Contains(texts, text) { // several metrics may be of one resource
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, ", ")
}

// inBytes are the resources that are.
var inBytes = []corev1.ResourceName{corev1.ResourceMemory, corev1.ResourceStorage, corev1.ResourceEphemeralStorage}

// amountText is in the units that people give requests in.
func amountText(estimate explain.Estimate) string {
	switch {
	case estimate.Resource == corev1.ResourceCPU:
		return strconv.FormatFloat(math.Round(1000*estimate.Amount), 'f', 0, 64) + "m"
	case slices.Contains(inBytes, estimate.Resource), strings.HasPrefix(string(estimate.Resource), corev1.ResourceHugePagesPrefix):
		return bytesText(estimate.Amount)
	default:
		return plain(estimate.Amount)
	}
}

// bytesText has a digit after the point where that says anything.
func bytesText(number float64) string {
	units := []string{"", "Ki", "Mi", "Gi", "Ti", "Pi"}
	unit := 0
	for number >= 1024 && unit < len(units)-1 {
		number, unit = number/1024, unit+1
	}
	return strings.TrimSuffix(strconv.FormatFloat(number, 'f', 1, 64), ".0") + units[unit]
}
