// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// user is whom the programs run as: not root, and by number, so that a kubelet can
// tell (runAsNonRoot).
const user = "65532:65532"

// builder makes images.
type builder struct {
	// binaries is the folder that has the programs of each platform in OS/ARCHITECTURE.
	binaries string
	// license is the file of Loadline's own licence.
	license   string
	reference name.Tag
	revision  string
	created   time.Time
	// scratch is a folder for layers while they are made.
	scratch string
}

// index makes the images of all platforms.
func (b *builder) index(platforms []v1.Platform) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, platform := range platforms {
		image, err := b.image(platform)
		if err != nil {
			return nil, fmt.Errorf("making the image for %s: %w", platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &platform}})
	}
	return mutate.Annotations(index, b.labels()).(v1.ImageIndex), nil
}

// image makes the image of one platform: a layer for each program, so that who has
// one of them already need not fetch it again, on one for everything else.
func (b *builder) image(platform v1.Platform) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := b.add(image, "certificate authorities, users and Loadline's licence", b.base())
	if err != nil {
		return nil, err
	}
	for _, program := range programs {
		files, err := b.program(platform, program)
		if err != nil {
			return nil, err
		}
		if image, err = b.add(image, program, files); err != nil {
			return nil, err
		}
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
	config.Created = v1.Time{Time: b.created}
	config.Config = v1.Config{User: user, Entrypoint: []string{"/" + programs[0]}, WorkingDir: "/", Labels: b.labels()}
	return mutate.ConfigFile(image, config)
}

// add adds files as a layer.
func (b *builder) add(image v1.Image, what string, files []file) (v1.Image, error) {
	layer, err := b.layer(files)
	if err != nil {
		return nil, fmt.Errorf("making the layer of %s: %w", what, err)
	}
	history := v1.History{Created: v1.Time{Time: b.created}, CreatedBy: "make image", Comment: what}
	return mutate.Append(image, mutate.Addendum{Layer: layer, History: history})
}

func (b *builder) layer(files []file) (v1.Layer, error) {
	to, err := os.CreateTemp(b.scratch, "layer-*.tar")
	if err != nil {
		return nil, err
	}
	defer to.Close()
	if err := writeTar(to, files, b.created); err != nil {
		return nil, err
	}
	return tarball.LayerFromFile(to.Name(), tarball.WithMediaType(types.OCILayer),
		tarball.WithCompressionLevel(compression), tarball.WithCompressedCaching)
}

// labels are the annotations that the OCI image specification knows.
func (b *builder) labels() map[string]string {
	labels := map[string]string{
		"org.opencontainers.image.title":         "Loadline",
		"org.opencontainers.image.description":   "A telemetry-aware Kubernetes scheduler and descheduler",
		"org.opencontainers.image.url":           "https://github.com/loadline-dev/loadline",
		"org.opencontainers.image.source":        "https://github.com/loadline-dev/loadline",
		"org.opencontainers.image.documentation": "https://github.com/loadline-dev/loadline/tree/main/docs",
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.created":       b.created.Format(time.RFC3339),
		"org.opencontainers.image.version":       b.reference.TagStr(),
	}
	if b.revision != "" {
		labels["org.opencontainers.image.revision"] = b.revision
	}
	return labels
}

// writeRoot writes the root filesystem of a platform's image to a folder.
func (b *builder) writeRoot(platform v1.Platform, root string) error {
	files := b.base()
	for _, program := range programs {
		more, err := b.program(platform, program)
		if err != nil {
			return err
		}
		files = append(files, more...)
	}
	if err := os.MkdirAll(filepath.Dir(root), 0o755); err != nil {
		return err
	}
	if err := writeFolder(root, files); err != nil {
		return fmt.Errorf("writing the root filesystem: %w", err)
	}
	return nil
}
