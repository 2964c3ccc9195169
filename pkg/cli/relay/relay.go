// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package relay passes what a browser on this machine asks for on to the programs of
// Loadline in the cluster, through port-forwards to their pods.
//
// Nothing but questions is passed on, and of these neither cookies nor whatever else
// the browser says of its user.
package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/loadline-dev/loadline/pkg/cli/replica"
)

const (
	// lookEvery is how often it is looked anew who leads, and lookAgain where that
	// failed. A page asks for several things at a time.
	lookEvery = 5 * time.Second
	lookAgain = time.Second
	// maxConnections bounds the port-forwards to one pod. A browser has as many
	// connections to one server.
	maxConnections = 6
	// answerTimeout bounds the wait for an answer to begin, which may be about all nodes.
	answerTimeout = 30 * time.Second
)

// passed are the headers of a question that are passed on.
var passed = []string{"Accept", "Accept-Encoding", "If-Modified-Since", "If-None-Match"}

// Relay passes questions on to the replica of a program that leads, and to another one
// when that comes to lead.
type Relay struct {
	asker     *replica.Asker
	dial      func(ctx context.Context, pod string) (io.ReadWriteCloser, error)
	say       func(news string)
	transport *http.Transport
	proxy     *httputil.ReverseProxy

	mutex   sync.Mutex
	order   order
	lastPod string // that has answered
	state   state  // of which it was said
}

// state is how it went at last.
type state int

const (
	fine   state = iota
	warned       // it is answered, though perhaps not by the leader
	failed       // nobody answers
)

// order is in which order replicas are asked, which holds until a time.
type order struct {
	replicas []string
	warnings []string
	err      error
	until    time.Time
}

// New makes a Relay. What a person should know of it is said: that nobody answers, or
// another replica than before. It is said once, and not with each question.
func New(asker *replica.Asker, say func(news string)) *Relay {
	r := &Relay{asker: asker, dial: asker.Dial, say: say}
	r.transport = &http.Transport{
		DialContext:           r.connect,
		DisableCompression:    true, // what the browser asks for is passed on
		DisableKeepAlives:     true, // that a pod is gone shows in a new port-forward at once, and in an old one maybe never
		MaxConnsPerHost:       maxConnections,
		ResponseHeaderTimeout: answerTimeout,
	}
	r.proxy = &httputil.ReverseProxy{
		Rewrite:        rewrite,
		Transport:      r,
		ModifyResponse: r.checkPage,
		ErrorHandler:   r.serveFailure,
		ErrorLog:       log.New(io.Discard, "", 0), // an answer that breaks off is no news to the person at the terminal
	}
	return r
}

// Check finds out whether there is a program that answers and has a page.
func (r *Relay) Check(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://localhost/", nil)
	if err != nil {
		return err
	}
	response, err := r.askAny(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return r.checkPage(response)
}

func (r *Relay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.proxy.ServeHTTP(w, request)
}

// rewrite leaves of a question what is passed on. Programs answer to no other name
// than localhost.
func rewrite(request *httputil.ProxyRequest) {
	request.Out.URL.Scheme, request.Out.URL.Host, request.Out.Host = "http", "localhost", "localhost"
	header := http.Header{"User-Agent": nil} // nor that of this program's library
	for _, name := range passed {
		if values := request.In.Header.Values(name); len(values) > 0 {
			header[name] = values
		}
	}
	request.Out.Header = header
}

// RoundTrip asks whichever replica answers.
func (r *Relay) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.askAny(request)
	if err != nil && request.Context().Err() == nil {
		r.failed(err)
	}
	return response, err
}

// askAny asks the replicas one after the other until one answers.
func (r *Relay) askAny(request *http.Request) (*http.Response, error) {
	order := r.look(request.Context())
	if order.err != nil {
		return nil, order.err
	}
	var failures []string
	for _, pod := range order.replicas {
		response, err := r.ask(request, pod)
		if err == nil {
			r.answered(pod, order.warnings)
			return response, nil
		}
		if request.Context().Err() != nil { // whoever has asked is gone
			return nil, err
		}
		failures = append(failures, fmt.Sprintf("%s: %v", pod, err))
		r.putLast(pod)
	}
	return nil, fmt.Errorf("no %s could be asked: %s", r.asker.Noun, strings.Join(failures, "; "))
}

func (r *Relay) ask(request *http.Request, pod string) (*http.Response, error) {
	attempt := request.Clone(request.Context())
	attempt.URL.Host = pod
	return r.transport.RoundTrip(attempt)
}

// connect connects the transport, which adds a port to names of pods.
func (r *Relay) connect(ctx context.Context, _, address string) (net.Conn, error) {
	pod, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	connection, err := r.dial(ctx, pod)
	if err != nil {
		return nil, err
	}
	return stream{connection}, nil
}

// look finds the replicas, unless that was just done.
func (r *Relay) look(ctx context.Context) order {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	now := r.asker.Clock.Now()
	if now.Before(r.order.until) {
		return r.order
	}
	found := order{replicas: []string{r.asker.Local}, until: now.Add(lookEvery)}
	if r.asker.Local == "" {
		found.replicas, _, found.warnings, found.err = r.asker.InOrder(ctx)
	}
	if found.err != nil {
		found.until = now.Add(lookAgain)
	}
	if ctx.Err() == nil {
		r.order = found
	}
	return found
}

// putLast has a replica that did not answer asked after the others, until it is looked
// anew. One that hangs would keep each question waiting.
func (r *Relay) putLast(pod string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	replicas := slices.Clone(r.order.replicas) // others go through them now
	if i := slices.Index(replicas, pod); i >= 0 {
		r.order.replicas = append(slices.Delete(replicas, i, i+1), pod)
	}
}

// answered notes which replica has answered.
func (r *Relay) answered(pod string, warnings []string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch {
	case r.lastPod != "" && r.lastPod != pod:
		r.say(fmt.Sprintf("%s answers now, in place of %s", pod, r.lastPod))
	case r.state == failed:
		r.say(pod + " answers now")
	}
	now := fine
	if len(warnings) > 0 {
		now = warned
	}
	if now == warned && r.state != warned {
		r.say(fmt.Sprintf("warning: %s: %s", r.asker.Name, strings.Join(warnings, "; ")))
	}
	r.lastPod, r.state = pod, now
}

// failed notes that nobody has answered.
func (r *Relay) failed(err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.order.err == nil { // then others may be there by now
		r.order.until = time.Time{}
	}
	if r.state != failed {
		r.say(fmt.Sprintf("warning: %v; trying again", err))
	}
	r.state = failed
}

// errNoPage tells of a program that answers and is not the one that it should be.
var errNoPage = errors.New("what answers has no page: is it a scheduler of Loadline, and of this version?")

// checkPage finds programs that have no page.
func (r *Relay) checkPage(response *http.Response) error {
	if response.Request.URL.Path == "/" && response.StatusCode == http.StatusNotFound {
		return errNoPage
	}
	return nil
}
