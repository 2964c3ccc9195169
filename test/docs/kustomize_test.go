// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// remote is a folder of manifests as others name it, at any version.
var remote = regexp.MustCompile(`(?:https://)?github\.com/loadline-dev/loadline/+(manifests/[\w/-]+)\?ref=[\w.-]+`)

// buildKustomization builds one that stands in a folder of its own below
// manifests/overlays. What it fetches from the repository is that of this one.
func buildKustomization(t *testing.T, page, kind string, document []byte) error {
	t.Helper()
	if kind != "Kustomization" {
		return errors.New("only a Kustomization can be built by itself")
	}
	folder := t.TempDir()
	overlay := filepath.Join(folder, "manifests", "overlays", "own")
	if err := os.CopyFS(filepath.Join(folder, "manifests"), os.DirFS(filepath.Join(root(t), "manifests"))); err != nil {
		return err
	}
	if err := os.Mkdir(overlay, 0o700); err != nil {
		return err
	}
	for name, source := range together(given["all"], given[page]) {
		copyFile(t, filepath.Join(root(t), source), filepath.Join(overlay, name))
	}
	local := remote.ReplaceAll(document, []byte("../../../$1"))
	if err := os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), local, 0o600); err != nil {
		return err
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), overlay)
	if err == nil && built.Size() == 0 {
		err = errors.New("there is nothing in it")
	}
	return err
}
