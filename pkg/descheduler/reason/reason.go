// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package reason says why the descheduler does not do something.
package reason

import "fmt"

// Code names a kind of reason. Codes are few and constant, so that metrics and
// logs can be searched by them.
type Code string

// Reason is why something is not done. The zero value is no reason.
type Reason struct {
	Code Code `json:"code"`
	// Message is a sentence for people, with names and numbers.
	Message string `json:"message"`
}

// New makes a reason.
func New(code Code, format string, values ...any) Reason {
	return Reason{Code: code, Message: fmt.Sprintf(format, values...)}
}

// IsZero tells that there is no reason.
func (r Reason) IsZero() bool { return r.Code == "" }

// String is the message with its code.
func (r Reason) String() string { return fmt.Sprintf("%s: %s", r.Code, r.Message) }
