// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"github.com/loadline-dev/loadline/pkg/explain"
)

// Waiting are the pods of the profile that load lines keep waiting, in no order.
func (p *Plugin) Waiting() []explain.Waiting { return p.waiting.list() }

// list leaves out a pod that is being tried for the first time: it may well find a
// node in that very cycle.
func (w *waiting) list() []explain.Waiting {
	w.mu.Lock()
	defer w.mu.Unlock()
	listed := make([]explain.Waiting, 0, len(w.pods))
	for _, entry := range w.pods {
		tried := entry.cycle == nil || len(entry.refusedBy) > 0
		if !tried || entry.cycle == nil && !entry.isRefused {
			continue
		}
		waits := explain.Waiting{
			Namespace: entry.pod.Namespace, Pod: entry.pod.Name, UID: entry.pod.UID, Since: entry.since, GiveUpAt: entry.giveUpAt,
			Rules: make([]explain.Rule, 0, len(entry.refusedBy)),
		}
		for _, rule := range entry.refusedBy {
			waits.Rules = append(waits.Rules, explain.Rule{RuleSet: rule.Set, Rule: rule.Rule})
		}
		listed = append(listed, waits)
	}
	return listed
}
