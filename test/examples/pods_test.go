// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package examples

import (
	"fmt"
	"net"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// exporterPod is a pod in the cluster of these tests.
type exporterPod struct {
	// job is that of the shipped scrape configurations that is to find the pod.
	job                   string
	namespace, name, node string
	labels                labels.Set
	ports                 []exporterPort

	phase corev1.PodPhase
	ip    string
}

// exporterPort is a port of a pod. Without a file of testdata, which it answers
// with at /metrics, it must not be asked.
type exporterPort struct {
	name   string
	number int32
	file   string
}

// exporterPods are the exporters as their charts and manifests install them, and
// pods that are none of them.
func exporterPods() []exporterPod {
	const nameLabel = "app.kubernetes.io/name"
	pods := []exporterPod{
		{job: "node-exporter", namespace: "monitoring", name: "node-exporter-1", node: "worker-a", labels: labels.Set{nameLabel: "prometheus-node-exporter"},
			ports: []exporterPort{{"metrics", 9100, "node-exporter-worker-a.prom"}}},
		{job: "node-exporter", namespace: "monitoring", name: "node-exporter-2", node: "worker-b", labels: labels.Set{nameLabel: "node-exporter"},
			ports: []exporterPort{{"http-metrics", 9100, "node-exporter-worker-b.prom"}, {"http-healthz", 8888, ""}}},
		{job: "dcgm-exporter", namespace: "gpu-operator", name: "nvidia-dcgm-exporter-1", node: "worker-a", labels: labels.Set{"app": "nvidia-dcgm-exporter"},
			ports: []exporterPort{{"metrics", 9400, "dcgm-exporter-worker-a.prom"}}},
		{job: "dcgm-exporter", namespace: "monitoring", name: "dcgm-exporter-2", node: "worker-b", labels: labels.Set{nameLabel: "dcgm-exporter"},
			ports: []exporterPort{{"metrics", 9400, "dcgm-exporter-worker-b.prom"}}},
		{job: "ebpf-exporter", namespace: "monitoring", name: "ebpf-exporter-1", node: "worker-a", labels: labels.Set{nameLabel: "ebpf-exporter"},
			ports: []exporterPort{{"metrics", 9435, "ebpf-exporter-worker-a.prom"}}},
		{job: "ebpf-exporter", namespace: "monitoring", name: "ebpf-exporter-2", node: "worker-b", labels: labels.Set{nameLabel: "ebpf-exporter"},
			ports: []exporterPort{{"metrics", 9435, "ebpf-exporter-worker-b.prom"}, {"debug", 6060, ""}}},
		{job: "kepler", namespace: "kepler", name: "kepler-1", node: "worker-a", labels: labels.Set{nameLabel: "kepler"},
			ports: []exporterPort{{"http", 28282, "kepler-worker-a.prom"}}},
		{job: "kepler", namespace: "kepler", name: "kepler-2", node: "worker-b", labels: labels.Set{nameLabel: "kepler"},
			ports: []exporterPort{{"http", 28282, "kepler-worker-b.prom"}}},
		{job: "opencost", namespace: "opencost", name: "opencost-1", node: "worker-b", labels: labels.Set{nameLabel: "opencost"},
			ports: []exporterPort{{"http", 9003, "opencost.prom"}, {"http-ui", 9090, ""}}},
		{job: "kube-state-metrics", namespace: "monitoring", name: "kube-state-metrics-1", node: "worker-b", labels: labels.Set{nameLabel: "kube-state-metrics"},
			ports: []exporterPort{{"http", 8080, "kube-state-metrics.prom"}, {"metrics", 8081, ""}}},
		{namespace: "default", name: "web-1", node: "worker-a", labels: labels.Set{nameLabel: "web"},
			ports: []exporterPort{{"metrics", 9100, ""}, {"http", 8080, ""}}},
	}
	for i := range pods {
		pods[i].phase = corev1.PodRunning
	}
	for _, pod := range slices.Clone(pods) { // one that the node evicted before
		pod.name, pod.phase = pod.name+"-evicted", corev1.PodFailed
		pod.ports = []exporterPort{{pod.ports[0].name, pod.ports[0].number, ""}}
		pods = append(pods, pod)
	}
	for i := range pods {
		pods[i].ip = fmt.Sprintf("10.244.0.%d", i+1)
	}
	return pods
}

// object is the pod as the API server has it.
func (p exporterPod) object() corev1.Pod {
	container := corev1.Container{Name: p.name, Image: p.name}
	for _, port := range p.ports {
		container.Ports = append(container.Ports, corev1.ContainerPort{Name: port.name, ContainerPort: port.number, Protocol: corev1.ProtocolTCP})
	}
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.namespace, Name: p.name, Labels: p.labels},
		Spec:       corev1.PodSpec{NodeName: p.node, Containers: []corev1.Container{container}},
		Status:     corev1.PodStatus{Phase: p.phase, PodIP: p.ip},
	}
}

// address is where discovery finds a port of the pod.
func (p exporterPod) address(port exporterPort) string {
	return net.JoinHostPort(p.ip, strconv.Itoa(int(port.number)))
}

// meta are the labels that discovery gives a port of the pod, as far as the
// examples ask for them.
func (p exporterPod) meta(port exporterPort) map[string]string {
	return map[string]string{
		"__meta_kubernetes_namespace":                 p.namespace,
		"__meta_kubernetes_pod_name":                  p.name,
		"__meta_kubernetes_pod_node_name":             p.node,
		"__meta_kubernetes_pod_phase":                 string(p.phase),
		"__meta_kubernetes_pod_container_port_name":   port.name,
		"__meta_kubernetes_pod_container_port_number": strconv.Itoa(int(port.number)),
	}
}
