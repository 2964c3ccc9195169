// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Answer is what one replica says.
type Answer struct {
	// From is its pod, or the address.
	From string
	// Leads tells that it leads, as far as the lease says so.
	Leads bool
	// Warnings are about the others, where they were to be asked before it.
	Warnings []string
	// Body is the answer.
	Body json.RawMessage
}

// AskLeader asks the replica that leads. Where nobody is known to lead, or it does
// not answer, another one that is ready answers in its place.
func (a *Asker) AskLeader(ctx context.Context, path string) (*Answer, error) {
	if a.Local != "" {
		body, err := a.GetLocal(ctx, path)
		return &Answer{From: a.Local, Body: body}, err
	}
	ready, leader, warnings, err := a.InOrder(ctx)
	if err != nil {
		return nil, err
	}
	answer := &Answer{Warnings: warnings}
	var failures []string
	for _, pod := range ready {
		body, err := a.Get(ctx, pod, path)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			answer.From, answer.Body, answer.Leads = pod, body, pod == leader
			return answer, nil
		}
		failures = append(failures, fmt.Sprintf("%s: %v", pod, err))
		answer.Warnings = append(answer.Warnings, fmt.Sprintf("%s could not be asked: %v", pod, err))
	}
	return nil, fmt.Errorf("no %s could be asked: %s", a.Noun, strings.Join(failures, "; "))
}

// InOrder are the pods that are ready, in the order in which to ask them: the leader,
// as far as that is known, comes first. The warnings are about who leads.
func (a *Asker) InOrder(ctx context.Context) (ready []string, leader string, warnings []string, err error) {
	ready, _, err = a.Find(ctx)
	if err != nil {
		return nil, "", nil, err
	}
	lease := a.Lease(ctx)
	slices.SortStableFunc(ready, func(x, y string) int { return before(lease.Holder, x) - before(lease.Holder, y) })
	if lease.Holder != "" && ready[0] != lease.Holder {
		warnings = append(warnings, fmt.Sprintf("%s leads according to the lease, but is not among the pods that are ready", lease.Holder))
	}
	if silence := lease.Silence(); silence != "" {
		warnings = append(warnings, a.Name+" seems not to decide anything now"+silence)
	}
	return ready, lease.Holder, warnings, nil
}

// before is 0 for the leader and 1 for others.
func before(leader, pod string) int {
	if pod == leader {
		return 0
	}
	return 1
}

// Decode reads the answer.
func (a *Answer) Decode(into any) error {
	if err := json.Unmarshal(a.Body, into); err != nil {
		return fmt.Errorf("reading the answer of %s (is it of this version of Loadline?): %w", a.From, err)
	}
	return nil
}
