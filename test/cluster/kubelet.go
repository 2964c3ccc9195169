// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// NodeMemory is what each node's kubelet says now about its memory: the working set as a fraction of the
// node's capacity, by node name.
func (c *Cluster) NodeMemory(ctx context.Context) (map[string]float64, error) {
	nodes, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing nodes: %w", err)
	}
	memory := make(map[string]float64, len(nodes.Items))
	for _, node := range nodes.Items {
		bytes, err := c.workingSet(ctx, &node)
		if err != nil {
			return nil, fmt.Errorf("reading the metrics of node %s: %w", node.Name, err)
		}
		memory[node.Name] = bytes / node.Status.Capacity.Memory().AsApproximateFloat64()
	}
	return memory, nil
}

// workingSet is the node's memory in use, in bytes.
func (c *Cluster) workingSet(ctx context.Context, node *corev1.Node) (float64, error) {
	address, err := kubeletAddress(node)
	if err != nil {
		return 0, err
	}
	body, err := c.getFromKubelet(ctx, "https://"+address+node.Annotations[metricsPathAnnotation])
	if err != nil {
		return 0, err
	}
	defer body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(body)
	if err != nil {
		return 0, err
	}
	const name = "node_memory_working_set_bytes"
	series := families[name].GetMetric()
	if len(series) != 1 {
		return 0, fmt.Errorf("%d series of %s, want 1", len(series), name)
	}
	return series[0].GetGauge().GetValue(), nil
}

func kubeletAddress(node *corev1.Node) (string, error) {
	for _, address := range node.Status.Addresses {
		if address.Type == corev1.NodeInternalIP {
			port := int(node.Status.DaemonEndpoints.KubeletEndpoint.Port)
			return net.JoinHostPort(address.Address, strconv.Itoa(port)), nil
		}
	}
	return "", errors.New("it has no internal IP address")
}

// newKubeletClient trusts nothing but the cluster's CA, and shows no identity.
func newKubeletClient(authority *authority) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(authority.certificate)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
}

// getFromKubelet returns the body of a successful answer, for the caller to close.
func (c *Cluster) getFromKubelet(ctx context.Context, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.kubelets.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("getting %s: %s", url, response.Status)
	}
	return response.Body, nil
}
