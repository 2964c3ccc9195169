// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/cluster"
)

// Options say how the scheduler differs from its shipped configuration.
type Options struct {
	// Interval is the time between two measurements. Default 1s.
	Interval time.Duration
	// Flags are added to the command line.
	Flags []string
}

// Scheduler is a running loadline-scheduler.
type Scheduler struct {
	*cluster.Process
	// metrics is how an administrator reaches the scheduler's own endpoints.
	metrics *rest.Config
}

// StartScheduler starts loadline-scheduler with the shipped configuration, of
// which it changes what a test or a demo must. Manifests must have been applied.
// The name tells this process from others in the same cluster, and keeps its
// telemetry: a second start under the same name finds the data of the first.
func StartScheduler(ctx context.Context, c *cluster.Cluster, name string, options Options) (*Scheduler, error) {
	kubeconfig, err := c.ServiceAccountKubeconfig(ctx, Namespace, "loadline-scheduler")
	if err != nil {
		return nil, fmt.Errorf("making the scheduler's kubeconfig: %w", err)
	}
	config, err := writeConfig(c, name, kubeconfig, options)
	if err != nil {
		return nil, fmt.Errorf("writing the scheduler's configuration: %w", err)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	flags := append([]string{
		"--config=" + config,
		"--bind-address=127.0.0.1", "--secure-port=" + port,
		"--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
	}, options.Flags...)
	process, err := c.StartProcess(name, c.Binary("loadline-scheduler"), flags...)
	if err != nil {
		return nil, err
	}
	metrics := c.RESTConfig()
	metrics.Host = "https://" + net.JoinHostPort("127.0.0.1", port)
	metrics.TLSClientConfig.CAData, metrics.TLSClientConfig.CAFile = nil, ""
	metrics.TLSClientConfig.Insecure = true // it makes a certificate of its own at each start
	return &Scheduler{Process: process, metrics: metrics}, nil
}

// writeConfig takes manifests/scheduler/config.yaml and sets the kubeconfig, the
// interval and the data directory.
func writeConfig(c *cluster.Cluster, name, kubeconfig string, options Options) (string, error) {
	root, err := cluster.ModuleRoot()
	if err != nil {
		return "", err
	}
	shipped, err := os.ReadFile(filepath.Join(root, "manifests", "scheduler", "config.yaml"))
	if err != nil {
		return "", err
	}
	var config map[string]any
	if err := yaml.Unmarshal(shipped, &config); err != nil {
		return "", err
	}
	if options.Interval == 0 {
		options.Interval = time.Second
	}
	config["clientConnection"] = map[string]any{"kubeconfig": kubeconfig}
	for _, profile := range config["profiles"].([]any) {
		for _, plugin := range profile.(map[string]any)["pluginConfig"].([]any) {
			telemetry := plugin.(map[string]any)["args"].(map[string]any)["telemetry"].(map[string]any)
			telemetry["interval"] = options.Interval.String()
			telemetry["embedded"].(map[string]any)["dataDirectory"] = filepath.Join(c.Dir(), name+"-data")
		}
	}
	changed, err := yaml.Marshal(config)
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.Dir(), name+".yaml")
	return path, os.WriteFile(path, changed, 0o600)
}

// Metrics reads the scheduler's own /metrics, in the Prometheus text format.
func (s *Scheduler) Metrics(ctx context.Context) ([]byte, error) {
	client, err := rest.HTTPClientFor(s.metrics)
	if err != nil {
		return nil, fmt.Errorf("reading the scheduler's metrics: %w", err)
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.metrics.Host+"/metrics", nil)
	if err != nil {
		return nil, fmt.Errorf("reading the scheduler's metrics: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("reading the scheduler's metrics: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, body)
	}
	return body, err
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port), nil
}
