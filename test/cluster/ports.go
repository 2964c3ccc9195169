// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"math/rand/v2"
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

// Ports are below those that Linux gives to outgoing connections, and to whoever
// listens at any: of these, one could be taken in the seconds that a component needs
// to listen at it.
const (
	firstPort = 15000
	portCount = 17000
	// portTries is how many are tried, of which most are free.
	portTries = 100
)

func reservePort() (port, error) {
	var err error
	for range portTries {
		var listener net.Listener
		address := net.JoinHostPort(loopback, strconv.Itoa(firstPort+rand.IntN(portCount)))
		if listener, err = net.Listen("tcp4", address); err == nil {
			return port{listener}, nil
		}
	}
	return port{}, fmt.Errorf("reserving a port: %w", err)
}

// FreePort is a port of the loopback address that nobody uses, for a process that is
// started next.
func FreePort() (string, error) {
	reserved, err := reservePort()
	if err != nil {
		return "", err
	}
	defer reserved.release()
	return reserved.String(), nil
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
