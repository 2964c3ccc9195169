// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

const (
	// maxResourceBody is in bytes, after decompression. A kubelet with 250 pods of
	// two containers says about 200 kB.
	maxResourceBody = 16 << 20
	// maxCadvisorBody is the same of the cAdvisor endpoint, which says a hundred
	// times as much. It is read in passing, and not held in memory.
	maxCadvisorBody = 64 << 20
	// maxErrorBody is how much of an answer that is of no use is read, so that its
	// connection can be used again.
	maxErrorBody = 64 << 10
	// idleTimeout outlasts any interval, so that connections are kept.
	idleTimeout = 10 * time.Minute
)

// Settings say how kubelets are asked.
type Settings struct {
	TLS TLS
	// AddressTypes are the types of a node's addresses in the order in which they
	// are tried. Empty: DefaultAddressTypes.
	AddressTypes []corev1.NodeAddressType
	// MaxSeries bounds the series that are kept of one node; what is beyond is
	// dropped. Zero: DefaultMaxSeries.
	MaxSeries int
	// StaleAfter is the age past which a value counts for nothing. What kubelets say
	// is kept whatever its age; this is for telling of those that say nothing new.
	// Zero: values count whatever their age.
	StaleAfter time.Duration
}

// TLS says which serving certificates of kubelets are accepted: those signed by
// the authorities in CAData or CAFile, or any. Without all of these, those of the
// system's authorities.
type TLS struct {
	// CAData and CAFile are PEM. CAData wins. The file is read again when it
	// changes.
	CAData             []byte
	CAFile             string
	InsecureSkipVerify bool
}

// Client reads the metrics of single kubelets.
type Client struct {
	http         *http.Client
	addressTypes []corev1.NodeAddressType
	maxSeries    int
	staleAfter   time.Duration
}

// NewClient makes a client that shows kubelets the tokens of a token source.
func NewClient(settings Settings, tokens TokenSource) (*Client, error) {
	trusted, err := newAuthorities(settings.TLS)
	if err != nil {
		return nil, fmt.Errorf("reading the authorities of the kubelets' certificates (telemetry.embedded.kubelets.caFile): %w", err)
	}
	client := &Client{
		addressTypes: settings.AddressTypes, maxSeries: cmp.Or(settings.MaxSeries, DefaultMaxSeries), staleAfter: settings.StaleAfter,
	}
	if len(client.addressTypes) == 0 {
		client.addressTypes = DefaultAddressTypes()
	}
	client.http = &http.Client{
		Transport: &authorizing{tokens: tokens, base: &http.Transport{
			// HTTP/1.1 alone, since only a TLSClientConfig brings HTTP/2: one
			// request at a time per kubelet gains nothing from it, and pays in
			// memory.
			DialTLSContext:      dialer(trusted, settings.TLS.InsecureSkipVerify),
			MaxIdleConnsPerHost: 1,
			IdleConnTimeout:     idleTimeout,
		}},
		// A redirect could send the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client, nil
}

// dialer verifies each new connection with what is trusted by then.
func dialer(trusted *authorities, insecure bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		dialer := tls.Dialer{
			// A connection may outlive the request that it is made for, which no
			// time limit of that would end.
			NetDialer: &net.Dialer{Timeout: maxTimeout},
			Config:    &tls.Config{RootCAs: trusted.current(ctx), InsecureSkipVerify: insecure},
		}
		return dialer.DialContext(ctx, network, address)
	}
}

// authorizing shows tokens.
type authorizing struct {
	tokens TokenSource
	base   *http.Transport
}

// RoundTrip shows the current token. One that is refused is not shown again, if
// there is another.
func (a *authorizing) RoundTrip(request *http.Request) (*http.Response, error) {
	token, err := a.tokens.Token()
	if err != nil {
		return nil, err
	}
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := a.base.RoundTrip(request)
	if err == nil && response.StatusCode == http.StatusUnauthorized {
		a.tokens.Reject(token)
	}
	return response, err
}

// CloseIdleConnections is what http.Client looks for.
func (a *authorizing) CloseIdleConnections() { a.base.CloseIdleConnections() }

// answer is what a kubelet said of its node.
type answer struct {
	samples []embedded.Sample
	// dropped is the number of series beyond the limit.
	dropped int
}

// resources asks for what the node and its pods use.
func (c *Client) resources(ctx context.Context, node *corev1.Node, wanted Wanted) (answer, error) {
	at, err := c.resourceEndpoint(node)
	if err != nil {
		return answer{}, err
	}
	return c.get(ctx, at, maxResourceBody, func(body io.Reader) (got answer, err error) {
		got.samples, got.dropped, err = parseResources(body, c.identityOf(node), wanted, c.maxSeries)
		return got, err
	})
}

// pressure asks for the pressure stall information of the node.
func (c *Client) pressure(ctx context.Context, node *corev1.Node, wanted Wanted) (answer, error) {
	at, err := c.cadvisorEndpoint(node)
	if err != nil {
		return answer{}, err
	}
	return c.get(ctx, at, maxCadvisorBody, func(body io.Reader) (got answer, err error) {
		got.samples, got.dropped, err = parsePressure(body, c.identityOf(node), wanted, c.maxSeries)
		return got, err
	})
}

func (c *Client) identityOf(node *corev1.Node) identity { return identityOf(node, c.addressTypes) }

// get asks an endpoint and has its answer parsed. The transport asks for gzip by
// itself; the bound is on what that unpacks to.
func (c *Client) get(ctx context.Context, endpoint *url.URL, maxBody int64, parse func(body io.Reader) (answer, error)) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint.String(), nil)
	if err != nil {
		return answer{}, fmt.Errorf("asking the kubelet: %w", err)
	}
	request.Header.Set("Accept", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
	response, err := c.http.Do(request)
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		return answer{}, fmt.Errorf("asking the kubelet: %w (name the authority that signs the kubelets' serving certificates in "+
			"telemetry.embedded.kubelets.caFile; for self-signed certificates there is only telemetry.embedded.kubelets.insecureSkipVerify)", err)
	}
	if err != nil {
		return answer{}, fmt.Errorf("asking the kubelet: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxErrorBody))
		return answer{}, fmt.Errorf("asking %s: %s%s", endpoint, response.Status, remedy(response.StatusCode))
	}
	body := &bodyReader{Reader: http.MaxBytesReader(nil, response.Body, maxBody)}
	got, err := parse(body)
	switch tooLarge := (*http.MaxBytesError)(nil); {
	case errors.As(body.err, &tooLarge):
		return answer{}, fmt.Errorf("reading the answer of %s: more than %d MiB", endpoint, maxBody>>20)
	case body.err != nil:
		return answer{}, fmt.Errorf("reading the answer of %s: %w", endpoint, body.err)
	case err != nil:
		return answer{}, fmt.Errorf("parsing the answer of %s: %w", endpoint, err)
	default:
		return got, nil
	}
}

// bodyReader tells failures to read from failures to understand.
type bodyReader struct {
	io.Reader
	err error
}

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

func remedy(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return " (the kubelet must accept ServiceAccount tokens: --authentication-token-webhook)"
	case http.StatusForbidden:
		return ` (the ServiceAccount of telemetry.embedded.kubelets.serviceAccount needs "get" on "nodes/metrics")`
	default:
		return ""
	}
}
