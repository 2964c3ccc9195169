// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Package emulation tells as which version of Kubernetes a scheduler has to
// behave, so that an API server of an older version can serve it.
package emulation

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/version"
	apimachineryversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	basecompatibility "k8s.io/component-base/compatibility"
	"k8s.io/klog/v2"
)

// Flag is the one of Kubernetes' components for the version to behave as.
const Flag = "emulated-version"

// serverTimeout bounds the wait for the API server's version.
const serverTimeout = 30 * time.Second

// VersionOf is the version that an API server behaves as: its own, or the older
// one that it emulates itself, as in the middle of an upgrade.
func VersionOf(server *apimachineryversion.Info) (*version.Version, error) {
	if server.EmulationMajor != "" {
		return version.ParseMajorMinor(server.EmulationMajor + "." + server.EmulationMinor)
	}
	return version.ParseGeneric(server.GitVersion)
}

// For is the version to emulate for an API server: none where it is not older
// than the scheduler. effective is that of the scheduler, and is set to it.
func For(server *version.Version, effective basecompatibility.MutableEffectiveVersion) (*version.Version, error) {
	binary := effective.BinaryVersion()
	server = version.MajorMinor(server.Major(), server.Minor())
	if !server.LessThan(version.MajorMinor(binary.Major(), binary.Minor())) {
		return nil, nil
	}
	effective.SetEmulationVersion(server)
	if errs := effective.Validate(); len(errs) > 0 {
		return nil, fmt.Errorf("the API server has version %s, and this scheduler of version %s can serve none that old: "+
			"upgrade the API server, or run an older release of Loadline: %w", server, binary, errors.Join(errs...))
	}
	return server, nil
}

// ForServer asks an API server for its version, and is then as For.
func ForServer(config *rest.Config, effective basecompatibility.MutableEffectiveVersion) (*version.Version, error) {
	config = rest.CopyConfig(config)
	config.Timeout = serverTimeout
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	answer, err := client.ServerVersion()
	if err != nil {
		return nil, fmt.Errorf("asking the API server at %s for its version: %w", config.Host, err)
	}
	server, err := VersionOf(answer)
	if err != nil {
		return nil, fmt.Errorf("reading the API server's version: %w", err)
	}
	return For(server, effective)
}

// SetFlag sets a process to behave as the API server's version, where that is older
// and the command line does not say otherwise: the scheduler in it would wait for
// ever for APIs that are not there.
func SetFlag(flags *pflag.FlagSet, config *rest.Config) error {
	if flags.Changed(Flag) {
		return nil
	}
	emulated, err := ForServer(config, compatibility.DefaultBuildEffectiveVersion())
	if err != nil || emulated == nil {
		return err
	}
	klog.Background().Info("The API server is older: behaving as its version", "emulated", emulated)
	return flags.Set(Flag, basecompatibility.DefaultKubeComponent+"="+emulated.String())
}
