// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package mark

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/verdict"
)

// kind tells labels from taints.
type kind string

const (
	label kind = "label"
	taint kind = "taint"
)

// mark is a place on a node: that of the label or the taint with a key.
type mark struct {
	kind kind
	key  string
}

func compareMarks(a, b mark) int {
	return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.key, b.key))
}

// content is what is written there. Labels have no effect.
type content struct {
	value  string
	effect corev1.TaintEffect
}

func contentOf(t *corev1.Taint) content { return content{t.Value, t.Effect} }

// with is how people write a mark with a content.
func (m mark) with(c content) string {
	if m.kind == label {
		return fmt.Sprintf("label %s=%s", m.key, c.value)
	}
	written := corev1.Taint{Key: m.key, Value: c.value, Effect: c.effect}
	return "taint " + written.ToString()
}

// wish is what a rule wants to be written.
type wish struct {
	content
	rule verdict.RuleKey
	// kept tells that the mark stays if it is there, and is not put if it is not.
	kept bool
}

// before tells whether the wish counts, and not the other. Wishes to put come
// first, then the names of the rules decide.
func (w wish) before(other wish) bool {
	if w.kept != other.kept {
		return other.kept
	}
	return cmp.Or(cmp.Compare(w.rule.Set, other.rule.Set), cmp.Compare(w.rule.Rule, other.rule.Rule)) < 0
}

// wishes are all that is wanted on one node.
type wishes map[mark]wish

// clash is a wish that another one keeps from being met.
type clash struct {
	mark        mark
	first, last wish
}

// wishesFor are what the rules want on a node. A node that the snapshot does not
// know has none.
func wishesFor(snapshot *verdict.Snapshot, node string) (wishes, []clash) {
	at := snapshot.Index(node)
	if at == verdict.NoNode {
		return nil, nil
	}
	all := wishes{}
	var clashes []clash
	for _, set := range snapshot.Sets {
		for _, rule := range set.Rules {
			labels, taint := rule.Marks(at)
			clashes = append(clashes, all.add(rule.Key, labels, taint, false)...)
			labels, taint = rule.KeptMarks(at)
			clashes = append(clashes, all.add(rule.Key, labels, taint, true)...)
		}
	}
	return all, clashes
}

func (w wishes) add(rule verdict.RuleKey, labels map[string]string, tainted *corev1.Taint, kept bool) []clash {
	var clashes []clash
	for key, value := range labels {
		clashes = append(clashes, w.addOne(mark{label, key}, wish{content{value: value}, rule, kept})...)
	}
	if tainted != nil {
		clashes = append(clashes, w.addOne(mark{taint, tainted.Key}, wish{contentOf(tainted), rule, kept})...)
	}
	return clashes
}

func (w wishes) addOne(at mark, last wish) []clash {
	first, taken := w[at]
	if !taken {
		w[at] = last
		return nil
	}
	if last.before(first) {
		first, last = last, first
	}
	w[at] = first
	if last.kept || last.content == first.content {
		return nil
	}
	return []clash{{at, first, last}}
}
