// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"net/http"
	"time"
)

// maxSkew is how far this machine's clock and the server's may be apart. What the
// server has is asked for by this one: where it is behind, the server answers with what
// was then, which would count as new.
const maxSkew = time.Minute

var errSkew = fmt.Errorf("the clocks of this machine and of the server are more than %s apart: set the wrong one right", maxSkew)

// punctual refuses the answers of a server that says that it is another time. One that
// does not say is believed.
type punctual struct {
	next http.RoundTripper
}

// RoundTrip goes by the times before and after the answer, which may be long in coming.
func (p punctual) RoundTrip(request *http.Request) (*http.Response, error) {
	asked := time.Now()
	response, err := p.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	said, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil || !said.Before(asked.Add(-maxSkew)) && !said.After(time.Now().Add(maxSkew)) {
		return response, nil
	}
	_ = response.Body.Close() // of which nothing was read
	return nil, errSkew
}
