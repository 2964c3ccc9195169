// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Waiting is a pod that load lines keep waiting. It is served as JSON; fields are
// added to it, and none is taken away.
type Waiting struct {
	Namespace string    `json:"namespace"`
	Pod       string    `json:"pod"`
	UID       types.UID `json:"uid"`
	// Since is when they first refused it.
	Since time.Time `json:"since"`
	// Rules are those that refused it when it was last tried.
	Rules []Rule `json:"rules"`
	// GiveUpAt is when the first of them ceases to. Zero: never.
	GiveUpAt time.Time `json:"giveUpAt,omitzero"`
}

// Rule names a rule.
type Rule struct {
	RuleSet string `json:"ruleSet"`
	Rule    string `json:"rule"`
}
