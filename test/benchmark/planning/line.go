// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// line is a state of the cluster in which turns are measured beside others.
type line struct {
	name string
	// hot is how many nodes are, with so many pods each.
	hot, podsPerNode int
	// large tells that budgets are so large that they bind nothing.
	large bool
	// elsewhere is what the memory of all other nodes is at. Zero: far below.
	elsewhere float64

	turns []turn
}

// allLines are what is measured. Those with large budgets that differ in the number
// of hot nodes, or of the pods on them, are compared with one another.
func allLines() []*line {
	var lines []*line
	for _, large := range []bool{false, true} {
		for _, nodes := range []int{1, 10, 50, 100} {
			lines = append(lines, &line{hot: nodes, podsPerNode: 30, large: large})
		}
	}
	lines = append(lines,
		&line{hot: 50, podsPerNode: 60, large: true},
		&line{hot: 50, podsPerNode: 110, large: true},
		// A pod requests 0.8% of a node's memory, and uses more than 1.5% of it.
		&line{hot: 50, podsPerNode: 30, large: true, elsewhere: 0.895},
		&line{hot: 50, podsPerNode: 30, large: true, elsewhere: 0.84},
	)
	for _, l := range lines {
		l.name = l.describe()
	}
	return lines
}

func (l *line) describe() string {
	nodes := "hot nodes"
	if l.hot == 1 {
		nodes = "hot node"
	}
	budgets := "default budgets"
	if l.large {
		budgets = "large budgets"
	}
	name := fmt.Sprintf("%d %s with %d pods each, %s", l.hot, nodes, l.podsPerNode, budgets)
	switch {
	case l.elsewhere > 0.85:
		name += ", and a pod would bring any other node over its line"
	case l.elsewhere > 0:
		name += ", and a pod would bring any other node too close to its line"
	}
	return name
}

// matching are the lines whose names a pattern matches.
func matching(lines []*line, pattern *regexp.Regexp) []*line {
	return slices.DeleteFunc(lines, func(l *line) bool { return !pattern.MatchString(l.name) })
}

// hotNodes are the first of the nodes with so many pods.
func (l *line) hotNodes(nodes []*corev1.Node) []*corev1.Node {
	from := first(l.podsPerNode)
	return nodes[from : from+l.hot]
}

// configuration is the default one, but for budgets that are large: as large as they
// can be.
func (l *line) configuration() *v1alpha1.DeschedulerConfiguration {
	config := &v1alpha1.DeschedulerConfiguration{
		DryRun: ptr.To(false), Protections: v1alpha1.Protections{SchedulerNames: []string{schedulerName}},
	}
	if l.large {
		most := func() *v1alpha1.Budget {
			return &v1alpha1.Budget{Evictions: 450, Within: v1alpha1.NewDuration(10 * time.Minute)}
		}
		config.Budgets = v1alpha1.Budgets{PerNode: most(), PerWorkload: most(), PerNamespace: most(), PerCluster: most()}
	}
	config.SetDefaults()
	return config
}
