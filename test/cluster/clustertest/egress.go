// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package clustertest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/loadline-dev/loadline/test/cluster"
)

// The API server passes no requests on to kubelets on loopback, where those of a
// cluster in a box are. So the nodes get addresses of the outside, which lead
// nowhere, and the API server goes to these by a proxy, as it does in clusters
// whose control plane is elsewhere. Everybody else goes on using loopback.
const (
	// Outside is what addresses of the outside begin with.
	Outside = "198.51.100." // TEST-NET-2, which is only for documentation
	// Hanging is an address of the outside from which no answer comes.
	Hanging = Outside + "255"
)

// Egress has a proxy between an API server and the nodes, until the test ends.
func Egress(t testing.TB) cluster.Options {
	t.Helper()
	dir, err := os.MkdirTemp("", "egress") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	socket, config := filepath.Join(dir, "proxy"), filepath.Join(dir, "egress.json")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	server := &http.Server{Handler: http.HandlerFunc(tunnel), BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() {
		stop()
		_ = server.Close()
		_ = os.RemoveAll(dir)
	})
	text := fmt.Sprintf(`{"apiVersion": "apiserver.k8s.io/v1beta1", "kind": "EgressSelectorConfiguration", "egressSelections": [
  {"name": "cluster", "connection": {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": %q}}}}]}`, socket)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return cluster.Options{APIServerFlags: []string{
		"--egress-selector-config-file=" + config,
		"--kubelet-preferred-address-types=ExternalIP",
	}}
}

// tunnel serves CONNECT.
func tunnel(w http.ResponseWriter, r *http.Request) {
	address := r.Host
	if strings.HasPrefix(address, Hanging+":") {
		<-r.Context().Done()
		return
	}
	if host, port, err := net.SplitHostPort(address); err == nil && strings.HasPrefix(host, Outside) {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	upstream, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer upstream.Close()
	w.WriteHeader(http.StatusOK)
	client, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	stop := context.AfterFunc(r.Context(), func() { _ = client.Close() })
	defer stop()
	go func() {
		_, _ = io.Copy(upstream, buffered)
		_ = upstream.Close()
	}()
	_, _ = io.Copy(client, upstream)
}

// MoveOutside gives a node an address of the outside, by which only the API server
// goes.
func MoveOutside(ctx context.Context, client kubernetes.Interface, node, address string) error {
	patch := fmt.Sprintf(`{"status":{"addresses":[{"type":%q,"address":%q}]}}`, corev1.NodeExternalIP, address)
	_, err := client.CoreV1().Nodes().Patch(ctx, node, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
	return err
}
