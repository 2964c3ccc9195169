// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"fmt"

	"github.com/loadline-dev/loadline/pkg/audit"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// writeDown adds lines about what was put on a node and taken off it to the audit
// log.
func (t *turn) writeDown(node string, put, taken []step) {
	snapshot := t.snapshot
	for _, s := range put {
		t.audit.Add(func() audit.Line {
			line := audit.Line{Decision: audit.Marked, Mark: s.written(), Grounds: audit.Grounds{Rule: &s.rule, Node: node}}
			if grounds := groundsOf(snapshot, s.rule, node); len(grounds) > 0 {
				line.Grounds, line.Others = grounds[0], grounds[1:]
			}
			return line
		})
	}
	for _, s := range taken {
		t.audit.Add(func() audit.Line {
			return audit.Line{
				Decision: audit.Unmarked, Mark: s.written(), Grounds: audit.Grounds{Node: node},
				Reason: fmt.Sprintf("no rule has wanted it for %s", settle),
			}
		})
	}
}

// groundsOf are what a rule went by on a node.
func groundsOf(snapshot *verdict.Snapshot, key verdict.RuleKey, node string) []audit.Grounds {
	for _, set := range snapshot.Sets {
		for _, rule := range set.Rules {
			if rule.Key == key {
				return audit.GroundsOf(key, node, rule.Compare(snapshot.Index(node), &verdict.Arrival{}), snapshot.Time)
			}
		}
	}
	return nil
}

// written is the mark as a line has it.
func (s *step) written() *audit.Mark {
	return &audit.Mark{Kind: string(s.kind), Key: s.key, Value: s.value, Effect: string(s.effect)}
}
