// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/loadline-dev/loadline/pkg/descheduler/cluster"
	"github.com/loadline-dev/loadline/pkg/descheduler/fit"
	"github.com/loadline-dev/loadline/pkg/descheduler/plan"
	"github.com/loadline-dev/loadline/pkg/verdict"
)

// noDestination is why no pod is moved that has no node to go to.
const noDestination = fit.NoNodeFits

var nan = math.NaN()

type fitFunc = func(ctx context.Context, snapshot *verdict.Snapshot, known *cluster.Cluster) (plan.Fitter, error)

// fitters are the quick one, and upstream's scheduler.
func fitters(t *testing.T) map[string]fitFunc {
	t.Helper()
	return map[string]fitFunc{"simple": NewFitter, "upstream": newUpstream(t)}
}

const schedulerConfig = `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- schedulerName: loadline-scheduler
  plugins: {multiPoint: {enabled: [{name: Loadline, weight: 5}]}}
  pluginConfig:
  - name: Loadline
    args: {apiVersion: loadline.dev/v1alpha1, kind: LoadlineArgs}
`

// newUpstream has upstream's scheduler decide.
func newUpstream(t *testing.T) fitFunc {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scheduler.yaml")
	if err := os.WriteFile(file, []byte(schedulerConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := fit.LoadConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	client := fake.NewClientset()
	factory := informers.NewSharedInformerFactory(client, 0)
	scheduler, err := fit.New(t.Context(), fit.Settings{Config: config, Client: client, Informers: factory, Parallelism: 1})
	if err != nil {
		t.Fatal(err)
	}
	factory.StartWithContext(t.Context())
	factory.WaitForCacheSyncWithContext(t.Context())
	return scheduler.Begin
}
