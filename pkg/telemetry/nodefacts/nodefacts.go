// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package nodefacts writes what the API server knows of the nodes into the
// telemetry, under the names and labels that kube-state-metrics gives them, so
// that a rule works unchanged on a server that scrapes kube-state-metrics.
//
// Unlike there, kube_node_labels has all labels of a node.
package nodefacts

import (
	"cmp"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// source is the same in all scrapes, so that the facts of a node that is gone
// end.
const source = "node facts"

// Scrape gives all facts of all nodes at a time.
func Scrape(nodes []*corev1.Node, now time.Time) embedded.Scrape {
	all := map[string]bool{}
	for _, name := range Names() {
		all[name] = true
	}
	recorder := NewRecorder()
	recorder.Want(all)
	return recorder.Scrape(nodes, now)
}

// Names are the names of all facts.
func Names() []string {
	names := make([]string, 0, len(families))
	for _, family := range families {
		names = append(names, family.name)
	}
	return names
}

// Recorder gives the facts that are wanted, time after time. It remembers those
// of nodes that have not changed. It is not safe for concurrent use.
type Recorder struct {
	wanted map[string]bool
	known  map[string]knownNode
}

type knownNode struct {
	node *corev1.Node
	// samples have no time.
	samples []embedded.Sample
}

// NewRecorder makes a recorder of which nothing is wanted yet.
func NewRecorder() *Recorder { return &Recorder{} }

// Want says which facts are wanted from now on, by their names. Others among the
// names do no harm.
func (r *Recorder) Want(names map[string]bool) {
	if maps.Equal(names, r.wanted) {
		return
	}
	r.wanted, r.known = maps.Clone(names), nil
}

// Scrape gives the wanted facts of all nodes at a time. A node must not be
// changed in place: a changed one is another object, as it is from an informer.
func (r *Recorder) Scrape(nodes []*corev1.Node, now time.Time) embedded.Scrape {
	// The same series in the same order are stored in half the time.
	nodes = slices.SortedFunc(slices.Values(nodes), func(a, b *corev1.Node) int { return cmp.Compare(a.Name, b.Name) })
	known, total := make(map[string]knownNode, len(nodes)), 0
	for _, node := range nodes {
		one, ok := r.known[node.Name]
		if !ok || one.node != node {
			one = knownNode{node: node, samples: r.samplesOf(node)}
		}
		known[node.Name] = one
		total += len(one.samples)
	}
	r.known = known
	scrape := embedded.Scrape{Source: source, Time: now, Samples: make([]embedded.Sample, 0, total)}
	for _, node := range nodes {
		scrape.Samples = append(scrape.Samples, known[node.Name].samples...)
	}
	return scrape
}

func (r *Recorder) samplesOf(node *corev1.Node) []embedded.Sample {
	var samples []embedded.Sample
	for _, family := range families {
		if !r.wanted[family.name] {
			continue
		}
		for _, fact := range family.of(node) {
			samples = append(samples, embedded.Sample{Series: fact.series(family.name, node.Name), Value: fact.value})
		}
	}
	return samples
}
