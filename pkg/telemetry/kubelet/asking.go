// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package kubelet

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"

	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// asking is what goes on while kubelets are asked.
type asking struct {
	fetcher *Fetcher
	slots   chan struct{}
	// scrapes are waiting to be stored.
	scrapes           chan embedded.Scrape
	fetching, storing sync.WaitGroup
}

// startAsking starts what stores the scrapes. It must be finished.
func (f *Fetcher) startAsking(ctx context.Context) *asking {
	a := &asking{fetcher: f, slots: make(chan struct{}, slots), scrapes: make(chan embedded.Scrape)}
	a.storing.Go(func() { a.storeEach(ctx) })
	return a
}

// finish waits until all that was asked is stored.
func (a *asking) finish() {
	a.fetching.Wait()
	close(a.scrapes)
	a.storing.Wait()
}

// ask waits for a slot, and then asks a node.
func (a *asking) ask(ctx context.Context, node *corev1.Node) {
	release := a.takeSlot(ctx)
	a.fetching.Go(func() {
		defer release()
		impatient := time.AfterFunc(patience, release)
		scrape := a.fetcher.fetch(ctx, node)
		impatient.Stop() // from here on it is the storage that keeps us waiting
		if !ended(ctx) {
			a.scrapes <- scrape
		}
	})
}

// takeSlot waits for no slot once the context has ended: then all that is asked
// fails at once.
func (a *asking) takeSlot(ctx context.Context) (release func()) {
	select {
	case a.slots <- struct{}{}:
		return sync.OnceFunc(func() { <-a.slots })
	case <-ctx.Done():
		return func() {}
	}
}

// storeEach stores the scrapes that are waiting in one transaction each time.
func (a *asking) storeEach(ctx context.Context) {
	logger, reported := klog.FromContext(ctx), ""
	for scrape := range a.scrapes {
		batch := a.withWaiting(scrape)
		err := a.fetcher.appender.Append(ctx, batch...)
		switch {
		case err == nil && reported != "":
			reported = ""
			logger.Info("What kubelets say can be stored again")
		case err != nil && err.Error() != reported:
			reported = err.Error()
			logger.Error(err, "Unable to store what kubelets said", "nodes", len(batch))
		}
	}
}

// withWaiting is a scrape and those that wait behind it.
func (a *asking) withWaiting(scrape embedded.Scrape) []embedded.Scrape {
	batch := []embedded.Scrape{scrape}
	for len(batch) < maxBatch {
		select {
		case scrape, more := <-a.scrapes:
			if !more {
				return batch
			}
			batch = append(batch, scrape)
		default:
			return batch
		}
	}
	return batch
}
