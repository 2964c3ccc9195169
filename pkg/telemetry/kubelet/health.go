// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"slices"
	"strings"
	"sync"

	"k8s.io/klog/v2"
)

// health knows which kubelets could not be read when they were last asked, and
// says so when that changes. One line tells of all of them, since an outage
// mostly takes many at once.
type health struct {
	mu       sync.Mutex
	failed   map[string]error
	reported []string
}

func (h *health) record(node string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		delete(h.failed, node)
		return
	}
	h.failed[node] = err
}

func (h *health) forget(node string) { h.record(node, nil) }

// report logs the nodes that cannot be measured, if they are others than at the
// last report.
func (h *health) report(logger klog.Logger, nodes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	failed := make([]string, 0, len(h.failed))
	for node := range h.failed {
		failed = append(failed, node)
	}
	slices.Sort(failed)
	if slices.Equal(failed, h.reported) {
		return
	}
	h.reported = failed
	if len(failed) == 0 {
		logger.Info("All kubelets can be read again", "nodes", nodes)
		return
	}
	example := failed[0]
	logger.Error(h.failed[example], "Unable to read some kubelets; their nodes count as not measured once their last data is stale",
		"failed", len(failed), "nodes", nodes, "names", abridge(failed), "example", example)
}

// abridge keeps a log line readable when thousands of nodes fail.
func abridge(names []string) string {
	const shown = 10
	if len(names) <= shown {
		return strings.Join(names, ",")
	}
	return strings.Join(names[:shown], ",") + ",..."
}
