// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package cluster is a Kubernetes cluster in a box, for tests and for the demo: a real etcd, kube-apiserver
// and kube-controller-manager, with TLS and RBAC, and kwok for nodes and pods whose usage is simulated.
//
// The components are child processes that listen on loopback only, keep everything in one directory, and
// start in seconds. None of them, and no file, outlives the process that called Start, however that ends.
// kwok serves each node's /metrics/resource, computed from the pods on it, so that the loop is closed: moving
// a pod moves the metrics. No scheduler runs until a caller starts one with StartProcess.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	// readyTimeout bounds the waits for readiness, which take seconds unless the machine is very busy.
	readyTimeout = 2 * time.Minute
	// pollInterval is how often such a wait looks.
	pollInterval = 20 * time.Millisecond
)

// Cluster is a running cluster.
type Cluster struct {
	binaries  string
	control   string // the folder of the control plane's binaries
	dir       string
	ports     *ports
	authority *authority
	reaper    *reaper
	config    *rest.Config
	client    kubernetes.Interface
	kubelets  *http.Client // trusts the cluster's CA
	failed    chan error

	apiServerFlags []string
	kwokConfig     string

	stopOnce   sync.Once
	stopResult error

	mutex     sync.Mutex
	stopping  bool
	processes []*Process // in the order of their start
}

// Start starts a cluster and returns when its API server is ready, the default namespace has its
// ServiceAccount, and kwok serves. The cluster stops when ctx is done; call Stop to wait for that.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	c, err := newCluster(opts)
	if err != nil {
		return nil, fmt.Errorf("preparing the cluster: %w", err)
	}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	context.AfterFunc(ctx, func() { _ = c.Stop() })
	return c, nil
}

// newCluster makes the cluster's directory, with a reaper to remove it, and starts nothing else.
func newCluster(opts Options) (*Cluster, error) {
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	ports, err := reservePorts()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(opts.Dir, "loadline-cluster-")
	if err != nil {
		ports.release()
		return nil, err
	}
	reaper, err := startReaper(dir)
	if err != nil {
		ports.release()
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &Cluster{
		binaries:  opts.Binaries,
		control:   opts.ControlPlane,
		dir:       dir,
		ports:     ports,
		authority: authority,
		reaper:    reaper,
		kubelets:  newKubeletClient(authority),
		failed:    make(chan error, 1),

		apiServerFlags: opts.APIServerFlags,
		kwokConfig:     opts.KwokConfig,
	}, nil
}

func (c *Cluster) start(ctx context.Context) error {
	ctx, cancel := withReadyTimeout(ctx)
	defer cancel()
	if err := c.writeCertificates(); err != nil {
		return err
	}
	if err := c.writeKubeconfigs(); err != nil {
		return err
	}
	if err := c.connect(); err != nil {
		return err
	}
	if err := c.startEtcd(ctx); err != nil {
		return err
	}
	if err := c.startAPIServer(ctx); err != nil {
		return err
	}
	controllerManager, err := c.startControllerManager()
	if err != nil {
		return err
	}
	if err := c.startKwok(ctx); err != nil {
		return err
	}
	return await(ctx, controllerManager, "to make the default ServiceAccount", func() error {
		_, err := c.client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
}

// connect makes the administrator's client.
func (c *Cluster) connect() error {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	if err != nil {
		return fmt.Errorf("reading the administrator's kubeconfig: %w", err)
	}
	// Tests create objects by the hundred; the client's defaults would pace them.
	config.QPS, config.Burst = 1000, 2000
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("making the administrator's client: %w", err)
	}
	c.config, c.client = config, client
	return nil
}

// Stop stops the components in the reverse order of their start and removes the cluster's directory. It
// returns when they are gone, and may be called more than once.
func (c *Cluster) Stop() error {
	c.stopOnce.Do(func() { c.stopResult = c.stop() })
	return c.stopResult
}

func (c *Cluster) stop() error {
	c.mutex.Lock()
	c.stopping = true
	processes := slices.Clone(c.processes)
	c.mutex.Unlock()

	// Whatever dies first as a consequence of another's end is no failure.
	for _, p := range processes {
		p.ExpectExit()
	}
	var errs []error
	for _, p := range slices.Backward(processes) {
		errs = append(errs, p.Stop())
	}
	c.ports.release()
	c.kubelets.CloseIdleConnections()
	errs = append(errs, c.reaper.killGroup(), os.RemoveAll(c.dir), c.reaper.dismiss())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stopping the cluster: %w", err)
	}
	return nil
}

// Failed receives once, when a component dies unasked: an error that names it and shows the end of its log.
func (c *Cluster) Failed() <-chan error { return c.failed }

// LogTails is the end of each component's log, each under a heading.
func (c *Cluster) LogTails() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var tails strings.Builder
	for _, p := range c.processes {
		fmt.Fprintf(&tails, "==> %s (%s) <==\n%s\n", p.name, p.log, p.logTail())
	}
	return tails.String()
}

// Process is the component of that name, or nil; of several, the one that started last.
func (c *Cluster) Process(name string) *Process {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, p := range slices.Backward(c.processes) {
		if p.name == name {
			return p
		}
	}
	return nil
}

// Dir is the cluster's own directory: logs, certificates, kubeconfigs, data.
func (c *Cluster) Dir() string { return c.dir }

// Kubeconfig is the path of the administrator's kubeconfig.
func (c *Cluster) Kubeconfig() string { return c.kubeconfigPath("admin") }

// RESTConfig is the administrator's (system:masters) configuration, for the caller to keep or change.
func (c *Cluster) RESTConfig() *rest.Config { return rest.CopyConfig(c.config) }

// Client is the administrator's client.
func (c *Cluster) Client() kubernetes.Interface { return c.client }

// CAFile is the path of the CA certificate that the API server's and the kubelets' certificates are signed by.
func (c *Cluster) CAFile() string { return c.path("ca.crt") }

// Binary is the path of a built binary, such as kubectl.
func (c *Cluster) Binary(name string) string { return filepath.Join(c.binaries, name) }

func (c *Cluster) path(name string) string { return filepath.Join(c.dir, name) }

func withReadyTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("not ready within %v", readyTimeout))
}

// await returns when the condition holds: when it returns no error. A component that dies meanwhile, and a
// context that ends, is an error.
func await(ctx context.Context, p *Process, what string, condition func() error) error {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return p.failure()
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s %s: %w (lastly: %v); the end of its log (%s):\n%s",
				p.name, what, context.Cause(ctx), err, p.log, p.logTail())
		case <-ticker.C:
		}
	}
}
