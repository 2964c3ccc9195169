// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package clustertest

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// Await looks every so often until done returns nothing, which is what is still missing. The test fails
// where that takes longer than its patience, or the context ends.
func Await(ctx context.Context, t testing.TB, what string, every, patience time.Duration, done func() (missing string)) {
	t.Helper()
	missing := "nothing was looked at"
	err := wait.PollUntilContextTimeout(ctx, every, patience, true, func(context.Context) (bool, error) {
		missing = done()
		return missing == "", nil
	})
	if err != nil {
		t.Fatalf("waiting for %s: %v: %s", what, err, missing)
	}
}
