// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

const (
	// maxBody is in bytes. An answer about 5,000 nodes has about one million, and one
	// about all of their pods thirty.
	maxBody = 48 << 20
	// largeBody is the part of an answer, in bytes, after which it is read only while
	// no other is that large.
	largeBody = 2 << 20
)

// limited cuts off answers that are too large to be about nodes, and reads large ones
// one at a time, so that a server which answers all queries so takes the memory of
// one answer.
type limited struct {
	next http.RoundTripper
	turn chan struct{} // of large answers
}

func newLimited(next http.RoundTripper) limited {
	return limited{next: next, turn: make(chan struct{}, 1)}
}

// RoundTrip makes reading the answer fail past maxBody bytes.
func (l limited) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(request)
	if err == nil {
		response.Body = &limitedBody{ReadCloser: response.Body, ctx: request.Context(), turn: l.turn}
	}
	return response, err
}

type limitedBody struct {
	io.ReadCloser
	ctx context.Context // of the request, which the body is a part of

	read  int
	turn  chan struct{}
	taken bool // it is this answer's turn
}

// Read waits for the answer's turn once it is large.
func (b *limitedBody) Read(into []byte) (int, error) {
	if b.read > largeBody && !b.taken {
		select {
		case b.turn <- struct{}{}:
			b.taken = true
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
	}
	n, err := b.ReadCloser.Read(into)
	if b.read += n; b.read > maxBody {
		return 0, errTooLarge
	}
	return n, err
}

// Close lets the next large answer be read.
func (b *limitedBody) Close() error {
	if b.taken {
		b.taken = false
		<-b.turn
	}
	return b.ReadCloser.Close()
}

var errTooLarge = fmt.Errorf("the answer has more than %d MiB: a query should yield one sample per node, for example with max by (node) (...)", maxBody>>20)
