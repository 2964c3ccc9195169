// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"io"
	"net"
	"os"
	"time"
)

// stream is a connection to a pod, to those who know of network connections alone. It
// has no deadlines, which clients of HTTP do not ask for.
type stream struct{ io.ReadWriteCloser }

func (stream) LocalAddr() net.Addr              { return forwarded{} }
func (stream) RemoteAddr() net.Addr             { return forwarded{} }
func (stream) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (stream) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (stream) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// forwarded is the address of both ends, which only the API server knows.
type forwarded struct{}

func (forwarded) Network() string { return "portforward" }
func (forwarded) String() string  { return "portforward" }
