// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Options say how a cluster is laid out. The zero value is good.
type Options struct {
	// Binaries is the folder that holds etcd, kube-apiserver, kube-controller-manager and kwok.
	// Default: build/bin under the module's root, which is looked for from the working directory upwards.
	Binaries string
	// ControlPlane is the folder that holds kube-apiserver and kube-controller-manager, where those are to be
	// of another version than the rest. Default: Binaries.
	ControlPlane string
	// Dir is the parent of the cluster's own directory. Default: os.TempDir().
	Dir string
	// APIServerFlags are added to the API server's command line.
	APIServerFlags []string
	// KwokConfig is added to kwok's configuration: further documents of YAML.
	KwokConfig string
}

// binaries are the components that Start runs, and controlPlane those that may be of another version.
var (
	binaries     = []string{"etcd", "kwok"}
	controlPlane = []string{"kube-apiserver", "kube-controller-manager"}
)

// complete fills in the defaults and checks that there is something to run.
func (o Options) complete() (Options, error) {
	if o.Dir == "" {
		o.Dir = os.TempDir()
	}
	if o.Binaries == "" {
		root, err := ModuleRoot()
		if err != nil {
			return o, err
		}
		o.Binaries = filepath.Join(root, "build", "bin")
	}
	if o.ControlPlane == "" {
		o.ControlPlane = o.Binaries
	}
	// Children are started by absolute path, so that a caller may change its working directory.
	for _, path := range []*string{&o.Dir, &o.Binaries, &o.ControlPlane} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return o, err
		}
		*path = absolute
	}
	if err := exist(o.Binaries, binaries); err != nil {
		return o, err
	}
	return o, exist(o.ControlPlane, controlPlane)
}

func exist(folder string, names []string) error {
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return fmt.Errorf("looking for the cluster's binaries (build them with: make bin): %w", err)
		}
	}
	return nil
}

// ModuleRoot is the nearest folder, from the working directory upwards, that holds a go.mod.
func ModuleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod in %s or above it: set Options.Binaries", start)
		}
	}
}
