// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/benchmark/telemetry/internal/kubelets"
	"github.com/loadline-dev/loadline/test/cluster"
	"github.com/loadline-dev/loadline/test/deploy"
)

const (
	// patience bounds the waits for what takes seconds.
	patience = 2 * time.Minute
	// creators is the number of nodes that are created at the same time.
	creators = 16
)

// rules is a ConfigMap with ten rules.
//
//go:embed rules.yaml
var rules []byte

// startCluster starts an API server that has the manifests and the rules, and
// nothing else that takes time.
func startCluster(ctx context.Context, binaries string) (*cluster.Cluster, error) {
	c, err := cluster.Start(ctx, cluster.Options{Binaries: binaries})
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, c); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func prepare(ctx context.Context, c *cluster.Cluster) error {
	if err := deploy.Manifests(ctx, c); err != nil {
		return err
	}
	var configMap corev1.ConfigMap
	if err := yaml.UnmarshalStrict(rules, &configMap); err != nil {
		return fmt.Errorf("reading the rules: %w", err)
	}
	if _, err := c.Client().CoreV1().ConfigMaps(configMap.Namespace).Create(ctx, &configMap, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("creating the rules: %w", err)
	}
	// Nobody sends heartbeats for the nodes, so these would taint them all, and
	// this machine has better things to do.
	return errors.Join(c.Process("kwok").Stop(), c.Process("kube-controller-manager").Stop())
}

// startKubelets starts the process that simulates the kubelets, and returns
// their port and the file with the authority of their certificates.
func startKubelets(ctx context.Context, c *cluster.Cluster, nodes int, interval time.Duration) (port int, caFile string, err error) {
	if port, err = freePort(); err != nil {
		return 0, "", err
	}
	program, err := os.Executable()
	if err != nil {
		return 0, "", fmt.Errorf("starting the kubelets: %w", err)
	}
	caFile = filepath.Join(c.Dir(), "simulated-kubelets.crt")
	process, err := c.StartProcess(kubeletsCommand, program, kubeletsCommand,
		"--nodes="+strconv.Itoa(nodes), "--port="+strconv.Itoa(port), "--ca-file="+caFile,
		"--housekeeping="+min(housekeeping, interval).String())
	if err != nil {
		return 0, "", err
	}
	err = wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		select {
		case <-process.Exited():
			return false, fmt.Errorf("they ended: %s", c.LogTails())
		default:
			_, err := os.Stat(caFile)
			return err == nil, nil
		}
	})
	if err != nil {
		return 0, "", fmt.Errorf("starting the kubelets: %w", err)
	}
	return port, caFile, nil
}

// freePort is a port that is free on the address of the first node. On those of
// the others it is, too, as long as nobody else uses such addresses.
func freePort() (int, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort(kubelets.Address(0).String(), "0"))
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// createNodes creates the Node objects of the simulated kubelets.
func createNodes(ctx context.Context, c *cluster.Cluster, nodes, port int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(creators)
	for i := range nodes {
		group.Go(func() error {
			_, err := c.Client().CoreV1().Nodes().Create(ctx, node(i, port), metav1.CreateOptions{})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("creating nodes: %w", err)
	}
	return nil
}

// node is the Node object of the kubelet at an index.
func node(index, port int) *corev1.Node {
	name := fmt.Sprintf("node-%05d", index)
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:                     *resource.NewQuantity(kubelets.Cores, resource.DecimalSI),
		corev1.ResourceMemory:                  *resource.NewQuantity(kubelets.MemoryBytes, resource.BinarySI),
		corev1.ResourcePods:                    *resource.NewQuantity(110, resource.DecimalSI),
		corev1.ResourceEphemeralStorage:        *resource.NewQuantity(100<<30, resource.BinarySI),
		corev1.ResourceHugePagesPrefix + "2Mi": *resource.NewQuantity(0, resource.BinarySI),
	}
	allocatable := capacity.DeepCopy()
	allocatable[corev1.ResourceMemory] = *resource.NewQuantity(kubelets.MemoryBytes*97/100, resource.BinarySI)
	now := metav1.Now()
	var conditions []corev1.NodeCondition
	for _, kind := range []corev1.NodeConditionType{corev1.NodeMemoryPressure, corev1.NodeDiskPressure, corev1.NodePIDPressure, corev1.NodeReady} {
		status := corev1.ConditionFalse
		if kind == corev1.NodeReady {
			status = corev1.ConditionTrue
		}
		conditions = append(conditions, corev1.NodeCondition{
			Type: kind, Status: status, LastHeartbeatTime: now, LastTransitionTime: now,
			Reason: "Simulated", Message: "the kubelet is simulated",
		})
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
			corev1.LabelHostname:       name,
			corev1.LabelOSStable:       "linux",
			corev1.LabelArchStable:     "amd64",
			corev1.LabelTopologyZone:   fmt.Sprintf("zone-%d", index%3),
			corev1.LabelTopologyRegion: "region",
			"pool":                     fmt.Sprintf("pool-%d", index%5),
		}},
		Status: corev1.NodeStatus{
			Capacity:    capacity,
			Allocatable: allocatable,
			Conditions:  conditions,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: kubelets.Address(index).String()},
				{Type: corev1.NodeHostName, Address: name},
			},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(port)}},
			NodeInfo:        corev1.NodeSystemInfo{Architecture: "amd64", OperatingSystem: "linux", KubeletVersion: "v1.37.1"},
		},
	}
}
