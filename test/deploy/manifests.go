// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package deploy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/loadline-dev/loadline/test/cluster"
)

// Manifests applies manifests/scheduler, but for the Deployment: in a box its
// program is a process.
func Manifests(ctx context.Context, c *cluster.Cluster) error {
	return applyFolder(ctx, c, "scheduler")
}

// DeschedulerManifests applies manifests/descheduler in the same way. Those of the
// scheduler must have been applied.
func DeschedulerManifests(ctx context.Context, c *cluster.Cluster) error {
	return applyFolder(ctx, c, "descheduler")
}

func applyFolder(ctx context.Context, c *cluster.Cluster, folder string) error {
	objects, err := Render(ctx, c, folder)
	if err != nil {
		return err
	}
	return Apply(ctx, c, WithoutDeployments(objects))
}

// WithoutDeployments leaves out what would run the programs as pods.
func WithoutDeployments(objects []*unstructured.Unstructured) []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(objects), func(object *unstructured.Unstructured) bool { return object.GetKind() == "Deployment" })
}

// Folder is the path of a folder below manifests.
func Folder(name string) (string, error) {
	root, err := cluster.ModuleRoot()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "manifests", filepath.FromSlash(name)), nil
}

// Render makes the objects of a folder below manifests with kubectl's kustomize.
func Render(ctx context.Context, c *cluster.Cluster, folder string) ([]*unstructured.Unstructured, error) {
	path, err := Folder(folder)
	if err != nil {
		return nil, err
	}
	var text, complaints bytes.Buffer
	command := exec.CommandContext(ctx, c.Binary("kubectl"), "kustomize", path)
	command.Stdout, command.Stderr = &text, &complaints
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("rendering manifests/%s: %w\n%s", folder, err, &complaints)
	}
	var objects []*unstructured.Unstructured
	for decoder := utilyaml.NewYAMLOrJSONDecoder(&text, 4096); ; {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading what manifests/%s is rendered to: %w", folder, err)
		}
		objects = append(objects, object)
	}
}

// Apply applies objects with kubectl.
func Apply(ctx context.Context, c *cluster.Cluster, objects []*unstructured.Unstructured) error {
	return kubectlWith(ctx, c, objects, "apply", "-f", "-")
}

// Delete deletes objects with kubectl, and waits until they are gone.
func Delete(ctx context.Context, c *cluster.Cluster, objects []*unstructured.Unstructured) error {
	return kubectlWith(ctx, c, objects, "delete", "--ignore-not-found", "-f", "-")
}

// kubectlWith runs a command as the cluster's administrator, which reads objects from
// its standard input.
func kubectlWith(ctx context.Context, c *cluster.Cluster, objects []*unstructured.Unstructured, args ...string) error {
	var text bytes.Buffer
	for _, object := range objects {
		document, err := yaml.Marshal(object)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "---\n%s", document)
	}
	command := exec.CommandContext(ctx, c.Binary("kubectl"), append([]string{"--kubeconfig", c.Kubeconfig()}, args...)...)
	command.Stdin = &text
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("running kubectl %v: %w\n%s", args, err, output)
	}
	return nil
}
