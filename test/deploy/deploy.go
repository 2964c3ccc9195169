// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package deploy installs Loadline in a cluster in a box from the manifests that
// users apply, and runs its programs under the ServiceAccounts and the rights
// that they give them.
package deploy

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/loadline-dev/loadline/test/cluster"
)

// Namespace is where Loadline is installed.
const Namespace = "loadline-system"

// SchedulerName is what pods name to be placed by Loadline.
const SchedulerName = "loadline-scheduler"

// Manifests applies manifests/scheduler with kubectl.
func Manifests(ctx context.Context, c *cluster.Cluster) error {
	root, err := cluster.ModuleRoot()
	if err != nil {
		return err
	}
	return kubectl(ctx, c, "apply", "-k", filepath.Join(root, "manifests", "scheduler"))
}

// kubectl runs a command as the cluster's administrator.
func kubectl(ctx context.Context, c *cluster.Cluster, args ...string) error {
	args = append([]string{"--kubeconfig", c.Kubeconfig()}, args...)
	output, err := exec.CommandContext(ctx, c.Binary("kubectl"), args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("running kubectl %v: %w\n%s", args[2:], err, output)
	}
	return nil
}
