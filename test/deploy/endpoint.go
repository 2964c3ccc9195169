// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"

	"k8s.io/client-go/rest"

	"github.com/loadline-dev/loadline/test/cluster"
)

// endpoint is how an administrator reaches what a program itself serves.
type endpoint struct {
	name   string
	config *rest.Config
}

func newEndpoint(c *cluster.Cluster, name, port string) endpoint {
	config := c.RESTConfig()
	config.Host = "https://" + net.JoinHostPort("127.0.0.1", port)
	config.TLSClientConfig.CAData, config.TLSClientConfig.CAFile = nil, ""
	config.TLSClientConfig.Insecure = true // it makes a certificate of its own at each start
	return endpoint{name: name, config: config}
}

// URL is where the program serves, to those who have the right.
func (e endpoint) URL() string { return e.config.Host }

// Metrics reads the program's own /metrics, in the Prometheus text format.
func (e endpoint) Metrics(ctx context.Context) ([]byte, error) {
	return e.Get(ctx, "/metrics")
}

// Get reads what the program itself serves at a path, such as a profile.
func (e endpoint) Get(ctx context.Context, path string) ([]byte, error) {
	body, err := e.get(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", path, e.name, err)
	}
	return body, nil
}

// GetAs reads the same for whoever shows a token. Without one that is nobody in
// particular, such as a kubelet that probes.
func (e endpoint) GetAs(ctx context.Context, token, path string) ([]byte, error) {
	config := rest.AnonymousClientConfig(e.config)
	config.BearerToken = token
	return endpoint{name: e.name, config: config}.Get(ctx, path)
}

func (e endpoint) get(ctx context.Context, path string) ([]byte, error) {
	client, err := rest.HTTPClientFor(e.config)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.config.Host+path, nil)
	if err != nil {
		return nil, err
	}
	request.Close = true // or the program would be seen to hold a connection for each look at it
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return body, err
}
