// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package verdict

// Values are what a metric measures on the nodes of its set, wherever it is known,
// in no order.
func (s *Snapshot) Values(key MetricKey) []float64 {
	for _, set := range s.Sets {
		if set.Name == key.Set {
			return set.values(key.Metric)
		}
	}
	return nil
}

func (v *SetVerdict) values(metric string) []float64 {
	for i := range v.set.metrics {
		if v.set.metrics[i].name != metric {
			continue
		}
		values := make([]float64, 0, len(v.readings[i]))
		for node, reading := range v.readings[i] {
			if reading.Known && v.governed[node] {
				values = append(values, reading.Value)
			}
		}
		return values
	}
	return nil
}

// Counts are the numbers of nodes by the state of the rule on them, without those
// that it is not about.
func (v *RuleVerdict) Counts() map[State]int {
	counts := map[State]int{OK: 0, Pending: 0, InForce: 0, Undecided: 0, Unknown: 0}
	for _, state := range v.states {
		if state != NotGoverned {
			counts[state]++
		}
	}
	return counts
}
