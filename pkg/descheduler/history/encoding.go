// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package history

import (
	"errors"
	"fmt"

	"sigs.k8s.io/yaml"
)

// header tells a person who comes upon the ConfigMap what is in it.
const header = `# What loadline-descheduler has evicted, why, and what came of it: the oldest first.
# Budgets and cooldowns are counted from it. Delete this key to have all of it forgotten.
`

// Encode writes a state as YAML, which a person can read, with one item in a list
// for each record.
func Encode(state State) (string, error) {
	written := State{Records: make([]Record, len(state.Records)), Breaker: state.Breaker}
	for i, r := range state.Records {
		written.Records[i] = r.presentable()
		if err := written.Records[i].validate(); err != nil {
			return "", fmt.Errorf("writing the history: records[%d]: %w", i, err) // it could not be read again
		}
	}
	written.Breaker.Opened, written.Breaker.Until = state.Breaker.Opened.UTC(), state.Breaker.Until.UTC()
	written.Breaker.Why.Message = readable(state.Breaker.Why.Message)
	text, err := yaml.Marshal(written)
	if err != nil {
		return "", fmt.Errorf("writing the history: %w", err)
	}
	return header + string(text), nil
}

// Decode reads what Encode has written. It takes nothing that it does not
// understand wholly: a record that is misread is a budget that is exceeded.
func Decode(text string) (State, error) {
	var state State
	if err := yaml.UnmarshalStrict([]byte(text), &state); err != nil {
		return State{}, fmt.Errorf("reading the history: %w", err)
	}
	for i := range state.Records {
		if err := state.Records[i].validate(); err != nil {
			return State{}, fmt.Errorf("reading the history: records[%d]: %w", i, err)
		}
	}
	return state, nil
}

// validate makes sure of what others rely on.
func (r *Record) validate() error {
	switch {
	case r.Pod.UID == "":
		return errors.New("pod.uid is missing")
	case r.Node == "":
		return errors.New("node is missing")
	case r.Planned.IsZero():
		return errors.New("planned is missing")
	case r.Window.Duration < 0:
		return fmt.Errorf("window: %s is negative", r.Window.Duration)
	}
	switch r.Effect {
	case EffectPending, EffectLowered, EffectNone, EffectUnknown:
		return nil
	}
	return fmt.Errorf("effect: %q is none of %s, %s, %s and %s", r.Effect, EffectPending, EffectLowered, EffectNone, EffectUnknown)
}
