// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package portforward connects to ports of pods through the API server, as
// "kubectl port-forward" does, but without opening a port on this machine.
package portforward

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

// Dialer connects to ports of pods.
type Dialer struct {
	// Client and Config lead to the same API server.
	Client kubernetes.Interface
	Config *rest.Config
}

// Dial connects to a port of a pod. That nothing listens there may turn out only
// when the connection is read.
func (d *Dialer) Dial(ctx context.Context, namespace, pod string, port int) (io.ReadWriteCloser, error) {
	type dialled struct {
		conn io.ReadWriteCloser
		err  error
	}
	done := make(chan dialled)
	go func() { // neither way knows of contexts
		conn, err := d.dial(namespace, pod, port)
		select {
		case done <- dialled{conn, err}:
		case <-ctx.Done():
			if err == nil {
				_ = conn.Close()
			}
		}
	}()
	select {
	case d := <-done:
		return d.conn, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (d *Dialer) dial(namespace, pod string, port int) (io.ReadWriteCloser, error) {
	url := d.Client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	first, err := portforward.NewSPDYOverWebsocketDialerForStreaming(url, d.Config)
	if err != nil {
		return nil, err
	}
	transport, upgrader, err := spdy.RoundTripperFor(d.Config)
	if err != nil {
		return nil, err
	}
	// Not every proxy on the way lets websockets through.
	second := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, url)
	either := portforward.NewFallbackDialerForStreaming(first, second, func(error) bool { return true })
	connection, _, err := either.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, err
	}
	conn := &conn{close: connection.Close}
	header := http.Header{}
	header.Set(corev1.PortHeader, strconv.Itoa(port))
	header.Set(corev1.PortForwardRequestIDHeader, "0")
	header.Set(corev1.StreamType, corev1.StreamTypeError)
	trouble, err := connection.CreateStream(header)
	if err != nil {
		_ = connection.Close()
		return nil, fmt.Errorf("opening a stream for errors: %w", err)
	}
	conn.follow(trouble)
	header.Set(corev1.StreamType, corev1.StreamTypeData)
	if conn.data, err = connection.CreateStream(header); err != nil {
		_ = connection.Close()
		return nil, conn.because(fmt.Errorf("opening a stream for data: %w", err))
	}
	return conn, nil
}
