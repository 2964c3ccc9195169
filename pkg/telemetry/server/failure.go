// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// maxMessage bounds, in bytes, what is repeated of an answer that is not from
// the API.
const maxMessage = 200

// statusClient makes errors of answers with a status other than 2xx, whoever
// gives them: the server, or a proxy before it that does not know the API.
type statusClient struct {
	api.Client
}

// Do sends a request. With the error it returns the response, since the caller
// tries again in another way for some statuses.
func (c statusClient) Do(ctx context.Context, request *http.Request) (*http.Response, []byte, error) {
	response, body, err := c.Client.Do(ctx, request)
	if err == nil && response.StatusCode/100 != 2 {
		err = &statusError{status: response.StatusCode, message: messageOf(response.Header, body)}
	}
	return response, body, err
}

// statusError is an answer with a status other than 2xx.
type statusError struct {
	status  int
	message string
}

// Error says what the server said, and what to do about it.
func (e *statusError) Error() string {
	text := fmt.Sprintf("%d %s", e.status, http.StatusText(e.status))
	if e.message != "" {
		text += ": " + e.message
	}
	return text + e.remedy()
}

func (e *statusError) remedy() string {
	switch {
	case e.status == http.StatusUnauthorized, e.status == http.StatusForbidden:
		return " (telemetry.prometheus.httpConfig must hold credentials, or a tenant's header, that the server accepts)"
	case e.status == http.StatusNotFound:
		return " (telemetry.prometheus.url must be the base of the API, to which /api/v1/query is added)"
	case e.status/100 == 3:
		return " (telemetry.prometheus.url must be where the server itself answers)"
	default:
		return ""
	}
}

// messageOf is what an answer says of its error: the API in JSON, others
// sometimes in plain text.
func messageOf(header http.Header, body []byte) string {
	var answer struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &answer) == nil {
		return answer.Error
	}
	if !strings.HasPrefix(header.Get("Content-Type"), "text/plain") {
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	return strings.ToValidUTF8(line[:min(len(line), maxMessage)], "")
}

// explain says in an operator's terms why there is no answer. The same cause
// always gives the same text, which is logged once.
func explain(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err // the rest of it is the URL
	}
	var (
		status     *statusError
		apiErr     *apiv1.Error
		untrusted  *tls.CertificateVerificationError
		lookup     *net.DNSError
		connection *net.OpError
	)
	switch {
	case errors.As(err, &status):
		return err
	case errors.As(err, &apiErr) && apiErr.Type == apiv1.ErrBadResponse:
		// The decoder's own words repeat parts of a page.
		return errors.New("the answer is not from the API of Prometheus (is telemetry.prometheus.url its base, without a login page before it?)")
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer in time (telemetry.prometheus.timeout bounds it): %w", err)
	case errors.As(err, &untrusted):
		return fmt.Errorf("%w (name the authority that signed the server's certificate in telemetry.prometheus.httpConfig.tls_config.ca_file)", err)
	case errors.As(err, &lookup):
		return fmt.Errorf("looking up the name %s: %s (check telemetry.prometheus.url)", lookup.Name, lookupFault(lookup))
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w (is the server running, and telemetry.prometheus.url right?)", err)
	case errors.As(err, &connection):
		anyPort := *connection
		anyPort.Source = nil // its port is another one each time
		return &anyPort
	default:
		return err
	}
}

// lookupFault leaves out the ports of the resolver's connections.
func lookupFault(err *net.DNSError) string {
	switch {
	case err.IsNotFound:
		return "no such host"
	case err.IsTimeout:
		return "no answer in time"
	default:
		return "the lookup failed"
	}
}
