// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package portforward

import (
	"errors"
	"io"
	"strings"
	"sync"
)

// maxTrouble bounds, in bytes, what is read of why a port cannot be reached.
const maxTrouble = 4 << 10

// conn is a connection to a port of a pod.
type conn struct {
	data  io.ReadWriteCloser
	close func() error
	// trouble is what the kubelet says of the connection. It is known when the
	// connection ends, and mostly empty.
	trouble func() string
}

// follow reads the stream on which the kubelet says what is wrong. The stream is
// not written to.
func (c *conn) follow(trouble io.ReadCloser) {
	_ = trouble.Close()
	said := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(io.LimitReader(trouble, maxTrouble))
		said <- strings.TrimSpace(string(text))
	}()
	c.trouble = sync.OnceValue(func() string { return <-said })
}

// because puts what the kubelet says in the place of an error of the connection
// that it has closed.
func (c *conn) because(err error) error {
	if trouble := c.trouble(); trouble != "" {
		return errors.New(trouble)
	}
	return err
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.data.Read(p)
	if err != nil {
		err = c.because(err)
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	n, err := c.data.Write(p)
	if err != nil {
		err = c.because(err)
	}
	return n, err
}

// Close ends the connection to the API server, too.
func (c *conn) Close() error { return c.close() }
