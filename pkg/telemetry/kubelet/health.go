// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/klog/v2"
)

// health knows what was wrong with the kubelets when they were last asked, and
// says so when that changes.
type health struct {
	mu sync.Mutex
	// unread are nodes whose resource metrics could not be read.
	unread problem
	// lacking are nodes whose kubelets answered without what counts.
	lacking problem
	// pressureless are nodes that could be read, but for their pressure.
	pressureless problem
	// cutOff are nodes that have more series than are kept.
	cutOff problem
}

func newHealth() *health {
	return &health{
		unread: problem{
			nodes: map[string]error{},
			began: "Unable to read some kubelets; their nodes count as not measured once their last data is stale",
			ended: "All kubelets can be read again",
		},
		lacking: problem{
			nodes: map[string]error{},
			began: "Some kubelets answer without a usable value of their node's CPU or memory; their nodes count as not measured by rules about it",
			ended: "All kubelets that answer say what their node uses again",
		},
		pressureless: problem{
			nodes: map[string]error{},
			began: "Unable to read the pressure of some nodes from the cAdvisor endpoint of their kubelets; the rest of what they measure is not affected",
			ended: "The pressure of all nodes can be read again",
		},
		cutOff: problem{
			nodes: map[string]error{},
			began: "Some nodes have more series than are kept of one (telemetry.embedded.kubelets.maxSeriesPerNode); the rest is dropped",
			ended: "No node has too many series any more",
		},
	}
}

// record brings up to date what is known of a node.
func (h *health) record(node string, state nodeState) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unread.record(node, state.err)
	h.lacking.record(node, state.lackErr)
	h.pressureless.record(node, state.pressureErr)
	h.cutOff.record(node, state.limitErr)
}

// nodeState is what was wrong with a node.
type nodeState struct {
	err, lackErr, pressureErr, limitErr error
}

// report logs what has changed since the last report. It returns the number of
// nodes that could not be read.
func (h *health) report(logger klog.Logger, nodes int) (unread int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, problem := range []*problem{&h.unread, &h.lacking, &h.pressureless, &h.cutOff} {
		problem.report(logger, nodes)
	}
	return len(h.unread.nodes)
}

// problem is one that several nodes can have. One line tells of all of them,
// since an outage mostly takes many at once.
type problem struct {
	nodes    map[string]error
	reported []string
	// began and ended are what the log says.
	began, ended string
}

func (p *problem) record(node string, err error) {
	if err == nil {
		delete(p.nodes, node)
		return
	}
	p.nodes[node] = err
}

func (p *problem) report(logger klog.Logger, nodes int) {
	names := make([]string, 0, len(p.nodes))
	for node := range p.nodes {
		names = append(names, node)
	}
	slices.Sort(names)
	if slices.Equal(names, p.reported) {
		return
	}
	p.reported = names
	if len(names) == 0 {
		logger.Info(p.ended, "nodes", nodes)
		return
	}
	example := names[0]
	logger.Error(p.nodes[example], p.began, "failed", len(names), "nodes", nodes, "names", abridge(names), "example", example)
}

// limitError names the limit that a node is over.
func limitError(dropped, limit int) error {
	if dropped == 0 {
		return nil
	}
	return fmt.Errorf("%d series more than the %d that are kept", dropped, limit)
}

// abridge keeps a log line readable when thousands of nodes fail.
func abridge(names []string) string {
	const shown = 10
	if len(names) <= shown {
		return strings.Join(names, ",")
	}
	return strings.Join(names[:shown], ",") + ",..."
}
