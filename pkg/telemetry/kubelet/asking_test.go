// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/klog/v2/ktesting"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// hangingNodes are nodes whose kubelets answer only after they are released.
func hangingNodes(t *testing.T, count int) (nodes []*corev1.Node, release func()) {
	t.Helper()
	released := make(chan struct{})
	server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
		<-released
		serve(example)(w, request)
	})
	for i := range count {
		nodes = append(nodes, nodeAt(t, fmt.Sprintf("hanging-%d", i), server.Listener.Addr()))
	}
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(release) // before the server is closed, which waits for its handlers
	return nodes, release
}

// All others are asked while hundreds of nodes do not answer.
func TestOutageOfManyNodesHarmsNoOther(t *testing.T) {
	hanging, release := hangingNodes(t, 6*slots)
	server := startKubelet(t, serve(example))
	nodes := slices.Clone(hanging)
	for i := range 20 {
		nodes = append(nodes, nodeAt(t, fmt.Sprintf("well-%d", i), server.Listener.Addr()))
	}
	stored := &recorder{}
	fetcher := NewFetcher(newTestClient(t, TLS{InsecureSkipVerify: true}, "secret"), stored, interval, testingclock.NewFakeClock(start))
	var sweeping sync.WaitGroup
	sweeping.Go(func() { fetcher.Sweep(t.Context(), nodes) })
	defer sweeping.Wait()
	defer release()
	await(t, "the nodes that are well", func() bool {
		for _, node := range nodes[len(hanging):] {
			if !slices.Equal(stored.of(node.Name), []string{"up"}) {
				return false
			}
		}
		return true
	})
	if got := len(stored.of(hanging[0].Name)); got != 0 {
		t.Errorf("stored %d scrapes of a node that hangs", got)
	}
}

func TestKubeletsThatAnswerAreAskedAFewAtATime(t *testing.T) {
	var now, most atomic.Int32
	server := startKubelet(t, func(w http.ResponseWriter, request *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		serve(example)(w, request)
		now.Add(-1)
	})
	var nodes []*corev1.Node
	for i := range 20 * slots {
		nodes = append(nodes, nodeAt(t, fmt.Sprintf("node-%d", i), server.Listener.Addr()))
	}
	stored := &recorder{}
	a := &asking{
		fetcher: NewFetcher(newTestClient(t, TLS{InsecureSkipVerify: true}, "secret"), stored, interval, testingclock.NewFakeClock(start)),
		slots:   make(chan struct{}, 2), scrapes: make(chan embedded.Scrape, len(nodes)),
	}
	for _, node := range nodes {
		a.ask(t.Context(), node)
		if got := len(a.slots); got > 2 {
			t.Fatalf("%d slots are taken, want no more than 2", got)
		}
	}
	a.fetching.Wait()
	if got := len(a.scrapes); got != len(nodes) {
		t.Errorf("got %d answers, want %d", got, len(nodes))
	}
	if got := len(a.slots); got != 0 {
		t.Errorf("%d slots are still taken", got)
	}
}

// failing stores nothing.
type failing struct {
	mu  sync.Mutex
	err error
}

func (f *failing) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *failing) Append(context.Context, ...embedded.Scrape) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func TestFailureToStoreIsLoggedOnce(t *testing.T) {
	logger := ktesting.NewLogger(t, ktesting.NewConfig(ktesting.BufferLogs(true)))
	logged := func(text string) int {
		return strings.Count(logger.GetSink().(ktesting.Underlier).GetBuffer().String(), text)
	}
	storage := &failing{err: errors.New("disk full")}
	fetcher := NewFetcher(newTestClient(t, TLS{InsecureSkipVerify: true}, "secret"), storage, interval, testingclock.NewFakeClock(start))
	ctx := klog.NewContext(t.Context(), logger)
	a := fetcher.startAsking(ctx)
	store := func() {
		a.scrapes <- embedded.Scrape{Source: "a"}
	}
	for range 5 {
		store()
	}
	storage.fail(nil)
	for range 5 {
		store()
	}
	a.finish()
	if got := logged("Unable to store"); got != 1 {
		t.Errorf("the log says %d times that nothing can be stored, want once", got)
	}
	if got := logged("can be stored again"); got != 1 {
		t.Errorf("the log says %d times that it is over, want once", got)
	}
}
