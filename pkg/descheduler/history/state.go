// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history

import (
	"time"

	"github.com/loadline-dev/loadline/pkg/descheduler/reason"
)

// State is all that must outlive a process.
type State struct {
	// Records are the latest evictions, the oldest first, MaxRecords at most.
	Records []Record `json:"records"`
	// Breaker is why and until when evictions have stopped.
	Breaker Breaker `json:"breaker,omitzero"`
}

// Breaker is a breaker that has opened because of what came of evictions.
type Breaker struct {
	Opened time.Time     `json:"opened,omitzero"`
	Until  time.Time     `json:"until,omitzero"`
	Why    reason.Reason `json:"why,omitzero"`
}
