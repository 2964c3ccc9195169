// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package nodeproxy asks kubelets through the API server, which passes requests
// on to them: the only way to a kubelet from a place that cannot reach the nodes.
package nodeproxy

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	// workers bound the requests at a time, which all go through one API server.
	workers = 16
	// maxBody is in bytes, as the scheduler's own limit.
	maxBody = 16 << 20
)

// Client asks kubelets. It is safe for concurrent use.
type Client struct {
	api     rest.Interface
	timeout time.Duration
}

// New makes a client. timeout bounds each request.
func New(client kubernetes.Interface, timeout time.Duration) *Client {
	return &Client{api: client.CoreV1().RESTClient(), timeout: timeout}
}

// Get asks the kubelet of a node for what it serves at a path. The error is a
// *Failure, unless the context was cancelled.
func (c *Client) Get(ctx context.Context, node, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	answer, err := c.api.Get().Resource("nodes").Name(node).SubResource("proxy").Suffix(strings.TrimPrefix(path, "/")).
		SetHeader("Accept", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1").Stream(ctx)
	if err != nil {
		return nil, explain(ctx, err, c.timeout)
	}
	defer answer.Close()
	body, err := io.ReadAll(io.LimitReader(answer, maxBody+1))
	switch {
	case err != nil:
		return nil, explain(ctx, err, c.timeout)
	case len(body) > maxBody:
		return nil, &Failure{Cause: Unreadable, Text: fmt.Sprintf("the answer has more than %d MiB", maxBody>>20)}
	default:
		return body, nil
	}
}

// Each asks something of every node, a few at a time, and returns when all have
// been asked or the context has ended.
func Each(ctx context.Context, nodes []*corev1.Node, ask func(ctx context.Context, node *corev1.Node)) {
	jobs := make(chan *corev1.Node)
	var asking sync.WaitGroup
	for range min(workers, len(nodes)) {
		asking.Go(func() {
			for node := range jobs {
				ask(ctx, node)
			}
		})
	}
	for _, node := range nodes {
		select {
		case jobs <- node:
		case <-ctx.Done():
		}
	}
	close(jobs)
	asking.Wait()
}
