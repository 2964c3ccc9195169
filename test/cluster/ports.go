// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"net"
	"strconv"
)

// loopback is the only address that anything here listens on.
const loopback = "127.0.0.1"

// port is a free TCP port of the loopback address. It is kept in use until just before its component
// starts, so that clusters which start at the same time do not choose the same one.
type port struct {
	listener net.Listener
}

func reservePort() (port, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return port{}, fmt.Errorf("reserving a port: %w", err)
	}
	return port{listener}, nil
}

// release lets the component have the port. A second call does nothing.
func (p port) release() { _ = p.listener.Close() }

func (p port) number() int { return p.listener.Addr().(*net.TCPAddr).Port }

func (p port) String() string { return strconv.Itoa(p.number()) }

func (p port) address() string { return p.listener.Addr().String() }

func (p port) url() string { return "https://" + p.address() }

// ports are where the components listen.
type ports struct {
	etcd, etcdPeer, apiServer, controllerManager, kubelet port
}

func reservePorts() (*ports, error) {
	p := new(ports)
	for i, field := range p.all() {
		reserved, err := reservePort()
		if err != nil {
			for _, earlier := range p.all()[:i] {
				earlier.release()
			}
			return nil, err
		}
		*field = reserved
	}
	return p, nil
}

func (p *ports) all() []*port {
	return []*port{&p.etcd, &p.etcdPeer, &p.apiServer, &p.controllerManager, &p.kubelet}
}

func (p *ports) release() {
	for _, reserved := range p.all() {
		reserved.release()
	}
}
