// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxBody is in bytes. A decision has a few thousand, and a node a few hundred for
// each rule.
const maxBody = 64 << 20

// get asks a program at the other end of a connection, which it closes.
func (a *Asker) get(ctx context.Context, connection io.ReadWriteCloser, path string) ([]byte, error) {
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	body, err := a.request(connection, path)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return body, err
}

// request makes a single one.
func (a *Asker) request(connection io.ReadWriter, path string) ([]byte, error) {
	// The program answers to no other name.
	request, err := http.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	if err != nil {
		return nil, err
	}
	request.Close = true
	if err := request.Write(connection); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case response.StatusCode == http.StatusServiceUnavailable:
		return nil, fmt.Errorf("the %s cannot tell yet: %.200s", a.Noun, firstLine(body))
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the answer is %s: %.200s (is it a %s of Loadline that answers%s?)", response.Status, firstLine(body), a.Noun, ofVersion(response.StatusCode))
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, fmt.Errorf("the answer has more than %d MiB", maxBody>>20)
	}
	return body, nil
}

// ofVersion adds to a question what an earlier version is known by.
func ofVersion(code int) string {
	if code == http.StatusNotFound {
		return ", and of this version"
	}
	return ""
}

func firstLine(body []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	return line
}
