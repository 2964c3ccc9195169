// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // for what kubeconfigs may name
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/loadline-dev/loadline/pkg/api/v1alpha1"
)

// connection are kubectl's own flags, by which it finds a cluster. They are those
// of its client library: cli-runtime, which has them too, would make the program
// twice as large.
type connection struct {
	rules     *clientcmd.ClientConfigLoadingRules
	overrides *clientcmd.ConfigOverrides
}

func newConnection() *connection {
	return &connection{
		rules:     clientcmd.NewDefaultClientConfigLoadingRules(),
		overrides: &clientcmd.ConfigOverrides{},
	}
}

// addTo adds the flags to a command, after its own. The namespace is that of the
// rules, and is not asked for where it makes no difference.
func (c *connection) addTo(command *cobra.Command, namespaced bool) {
	command.Flags().SortFlags = false
	command.Flags().StringVar(&c.rules.ExplicitPath, "kubeconfig", "", "Path to the kubeconfig file.")
	names := clientcmd.RecommendedConfigOverrideFlags("")
	names.ClusterOverrideFlags.APIServer.ShortName = "s"
	names.AuthOverrideFlags.Username.LongName, names.AuthOverrideFlags.Password.LongName = "", "" // kubectl has them no more
	names.ContextOverrideFlags.Namespace.Description = fmt.Sprintf("The namespace of Loadline's rules. (default %q)", v1alpha1.DefaultRulesNamespace)
	if !namespaced {
		names.ContextOverrideFlags.Namespace.LongName = ""
	}
	clientcmd.BindOverrideFlags(c.overrides, command.Flags(), names)
}

// rulesNamespace is the namespace in which Loadline reads its rules. That of the
// kubeconfig is where its user works.
func (c *connection) rulesNamespace() string {
	if c.overrides.Context.Namespace == "" {
		return v1alpha1.DefaultRulesNamespace
	}
	return c.overrides.Context.Namespace
}

// client connects to the cluster. Whoever uses it bounds the number of requests.
func (c *connection) client() (kubernetes.Interface, *rest.Config, error) {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(c.rules, c.overrides).ClientConfig()
	if clientcmd.IsEmptyConfig(err) {
		return nil, nil, errors.New("finding the cluster: there is no kubeconfig: give --kubeconfig, or set KUBECONFIG")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("finding the cluster: %w", err)
	}
	config.QPS = -1 // no limit
	// A fifth of the size that thousands of nodes and pods have as JSON.
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return client, config, nil
}
