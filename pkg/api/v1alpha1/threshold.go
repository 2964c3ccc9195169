// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Threshold is a number as an operator writes it: a percentage ("90%", which is
// 0.9), a decimal (0.9, "0.9", "1e9") or a quantity as Kubernetes has them ("200Mi",
// "79500m").
//
// Decoding accepts any text and Validate reports what is not a number, because
// only validation knows the path of the field.
//
// +k8s:deepcopy-gen=false
type Threshold struct {
	text  string
	value float64
	err   error
}

// ParseThreshold reads a threshold from its text.
func ParseThreshold(text string) (Threshold, error) {
	value, err := parseNumber(text)
	return Threshold{text: text, value: value, err: err}, err
}

// Value is the threshold as a plain number: 0.9 for "90%".
func (t Threshold) Value() float64 { return t.value }

// String is the threshold as it was written.
func (t Threshold) String() string { return t.text }

// DeepCopyInto copies the threshold.
func (t *Threshold) DeepCopyInto(out *Threshold) { *out = *t }

// DeepCopy returns a copy.
func (t *Threshold) DeepCopy() *Threshold {
	if t == nil {
		return nil
	}
	out := *t
	return &out
}

// MarshalJSON writes the threshold as it was read.
func (t Threshold) MarshalJSON() ([]byte, error) { return json.Marshal(t.text) }

// UnmarshalJSON reads a JSON number or string.
func (t *Threshold) UnmarshalJSON(data []byte) error {
	*t, _ = ParseThreshold(scalarText(data))
	return nil
}

// scalarText is the text of a JSON scalar, without the quotes of a string.
func scalarText(data []byte) string {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		return text
	}
	return string(data)
}

func parseNumber(text string) (float64, error) {
	value, err := parseScaled(strings.TrimSpace(text))
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, fmt.Errorf("must be a percentage, a decimal or a quantity, such as 90%%, 0.9 or 200Mi")
	}
	return value, nil
}

func parseScaled(text string) (float64, error) {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		value, err := strconv.ParseFloat(strings.TrimSpace(percent), 64)
		return value / 100, err
	}
	if value, err := strconv.ParseFloat(text, 64); err == nil {
		return value, nil
	}
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return 0, err
	}
	return quantity.AsApproximateFloat64(), nil
}
