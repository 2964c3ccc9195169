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
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/cluster"
)

// Options say how the scheduler differs from its shipped configuration.
type Options struct {
	// Interval is the time between two measurements. Default 1s.
	Interval time.Duration
	// KubeletCAFile holds the authorities of the kubelets' certificates. Default:
	// the cluster's own.
	KubeletCAFile string
	// ChangeArgs, if any, changes the plugin's arguments, as decoded from JSON.
	ChangeArgs func(args map[string]any)
	// ChangeProfile, if any, changes the scheduler's profile, as decoded from
	// JSON.
	ChangeProfile func(profile map[string]any)
	// Flags are added to the command line.
	Flags []string
}

// Scheduler is a running loadline-scheduler.
type Scheduler struct {
	*cluster.Process
	// endpoints is how an administrator reaches what the scheduler itself serves.
	endpoints *rest.Config
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
		"--bind-address=127.0.0.1", "--secure-port=" + port, "--inspect-address=127.0.0.1:0",
		"--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
	}, options.Flags...)
	process, err := c.StartProcess(name, c.Binary("loadline-scheduler"), flags...)
	if err != nil {
		return nil, err
	}
	endpoints := c.RESTConfig()
	endpoints.Host = "https://" + net.JoinHostPort("127.0.0.1", port)
	endpoints.TLSClientConfig.CAData, endpoints.TLSClientConfig.CAFile = nil, ""
	endpoints.TLSClientConfig.Insecure = true // it makes a certificate of its own at each start
	return &Scheduler{Process: process, endpoints: endpoints}, nil
}

// writeConfig takes manifests/scheduler/config.yaml and sets the kubeconfig, the
// interval, the data directory and the kubelets' authority.
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
			args := plugin.(map[string]any)["args"].(map[string]any)
			telemetry := args["telemetry"].(map[string]any)
			telemetry["interval"] = options.Interval.String()
			embedded := telemetry["embedded"].(map[string]any)
			embedded["dataDirectory"] = filepath.Join(c.Dir(), name+"-data")
			if options.KubeletCAFile != "" {
				embedded["kubelets"] = map[string]any{"caFile": options.KubeletCAFile}
			}
			if options.ChangeArgs != nil {
				options.ChangeArgs(args)
			}
		}
		if options.ChangeProfile != nil {
			options.ChangeProfile(profile.(map[string]any))
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
	return s.Get(ctx, "/metrics")
}

// InspectAddress is where the scheduler serves its decisions. Empty until it does.
func (s *Scheduler) InspectAddress() (string, error) {
	log, err := os.ReadFile(s.LogFile())
	if err != nil {
		return "", fmt.Errorf("reading the scheduler's log: %w", err)
	}
	_, found, _ := strings.Cut(string(log), `"Serving decisions" address="`)
	address, _, _ := strings.Cut(found, `"`)
	return address, nil
}

// Get reads what the scheduler itself serves at a path, such as a profile.
func (s *Scheduler) Get(ctx context.Context, path string) ([]byte, error) {
	client, err := rest.HTTPClientFor(s.endpoints)
	if err != nil {
		return nil, fmt.Errorf("reading the scheduler's %s: %w", path, err)
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoints.Host+path, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the scheduler's %s: %w", path, err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("reading the scheduler's %s: %w", path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("reading the scheduler's %s: %s: %s", path, response.Status, body)
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
