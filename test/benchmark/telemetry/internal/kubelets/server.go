// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kubelets simulates the kubelets of thousands of nodes in one process:
// each has a loopback address and a serving certificate of its own, and serves
// /metrics/resource as a kubelet does, with values that move.
package kubelets

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"
)

// MaxNodes is the number of addresses that there are for nodes.
const MaxNodes = 1 << 16

// Address is the loopback address of the node at an index. On Linux all of
// 127.0.0.0/8 is loopback.
func Address(index int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 64, byte(index >> 8), byte(index)})
}

// indexOf is the node whose address it is.
func indexOf(address net.Addr) (int, error) {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("%v is no TCP address", address)
	}
	four := tcp.AddrPort().Addr().Unmap().As4()
	return int(four[2])<<8 | int(four[3]), nil
}

// Options say what is simulated.
type Options struct {
	// Nodes is the number of nodes, PodsPerNode that of the pods on each.
	Nodes, PodsPerNode int
	// Housekeeping is how often a kubelet measures: every 10s, unless configured.
	Housekeeping time.Duration
	// Port is the kubelets' port, the same on all nodes.
	Port int
	// CAFile is where to write the certificate of the authority that signs the
	// kubelets' certificates. It is written once all of them listen.
	CAFile string
}

// Serve serves until the context ends.
func Serve(ctx context.Context, options Options) error {
	if options.Nodes < 1 || options.Nodes > MaxNodes {
		return fmt.Errorf("%d nodes: want 1 to %d", options.Nodes, MaxNodes)
	}
	authority, err := newAuthority()
	if err != nil {
		return fmt.Errorf("making the kubelets' authority: %w", err)
	}
	listeners, err := listen(options, authority)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: &handler{options: options}, ReadHeaderTimeout: time.Minute}
	failures := make(chan error, len(listeners))
	for _, listener := range listeners {
		go func() { failures <- server.Serve(listener) }()
	}
	if err := authority.publish(options.CAFile); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-failures:
		return errors.Join(fmt.Errorf("serving: %w", err), server.Close())
	case <-ctx.Done():
		return server.Close()
	}
}

// listen opens one listener per node.
func listen(options Options, authority *authority) ([]net.Listener, error) {
	listeners := make([]net.Listener, 0, options.Nodes)
	for i := range options.Nodes {
		listener, err := listenAt(Address(i), options.Port, authority)
		if err != nil {
			for _, opened := range listeners {
				_ = opened.Close()
			}
			return nil, fmt.Errorf("listening for node %d: %w%s", i, err, remedy(err))
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

func listenAt(address netip.Addr, port int, authority *authority) (net.Listener, error) {
	certificate, err := authority.issue(address)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp4", netip.AddrPortFrom(address, uint16(port)).String())
	if err != nil {
		return nil, err
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}}), nil
}

func remedy(err error) string {
	if errors.Is(err, syscall.EMFILE) {
		return " (each node takes two open files: raise the hard limit with ulimit -Hn, or simulate fewer nodes)"
	}
	return ""
}

// handler answers for all nodes. Which one is meant is told by the address that
// was called.
type handler struct {
	options Options
	bodies  sync.Pool // of *[]byte
	writers sync.Pool // of *gzip.Writer
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/metrics/resource" {
		http.NotFound(w, r)
		return
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	index, err := indexOf(local)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	buffer, ok := h.bodies.Get().(*[]byte)
	if !ok {
		buffer = new([]byte)
	}
	defer h.bodies.Put(buffer)
	called := kubelet{index: index, pods: h.options.PodsPerNode, housekeeping: h.options.Housekeeping}
	*buffer = called.appendBody((*buffer)[:0], time.Now())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores")
	h.write(w, r, *buffer)
}

// write compresses where the client takes it, as a kubelet does.
func (h *handler) write(w http.ResponseWriter, r *http.Request, body []byte) {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		_, _ = w.Write(body) // a client that is gone needs no answer
		return
	}
	compressor, ok := h.writers.Get().(*gzip.Writer)
	if !ok {
		// The fastest level: what is measured is the client's share of the work.
		compressor, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed)
	}
	defer h.writers.Put(compressor)
	w.Header().Set("Content-Encoding", "gzip")
	compressor.Reset(w)
	_, _ = compressor.Write(body)
	_ = compressor.Close()
}
