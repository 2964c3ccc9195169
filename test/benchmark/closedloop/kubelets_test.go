// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// kubeletCPU is how many cores each node uses now, as its kubelet tells.
func kubeletCPU(b *box) (map[string]float64, error) {
	authority, err := os.ReadFile(b.cluster.CAFile())
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	nodes, err := b.cluster.Client().CoreV1().Nodes().List(b.ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	cores := map[string]float64{}
	// For a moment, kwok answers zeros to the first who asks.
	err = b.await("kubelets to tell what is used", func() (bool, error) {
		known := true
		for _, node := range nodes.Items {
			var err error
			if cores[node.Name], err = usageOn(client, &node); err != nil {
				return false, err
			}
			known = known && cores[node.Name] > 0
		}
		return known, nil
	})
	return cores, err
}

func usageOn(client *http.Client, node *corev1.Node) (cores float64, err error) {
	port := strconv.Itoa(int(node.Status.DaemonEndpoints.KubeletEndpoint.Port))
	path := strings.ReplaceAll(usageNowPath, "{nodeName}", node.Name)
	response, err := client.Get("https://" + net.JoinHostPort(node.Status.Addresses[0].Address, port) + path)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return 0, err
	}
	for _, metric := range families[usageNow].GetMetric() {
		return metric.GetGauge().GetValue(), nil
	}
	return 0, fmt.Errorf("node %s tells nothing of its CPU", node.Name)
}
