// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"crypto/sha256"
	"encoding/hex"
)

// The ConfigMap in which the scheduler says what has become of the rule sets, for
// people and GitOps tools to read, and in which it keeps the last good content
// over a restart.
const (
	// StatusConfigMap is its name, in the namespace of the rules.
	StatusConfigMap = "loadline-status"
	// StatusKey is the data key that holds a RulesStatus.
	StatusKey = "status.yaml"
	// LastGoodPrefix comes before the name of a rule set in the data key that
	// holds the content in force.
	LastGoodPrefix = "last-good."
)

// RulesStatus is the state of every object that holds, or should hold, a rule
// set.
type RulesStatus struct {
	RuleSets []RuleSetStatus `json:"ruleSets"`
	// Omitted is how many more there are, of which a ConfigMap has no room to tell.
	Omitted int `json:"omitted,omitempty"`
}

// RuleSetStatus is the state of one data key of a rule ConfigMap.
type RuleSetStatus struct {
	// Name is that of the rule set. Empty where it cannot be told.
	Name string `json:"name,omitempty"`
	// ConfigMap and Key are where it is written.
	ConfigMap string `json:"configMap"`
	Key       string `json:"key"`
	// ContentHash is that of the text that this is about, by the function of the
	// same name.
	ContentHash string `json:"contentHash"`
	// State tells whether that text is in force.
	State RuleSetState `json:"state"`
	// Error says why it was refused.
	Error string `json:"error,omitempty"`
	// SupersededBy is the ConfigMap and key of the newer object of the same
	// name, divided by a slash.
	SupersededBy string `json:"supersededBy,omitempty"`
	// LastGood tells that earlier content is in force in place of what was
	// refused.
	LastGood bool `json:"lastGood,omitempty"`
}

// ContentHash tells the text of one rule set from any other: its SHA-256, in
// hexadecimal.
func ContentHash(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

// RuleSetState tells whether the text of a rule set is in force.
type RuleSetState string

const (
	// InForce: the text was read and its rules hold.
	InForce RuleSetState = "InForce"
	// Refused: the text does not decode or validate.
	Refused RuleSetState = "Refused"
	// Superseded: a newer object carries the same name.
	Superseded RuleSetState = "Superseded"
)
