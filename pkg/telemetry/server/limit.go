// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"io"
	"net/http"
)

// maxBody is in bytes. An answer about 5,000 nodes has about one million.
const maxBody = 64 << 20

// limited cuts off answers that are too large to be about nodes.
type limited struct {
	next http.RoundTripper
}

// RoundTrip makes reading the answer fail past maxBody bytes.
func (l limited) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(request)
	if err == nil {
		response.Body = &limitedBody{ReadCloser: response.Body, left: maxBody}
	}
	return response, err
}

type limitedBody struct {
	io.ReadCloser
	left int
}

func (b *limitedBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if b.left -= n; b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

var errTooLarge = fmt.Errorf("the answer has more than %d MiB: a query should yield one sample per node, for example with max by (node) (...)", maxBody>>20)
