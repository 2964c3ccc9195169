// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	kustomize "sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// writeManifests renders each overlay into a file that kubectl can apply, with the
// image of this version.
func (r *release) writeManifests() error {
	entries, err := os.ReadDir(r.overlays)
	if err != nil {
		return err
	}
	rendered := 0
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		text, err := r.render(filepath.Join(r.overlays, entry.Name()))
		if err != nil {
			return fmt.Errorf("overlay %s: %w", entry.Name(), err)
		}
		if err := os.WriteFile(filepath.Join(r.output, "loadline-"+entry.Name()+".yaml"), text, 0o644); err != nil {
			return err
		}
		rendered++
	}
	if rendered == 0 {
		return fmt.Errorf("there is no overlay in %s", r.overlays)
	}
	return nil
}

// render is an overlay with another overlay on it, which names the image.
func (r *release) render(overlay string) ([]byte, error) {
	top, err := os.MkdirTemp(r.output, "overlay-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(top)
	if err := r.writeKustomization(top, overlay); err != nil {
		return nil, err
	}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), top)
	if err != nil {
		return nil, err
	}
	text, err := resources.AsYaml()
	if err != nil {
		return nil, err
	}
	return text, r.checkImages(string(text))
}

func (r *release) writeKustomization(folder, overlay string) error {
	from, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	to, err := filepath.Abs(overlay)
	if err != nil {
		return err
	}
	relative, err := filepath.Rel(from, to)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(kustomize.Kustomization{
		TypeMeta:  kustomize.TypeMeta{APIVersion: kustomize.KustomizationVersion, Kind: kustomize.KustomizationKind},
		Resources: []string{filepath.ToSlash(relative)},
		Images:    []kustomize.Image{{Name: r.name, NewTag: r.version}},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "kustomization.yaml"), text, 0o644)
}

// checkImages looks for Loadline's image of another version, as there would be in a
// field that kustomize does not know as an image's.
func (r *release) checkImages(text string) error {
	for _, line := range strings.Split(text, "\n") {
		_, tag, found := strings.Cut(line, r.name+":")
		if found && tag != r.version {
			return fmt.Errorf("%q is not of version %s", strings.TrimSpace(line), r.version)
		}
	}
	return nil
}
