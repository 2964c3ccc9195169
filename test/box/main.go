// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command box runs a cluster in a box with Loadline on it, for trying things
// by hand, until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

func main() {
	nodes := flag.Int("nodes", 4, "number of nodes, of 8 CPUs and 16Gi each")
	interval := flag.Duration("interval", time.Second, "time between two measurements")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *nodes, *interval); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, nodes int, interval time.Duration) error {
	c, err := cluster.Start(ctx, cluster.Options{})
	if err != nil {
		return err
	}
	defer c.Stop()
	for i := range nodes {
		if err := c.AddNode(ctx, cluster.Node{Name: fmt.Sprintf("node-%d", i), CPU: "8", Memory: "16Gi"}); err != nil {
			return err
		}
	}
	if err := deploy.Manifests(ctx, c); err != nil {
		return err
	}
	scheduler, err := deploy.StartScheduler(ctx, c, deploy.SchedulerName, deploy.Options{Interval: interval})
	if err != nil {
		return err
	}
	fmt.Printf(`A cluster of %d nodes is up until you press Ctrl-C. In another terminal:

  export KUBECONFIG=%s
  %s get nodes
  %[3]s apply -f manifests/examples/rules/memory.yaml

A pod uses as much as its annotations say: %s and
%s. The log of loadline-scheduler, which pods choose by schedulerName: %s
`, nodes, c.Kubeconfig(), c.Binary("kubectl"), cluster.UsageMemoryAnnotation, cluster.UsageCPUAnnotation, scheduler.LogFile())
	select {
	case err := <-c.Failed():
		return err
	case <-ctx.Done():
		return c.Stop()
	}
}
