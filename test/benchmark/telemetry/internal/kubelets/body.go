// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelets

import (
	"math"
	"strconv"
	"time"
)

const (
	// hotEvery makes every tenth node one whose memory is nearly used up.
	hotEvery = 10
	// wave is the period in which usage swings around its mean.
	wave = 7 * time.Minute
	// swing is how far it swings, as a share of the mean.
	swing = 0.02
)

// What all nodes have.
const (
	// Cores and MemoryBytes are a node's capacity.
	Cores       = 16
	MemoryBytes = 64 << 30

	namespaces = 20
	// containerStart is in Unix time; CPU counters count from there.
	containerStart = 1_767_225_600
)

// family is one metric of /metrics/resource.
type family struct {
	name, kind, help string
}

// families of the containers, the node, the pods and the scrape, each in the
// order in which a kubelet writes them, and with the help that it gives.
var (
	containerCPU    = family{"container_cpu_usage_seconds_total", "counter", "[STABLE] Cumulative cpu time consumed by the container in core-seconds"}
	containerMemory = family{"container_memory_working_set_bytes", "gauge", "[STABLE] Current working set of the container in bytes"}
	containerStarts = family{"container_start_time_seconds", "gauge", "[STABLE] Start time of the container since unix epoch in seconds"}
	containerSwap   = family{"container_swap_usage_bytes", "gauge", "[ALPHA] Current amount of the container swap usage in bytes. Reported only on non-windows systems"}
	nodeCPU         = family{"node_cpu_usage_seconds_total", "counter", "[STABLE] Cumulative cpu time consumed by the node in core-seconds"}
	nodeMemory      = family{"node_memory_working_set_bytes", "gauge", "[STABLE] Current working set of the node in bytes"}
	nodeSwap        = family{"node_swap_usage_bytes", "gauge", "[ALPHA] Current swap usage of the node in bytes. Reported only on non-windows systems"}
	podCPU          = family{"pod_cpu_usage_seconds_total", "counter", "[STABLE] Cumulative cpu time consumed by the pod in core-seconds"}
	podMemory       = family{"pod_memory_working_set_bytes", "gauge", "[STABLE] Current working set of the pod in bytes"}
	podSwap         = family{"pod_swap_usage_bytes", "gauge", "[ALPHA] Current amount of the pod swap usage in bytes. Reported only on non-windows systems"}
	scrapeError     = family{"resource_scrape_error", "gauge", "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise"}
)

// kubelet is one node, as a function of time: it remembers nothing.
type kubelet struct {
	index, pods int
	// housekeeping is how often it measures; in between it says the same again,
	// with the same timestamps.
	housekeeping time.Duration
}

// Hot tells whether the memory of the node at an index is nearly used up.
func Hot(index int) bool { return index%hotEvery == 0 }

// appendBody appends what the kubelet says at a time. Pods have one container
// each. The timestamps are those of the last housekeeping, which is at another
// moment on each node.
func (k kubelet) appendBody(body []byte, now time.Time) []byte {
	phase := time.Duration(k.index%100) * k.housekeeping / 100
	at := now.Add(-phase).Truncate(k.housekeeping).Add(phase)
	p := page{body: body, milliseconds: at.UnixMilli()}

	p.perContainer(k, containerCPU, func(pod int) float64 { return cpuSeconds(k.podCores(pod), at) })
	p.perContainer(k, containerMemory, func(pod int) float64 { return k.podBytes(pod, at) })
	p.perContainerUndated(k, containerStarts, func(pod int) float64 { return containerStart + float64(pod) })
	p.perContainer(k, containerSwap, none)
	p.whole(nodeCPU, cpuSeconds(k.cores(), at))
	p.whole(nodeMemory, k.bytes(at))
	p.whole(nodeSwap, 0)
	p.perPod(k, podCPU, func(pod int) float64 { return cpuSeconds(k.podCores(pod), at) })
	p.perPod(k, podMemory, func(pod int) float64 { return k.podBytes(pod, at) })
	p.perPod(k, podSwap, none)
	p.undated(scrapeError, 0)
	return p.body
}

func none(int) float64 { return 0 }

// cores is the mean number of cores in use: between 2 and 12, by node.
func (k kubelet) cores() float64 { return 2 + float64(k.index*7%101)/10 }

// bytes is the node's working set: about 93% of the capacity on a hot node,
// between 30% and 80% on the others.
func (k kubelet) bytes(at time.Time) float64 {
	share := 0.30 + float64(k.index*13%51)/100
	if Hot(k.index) {
		share = 0.93
	}
	return math.Round(MemoryBytes * share * (1 + swing*math.Sin(angle(k.index, at))))
}

// Pods share nine tenths of what the node uses, unequally.
func (k kubelet) podCores(pod int) float64 { return 0.9 * k.cores() * k.weight(pod) }

func (k kubelet) podBytes(pod int, at time.Time) float64 {
	return math.Round(0.9 * k.bytes(at) * k.weight(pod))
}

// weight is a pod's part of the pods' usage: they add up to 1.
func (k kubelet) weight(pod int) float64 {
	total := float64(k.pods*(k.pods+1)) / 2
	return float64(pod+1) / total
}

// cpuSeconds is a counter whose rate swings around a number of cores.
func cpuSeconds(cores float64, at time.Time) float64 {
	seconds := float64(at.UnixMilli())/1000 - containerStart
	period := wave.Seconds() / (2 * math.Pi)
	return cores * (seconds - swing*period*math.Cos(seconds/period))
}

func angle(index int, at time.Time) float64 {
	return float64(index) + 2*math.Pi*float64(at.UnixMilli()%wave.Milliseconds())/float64(wave.Milliseconds())
}

// page is a body in the Prometheus text format that is being written. Its
// methods append, since formatting would cost more than all the rest.
type page struct {
	body         []byte
	milliseconds int64
}

func (p *page) perContainer(k kubelet, f family, value func(pod int) float64) {
	p.heading(f)
	for pod := range k.pods {
		p.container(k, f, pod)
		p.value(value(pod))
		p.timestamp()
	}
}

func (p *page) perContainerUndated(k kubelet, f family, value func(pod int) float64) {
	p.heading(f)
	for pod := range k.pods {
		p.container(k, f, pod)
		p.value(value(pod))
		p.body = append(p.body, '\n')
	}
}

func (p *page) perPod(k kubelet, f family, value func(pod int) float64) {
	p.heading(f)
	for pod := range k.pods {
		p.body = append(p.body, f.name...)
		p.body = append(p.body, '{')
		p.pod(k, pod)
		p.value(value(pod))
		p.timestamp()
	}
}

func (p *page) whole(f family, value float64) {
	p.heading(f)
	p.body = append(p.body, f.name...)
	p.value(value)
	p.timestamp()
}

func (p *page) undated(f family, value float64) {
	p.heading(f)
	p.body = append(p.body, f.name...)
	p.value(value)
	p.body = append(p.body, '\n')
}

func (p *page) heading(f family) {
	p.body = append(p.body, "# HELP "...)
	p.body = append(p.body, f.name...)
	p.body = append(p.body, ' ')
	p.body = append(p.body, f.help...)
	p.body = append(p.body, "\n# TYPE "...)
	p.body = append(p.body, f.name...)
	p.body = append(p.body, ' ')
	p.body = append(p.body, f.kind...)
	p.body = append(p.body, '\n')
}

func (p *page) container(k kubelet, f family, pod int) {
	p.body = append(p.body, f.name...)
	p.body = append(p.body, `{container="app",`...)
	p.pod(k, pod)
}

// pod names a pod as a Deployment would, differently on each node.
func (p *page) pod(k kubelet, pod int) {
	p.body = append(p.body, `namespace="team-`...)
	p.body = strconv.AppendInt(p.body, int64((k.index+pod)%namespaces), 10)
	p.body = append(p.body, `",pod="service-`...)
	p.body = strconv.AppendInt(p.body, int64(pod), 10)
	p.body = append(p.body, "-7d9f8b6c5d-"...)
	p.body = strconv.AppendInt(p.body, int64(10_000+k.index), 10)
	p.body = append(p.body, `"}`...)
}

func (p *page) value(value float64) {
	p.body = append(p.body, ' ')
	p.body = strconv.AppendFloat(p.body, value, 'g', -1, 64)
}

func (p *page) timestamp() {
	p.body = append(p.body, ' ')
	p.body = strconv.AppendInt(p.body, p.milliseconds, 10)
	p.body = append(p.body, '\n')
}
