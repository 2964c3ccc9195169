// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"time"
)

const (
	// drifted is how full a node is to which the load of a workload has drifted:
	// over the line, and nobody is killed.
	drifted = 0.94
	// driftSteps is in how many steps the pods grow. It takes the last one to cross
	// the line.
	driftSteps = 4
	// driftInterval is the time between two steps.
	driftInterval = time.Second
)

// drift is what makes a node full: pods of one workload use more memory than before.
type drift struct {
	node string
	pods []podRecord
	// growth is what each of them grows by, in bytes.
	growth int64
}

// findDrift finds the node on which the pods of a workload have to grow the least
// until the node's memory is used to that share.
func (d *demo) findDrift(workload string, share float64) (drift, error) {
	var least drift
	all := d.pods.all()
	for _, node := range d.nodes {
		there := on(node, all)
		missing := int64(share * nodeMemory)
		for _, record := range there {
			missing -= usage(record.pod)
		}
		pods := slices.DeleteFunc(there, func(record podRecord) bool { return record.pod.Labels["app"] != workload })
		if missing <= 0 || len(pods) == 0 {
			continue
		}
		if growth := missing / int64(len(pods)); least.growth == 0 || growth < least.growth {
			least = drift{node, pods, growth}
		}
	}
	if least.growth == 0 {
		return drift{}, fmt.Errorf("no node has pods of %s that could grow", workload)
	}
	return least, nil
}

// grow plays the drift.
func (d *demo) grow(drift drift) error {
	for step := range int64(driftSteps) {
		for _, record := range drift.pods {
			grown := usage(record.pod) + drift.growth*(step+1)/driftSteps
			if err := d.kernel.setUsage(d.ctx, record.pod, grown); err != nil {
				return err
			}
		}
		if err := d.pause(driftInterval); err != nil {
			return err
		}
	}
	return nil
}
