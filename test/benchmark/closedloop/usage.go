// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/loadline-dev/loadline/test/benchmark/internal/scenario"
)

// Annotations that say what a pod uses, in cores, and the ages, in seconds,
// between which it rises to that and at which it ends.
const (
	demandAnnotation = "loadline.dev/demand"
	beginAnnotation  = "loadline.dev/begin"
	riseAnnotation   = "loadline.dev/rise"
	endAnnotation    = "loadline.dev/end"
)

// usageNow is what a node uses at this moment, in cores, at usageNowPath of its
// kubelet. Others tell of CPU by counters alone.
const (
	usageNow     = "node_cpu_usage_now"
	usageNowPath = "/metrics/nodes/{nodeName}/usage"
)

// usage has kwok's kubelets compute what a pod uses from these.
const usage = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterResourceUsage
metadata:
  name: usage-by-age
spec:
  usages:
  - usage:
      memory: {value: 1Mi}
      cpu:
        expression: |
          pod.status.phase != "Running" ? 0.0
          : Now().UnixSecond() - pod.status.startTime.UnixSecond() < double(pod.metadata.annotations["` + beginAnnotation + `"]) ? 0.0
          : Now().UnixSecond() - pod.status.startTime.UnixSecond() >= double(pod.metadata.annotations["` + endAnnotation + `"]) ? 0.0
          : Now().UnixSecond() - pod.status.startTime.UnixSecond() >= double(pod.metadata.annotations["` + riseAnnotation + `"])
          ? double(pod.metadata.annotations["` + demandAnnotation + `"])
          : double(pod.metadata.annotations["` + demandAnnotation + `"])
          * (Now().UnixSecond() - pod.status.startTime.UnixSecond() - double(pod.metadata.annotations["` + beginAnnotation + `"]))
          / (double(pod.metadata.annotations["` + riseAnnotation + `"]) - double(pod.metadata.annotations["` + beginAnnotation + `"]))
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Metric
metadata:
  name: usage-now
spec:
  path: ` + usageNowPath + `
  metrics:
  - {name: ` + usageNow + `, help: Cores in use at this moment, dimension: node, kind: gauge, value: 'node.Usage("cpu")'}
`

// forever is the life of a pod that does not end, in seconds.
const forever = 1e9

// usageOf is what a pod of a scenario uses.
func usageOf(p *scenario.Pod, pace pace) map[string]string {
	begin, end := pace.real(p.Delay).Seconds(), forever
	if p.Life > 0 {
		end = lifeOf(p, pace).Seconds()
	}
	return usageAnnotations(p.Demand, begin, begin+pace.real(p.Ramp).Seconds(), end)
}

// lifeOf is the time from a pod's start to its end.
func lifeOf(p *scenario.Pod, pace pace) time.Duration { return pace.real(p.Delay + p.Life) }

// constant is what a pod uses that always uses the same.
func constant(cores float64) map[string]string { return usageAnnotations(cores, 0, 0, forever) }

func usageAnnotations(demand, begin, rise, end float64) map[string]string {
	return map[string]string{
		demandAnnotation: fmt.Sprintf("%.6f", demand), beginAnnotation: fmt.Sprintf("%.3f", begin),
		riseAnnotation: fmt.Sprintf("%.3f", rise), endAnnotation: fmt.Sprintf("%.3f", end),
	}
}
