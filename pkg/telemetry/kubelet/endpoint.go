// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const (
	// pathAnnotation on a node says where its kubelet serves what others serve
	// at resourcePath. metrics-server honours the same one.
	pathAnnotation = "metrics.k8s.io/resource-metrics-path"
	resourcePath   = "/metrics/resource"
	cadvisorPath   = "/metrics/cadvisor"
	defaultPort    = 10250
)

// DefaultAddressTypes are the addresses of a node in the order in which they are
// tried: first those that need no name service.
func DefaultAddressTypes() []corev1.NodeAddressType {
	return []corev1.NodeAddressType{
		corev1.NodeInternalIP, corev1.NodeExternalIP, corev1.NodeInternalDNS, corev1.NodeExternalDNS, corev1.NodeHostName,
	}
}

// ResourcePath is where the kubelet of a node serves what the node and its pods
// use.
func ResourcePath(node *corev1.Node) string {
	if path := node.Annotations[pathAnnotation]; path != "" {
		return "/" + strings.TrimPrefix(path, "/")
	}
	return resourcePath
}

// CadvisorPath is where it serves the pressure on the node: beside ResourcePath.
func CadvisorPath(node *corev1.Node) string {
	if prefix, ok := strings.CutSuffix(node.Annotations[pathAnnotation], resourcePath); ok && prefix != "" {
		return "/" + strings.TrimPrefix(prefix, "/") + cadvisorPath
	}
	return cadvisorPath
}

func (c *Client) resourceEndpoint(node *corev1.Node) (*url.URL, error) {
	return endpoint(node, c.addressTypes, ResourcePath(node))
}

func (c *Client) cadvisorEndpoint(node *corev1.Node) (*url.URL, error) {
	return endpoint(node, c.addressTypes, CadvisorPath(node))
}

func endpoint(node *corev1.Node, addressTypes []corev1.NodeAddressType, path string) (*url.URL, error) {
	address, err := addressOf(node, addressTypes)
	if err != nil {
		return nil, err
	}
	port := defaultPort
	if p := node.Status.DaemonEndpoints.KubeletEndpoint.Port; p != 0 {
		port = int(p)
	}
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(address, strconv.Itoa(port)), Path: path}, nil
}

func addressOf(node *corev1.Node, addressTypes []corev1.NodeAddressType) (string, error) {
	for _, kind := range addressTypes {
		for _, address := range node.Status.Addresses {
			if address.Type == kind && address.Address != "" {
				return address.Address, nil
			}
		}
	}
	if len(node.Status.Addresses) == 0 {
		return "", errors.New("the node has no address in its status")
	}
	return "", errors.New("the node has no address of the types in telemetry.embedded.kubelets.addressTypes in its status")
}

// identityOf is what tells the series of a node's kubelet from others.
func identityOf(node *corev1.Node, addressTypes []corev1.NodeAddressType) identity {
	instance := node.Name
	if at, err := endpoint(node, addressTypes, resourcePath); err == nil {
		instance = at.Host
	}
	return identity{instance: instance, node: node.Name}
}
