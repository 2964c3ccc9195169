// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"net"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestEndpoint(t *testing.T) {
	cases := map[string]struct {
		// types are those of Settings.
		types []corev1.NodeAddressType
		// addresses are in the order of the node's status, as type=address.
		addresses []string
		port      int32
		path      string
		// want is empty for an error.
		want string
	}{
		"internal address first": {
			addresses: []string{"Hostname=h", "InternalDNS=d", "ExternalIP=2.0.0.1", "InternalIP=10.0.0.1"},
			want:      "https://10.0.0.1:10250/metrics/resource",
		},
		"then the external one": {
			addresses: []string{"Hostname=h", "InternalDNS=d", "ExternalIP=2.0.0.1"},
			want:      "https://2.0.0.1:10250/metrics/resource",
		},
		"then the internal name": {
			addresses: []string{"Hostname=h", "InternalDNS=d"},
			want:      "https://d:10250/metrics/resource",
		},
		"then the external name": {
			addresses: []string{"Hostname=h", "ExternalDNS=e"},
			want:      "https://e:10250/metrics/resource",
		},
		"then the host name": {
			addresses: []string{"Hostname=h"},
			want:      "https://h:10250/metrics/resource",
		},
		"first of two":                  {addresses: []string{"InternalIP=10.0.0.1", "InternalIP=fd00::1"}, want: "https://10.0.0.1:10250/metrics/resource"},
		"IPv6":                          {addresses: []string{"InternalIP=fd00::1"}, want: "https://[fd00::1]:10250/metrics/resource"},
		"empty address":                 {addresses: []string{"InternalIP=", "Hostname=h"}, want: "https://h:10250/metrics/resource"},
		"port":                          {addresses: []string{"Hostname=h"}, port: 443, want: "https://h:443/metrics/resource"},
		"path":                          {addresses: []string{"Hostname=h"}, path: "/other", want: "https://h:10250/other"},
		"path without a slash":          {addresses: []string{"Hostname=h"}, path: "other", want: "https://h:10250/other"},
		"path cannot name another host": {addresses: []string{"Hostname=h"}, path: "@evil/x?y", want: "https://h:10250/@evil/x%3Fy"},
		"no address":                    {},
		"other types": {
			types:     []corev1.NodeAddressType{corev1.NodeHostName, corev1.NodeInternalIP},
			addresses: []string{"InternalIP=10.0.0.1", "Hostname=h"},
			want:      "https://h:10250/metrics/resource",
		},
		"second of other types": {
			types:     []corev1.NodeAddressType{corev1.NodeHostName, corev1.NodeInternalIP},
			addresses: []string{"ExternalIP=2.0.0.1", "InternalIP=10.0.0.1"},
			want:      "https://10.0.0.1:10250/metrics/resource",
		},
		"none of other types": {
			types:     []corev1.NodeAddressType{corev1.NodeHostName},
			addresses: []string{"InternalIP=10.0.0.1"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			node := &corev1.Node{}
			for _, text := range tc.addresses {
				kind, address, _ := strings.Cut(text, "=")
				node.Status.Addresses = append(node.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeAddressType(kind), Address: address})
			}
			node.Status.DaemonEndpoints.KubeletEndpoint.Port = tc.port
			if tc.path != "" {
				node.Annotations = map[string]string{pathAnnotation: tc.path}
			}
			client, err := NewClient(Settings{AddressTypes: tc.types}, oneToken(""))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if endpoint, err := client.resourceEndpoint(node); err == nil {
				got = endpoint.String()
			}
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCadvisorEndpointIsBesideTheOther(t *testing.T) {
	cases := map[string]struct{ path, want string }{
		"by default":              {want: "/metrics/cadvisor"},
		"a prefix":                {path: "/nodes/a/metrics/resource", want: "/nodes/a/metrics/cadvisor"},
		"a prefix, no slash":      {path: "nodes/a/metrics/resource", want: "/nodes/a/metrics/cadvisor"},
		"the usual path":          {path: "/metrics/resource", want: "/metrics/cadvisor"},
		"one that says no prefix": {path: "/usage", want: "/metrics/cadvisor"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			node := &corev1.Node{Status: corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: "h"}}}}
			if tc.path != "" {
				node.Annotations = map[string]string{pathAnnotation: tc.path}
			}
			client, err := NewClient(Settings{}, oneToken(""))
			if err != nil {
				t.Fatal(err)
			}
			endpoint, err := client.cadvisorEndpoint(node)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := endpoint.String(), "https://h:10250"+tc.want; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestReadOverIPv6(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	server := startKubeletAt(t, listener, serve(example))
	node := nodeAt(t, "a", server.Listener.Addr())
	got, err := newTestClient(t, TLS{CAData: authorityOf(server)}, "secret").resources(t.Context(), node, Wanted{})
	if err != nil {
		t.Fatal(err)
	}
	instance := got.samples[0].Series.Get("instance")
	if want := server.Listener.Addr().String(); instance != want || !strings.HasPrefix(want, "[::1]:") {
		t.Errorf("got instance %q, want %q", instance, want)
	}
}
