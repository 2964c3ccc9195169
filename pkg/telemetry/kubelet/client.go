// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/transport"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	// pathAnnotation on a node says where its kubelet serves what others serve
	// at defaultPath. metrics-server honours the same one.
	pathAnnotation = "metrics.k8s.io/resource-metrics-path"
	defaultPath    = "/metrics/resource"
	defaultPort    = 10250
	// maxBody is in bytes. A kubelet with 250 pods of two containers says
	// about 200 kB.
	maxBody = 16 << 20
	// idleTimeout outlasts any interval, so that connections are kept.
	idleTimeout = 10 * time.Minute
)

// Client reads the metrics of single kubelets.
type Client struct {
	http *http.Client
}

// TLS says which serving certificates of kubelets are accepted: those signed by
// the authorities in CAData or CAFile, or any.
type TLS struct {
	// CAData and CAFile are PEM. CAData wins.
	CAData             []byte
	CAFile             string
	InsecureSkipVerify bool
}

// NewClient makes a client that shows kubelets the tokens of a token source.
func NewClient(settings TLS, tokens transport.ResettableTokenSource) (*Client, error) {
	config := &rest.Config{TLSClientConfig: rest.TLSClientConfig{
		CAData: settings.CAData, CAFile: settings.CAFile, Insecure: settings.InsecureSkipVerify,
	}}
	tlsConfig, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the authorities of the kubelets' certificates (telemetry.embedded.kubelets.caFile): %w", err)
	}
	base := &http.Transport{
		TLSClientConfig: tlsConfig,
		// A map that is not nil turns HTTP/2 off: one request at a time per
		// kubelet gains nothing from it, and pays in memory.
		TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxIdleConnsPerHost: 1,
		IdleConnTimeout:     idleTimeout,
	}
	return &Client{http: &http.Client{
		Transport: transport.ResettableTokenSourceWrapTransport(tokens)(base),
		// A redirect could send the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// read asks the kubelet of a node for the samples that Loadline keeps.
func (c *Client) read(ctx context.Context, node *corev1.Node) ([]embedded.Sample, error) {
	endpoint, err := endpointOf(node)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("asking the kubelet: %w", err)
	}
	request.Header.Set("Accept", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
	response, err := c.http.Do(request)
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return nil, fmt.Errorf("asking the kubelet: %w (name the authority that signs the kubelets' serving certificates in "+
			"telemetry.embedded.kubelets.caFile; for self-signed certificates there is only telemetry.embedded.kubelets.insecureSkipVerify)", err)
	}
	if err != nil {
		return nil, fmt.Errorf("asking the kubelet: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the answer of %s: %w", endpoint, err)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("asking %s: %s%s", endpoint, response.Status, remedy(response.StatusCode))
	case len(body) > maxBody:
		return nil, fmt.Errorf("reading the answer of %s: more than %d MiB", endpoint, maxBody>>20)
	}
	samples, err := parse(body, node)
	if err != nil {
		return nil, fmt.Errorf("parsing the answer of %s: %w", endpoint, err)
	}
	return samples, nil
}

func remedy(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return " (the kubelet must accept ServiceAccount tokens: --authentication-token-webhook)"
	case http.StatusForbidden:
		return ` (the ServiceAccount of telemetry.embedded.kubelets.serviceAccount needs "get" on "nodes/metrics")`
	default:
		return ""
	}
}

// endpointOf is where the kubelet of a node serves its metrics.
func endpointOf(node *corev1.Node) (*url.URL, error) {
	address, err := addressOf(node)
	if err != nil {
		return nil, err
	}
	port := defaultPort
	if p := node.Status.DaemonEndpoints.KubeletEndpoint.Port; p != 0 {
		port = int(p)
	}
	path := defaultPath
	if p := node.Annotations[pathAnnotation]; p != "" {
		path = "/" + strings.TrimPrefix(p, "/")
	}
	return &url.URL{Scheme: "https", Host: net.JoinHostPort(address, strconv.Itoa(port)), Path: path}, nil
}

// addressOf prefers the internal address, which needs no name service.
func addressOf(node *corev1.Node) (string, error) {
	for _, kind := range []corev1.NodeAddressType{corev1.NodeInternalIP, corev1.NodeExternalIP, corev1.NodeInternalDNS, corev1.NodeHostName} {
		for _, address := range node.Status.Addresses {
			if address.Type == kind && address.Address != "" {
				return address.Address, nil
			}
		}
	}
	return "", errors.New("the node has no address in its status")
}
