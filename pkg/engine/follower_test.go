// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/rest"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
	"github.com/loadline-dev/loadline/pkg/engine"
	"github.com/loadline-dev/loadline/pkg/telemetry/embedded"
)

// Once a follower has ended, its data directory is free for the next, and it has
// written nothing to the API server.
func TestFollowerEnds(t *testing.T) {
	directory := t.TempDir()
	args, err := v1alpha1.DecodeLoadlineArgs(fmt.Appendf(nil,
		"apiVersion: loadline.dev/v1alpha1\nkind: LoadlineArgs\ntelemetry: {embedded: {dataDirectory: %q}}", directory))
	if err != nil {
		t.Fatal(err)
	}
	client := clusterOf("refused", "node-1")
	core := informers.NewSharedInformerFactory(client, 0).Core().V1()
	follower := engine.NewFollower(clocktesting.NewFakeClock(time.Unix(1_000_000, 0)))
	follower.Wait() // there is nothing to wait for yet

	ctx, cancel := context.WithCancel(t.Context())
	if err := follower.Start(ctx, args, &rest.Config{}, client, core.Nodes(), core.Pods()); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Open(t.Context(), directory, time.Minute); err == nil {
		t.Error("the data directory is not in use, want it locked while the engine runs")
	}
	cancel()
	follower.Wait()
	database, err := embedded.Open(t.Context(), directory, time.Minute)
	if err != nil {
		t.Fatalf("opening the data directory after the end: %v", err)
	}
	if err := database.Close(); err != nil {
		t.Error(err)
	}
	for _, action := range client.Actions() {
		if verb := action.GetVerb(); verb != "get" && verb != "list" && verb != "watch" {
			t.Errorf("it has written to the API server: %v", action)
		}
	}
}
