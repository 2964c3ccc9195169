// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package explained

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/loadline-dev/loadline/pkg/explain"
	"github.com/loadline-dev/loadline/pkg/inspect"
)

// maxBody is in bytes. A decision has a few thousand.
const maxBody = 16 << 20

// Decision is one as a scheduler served it.
type Decision struct {
	explain.Decision
	// Served is all of it, also what is not known here.
	Served json.RawMessage
	// From is the scheduler's pod, or the address.
	From string
}

// after tells whether the decision is later than another one.
func (d *Decision) after(other *Decision) bool {
	if !d.Time.Equal(other.Time) {
		return d.Time.After(other.Time)
	}
	return d.Generation > other.Generation
}

// journal is what one scheduler remembers of pods of a name.
type journal struct {
	inspect.Journal
	from      string
	decisions []*Decision
}

// full tells whether decisions may have been forgotten.
func (j *journal) full() bool { return j.Pods >= j.Capacity && j.Capacity > 0 }

// read asks a scheduler, at the other end of a connection, which it closes.
func read(ctx context.Context, connection io.ReadWriteCloser, from, namespace, pod string) (*journal, error) {
	defer connection.Close()
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	body, err := get(connection, inspect.DecisionsPath+"?"+url.Values{"namespace": {namespace}, "pod": {pod}}.Encode())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	var answer struct {
		Decisions []json.RawMessage `json:"decisions"`
		Journal   inspect.Journal   `json:"journal"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("reading the answer (is it a scheduler of Loadline that answers?): %w", err)
	}
	read := &journal{Journal: answer.Journal, from: from}
	for _, served := range answer.Decisions {
		decision := &Decision{Served: served, From: from}
		if err := json.Unmarshal(served, &decision.Decision); err != nil {
			return nil, fmt.Errorf("reading a decision: %w", err)
		}
		read.decisions = append(read.decisions, decision)
	}
	return read, nil
}

// get makes a single request.
func get(connection io.ReadWriter, path string) ([]byte, error) {
	// The scheduler answers to no other name.
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
	case response.StatusCode != http.StatusOK:
		text, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
		return nil, fmt.Errorf("the answer is %s: %.200s (is it a scheduler of Loadline that answers?)", response.Status, text)
	case err != nil:
		return nil, err
	case len(body) > maxBody:
		return nil, errors.New("the answer has more than 16 MiB")
	}
	return body, nil
}
