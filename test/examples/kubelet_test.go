// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package examples

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
	"github.com/loadline-dev/loadline/pkg/telemetry/kubelet"
)

// measureKubelets asks the kubelets all through a period, as the engine does where
// these metrics are wanted.
func measureKubelets(t *testing.T, database *embedded.Database, wanted map[string]bool, during period) {
	t.Helper()
	clock := clocktesting.NewFakeClock(during.start)
	var nodes []*corev1.Node
	for _, node := range cluster() {
		if slices.Contains(measured, node.Name) {
			startKubelet(t, node, func() time.Duration { return clock.Since(during.start) })
			nodes = append(nodes, node)
		}
	}
	client, err := kubelet.NewClient(kubelet.Settings{TLS: kubelet.TLS{InsecureSkipVerify: true}}, noToken{})
	if err != nil {
		t.Fatal(err)
	}
	fetcher := kubelet.NewFetcher(client, database, interval, clock)
	fetcher.Want(kubelet.Wanted{Everywhere: wanted})
	for _, at := range during.ticks() {
		clock.SetTime(at)
		fetcher.Sweep(t.Context(), nodes)
	}
}

// startKubelet starts the kubelet of a node, which then has its address. It answers
// with what is in testdata at a time after the start.
func startKubelet(t *testing.T, node *corev1.Node, since func() time.Duration) {
	t.Helper()
	mux := http.NewServeMux()
	for _, endpoint := range []string{"resource", "cadvisor"} {
		content := readExposition(t, endpoint+"-"+node.Name+".prom")
		mux.HandleFunc("/metrics/"+endpoint, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, content.at(since()))
		})
	}
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	address := server.Listener.Addr().(*net.TCPAddr)
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address.IP.String()}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(address.Port)
}

// noToken is for kubelets that ask for none.
type noToken struct{}

// Token returns no token.
func (noToken) Token() (string, error) { return "", nil }

// Reject does nothing.
func (noToken) Reject(string) {}
