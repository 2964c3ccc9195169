// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"encoding/json"
	"errors"
	"time"
)

// Duration is a length of time as an operator writes it: "90s", "5m", "1h30m". Its
// units are h, m, s and ms; there is none for days. It is greater than zero.
//
// Like Threshold it decodes from any text, and validation reports what is not a
// duration, together with the path of the field.
//
// +k8s:deepcopy-gen=false
type Duration struct {
	text  string
	value time.Duration
	err   error
}

// NewDuration makes a Duration of a time.Duration.
func NewDuration(value time.Duration) *Duration {
	return &Duration{text: value.String(), value: value}
}

// Value is the duration as Go knows it. Zero for a nil Duration.
func (d *Duration) Value() time.Duration {
	if d == nil {
		return 0
	}
	return d.value
}

// Err says what is wrong with the text that the duration was read from. Nil if
// nothing is.
func (d Duration) Err() error { return d.err }

// String is the duration as it was written.
func (d Duration) String() string { return d.text }

// DeepCopy returns a copy.
func (d *Duration) DeepCopy() *Duration {
	if d == nil {
		return nil
	}
	out := *d
	return &out
}

// MarshalJSON writes the duration as it was read.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.text) }

// UnmarshalJSON reads a JSON string.
func (d *Duration) UnmarshalJSON(data []byte) error {
	d.text = scalarText(data)
	d.value, d.err = time.ParseDuration(d.text)
	if d.err != nil {
		d.err = errors.New("must be a duration with a unit, such as 90s or 5m")
	}
	return nil
}
