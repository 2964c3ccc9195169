// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// compression is the effort that goes into layers, which are fetched more often
// than made.
const compression = gzip.BestCompression

// writeArchive makes the images of the platforms and writes them to an archive. It
// returns the digest by which a registry knows all of them together.
func (b *builder) writeArchive(platforms []v1.Platform, archive string) (v1.Hash, error) {
	if err := os.MkdirAll(filepath.Dir(archive), 0o755); err != nil {
		return v1.Hash{}, err
	}
	scratch, err := os.MkdirTemp(filepath.Dir(archive), "image-")
	if err != nil {
		return v1.Hash{}, err
	}
	defer os.RemoveAll(scratch)
	b.scratch = scratch
	index, err := b.index(platforms)
	if err != nil {
		return v1.Hash{}, err
	}
	written := filepath.Join(scratch, "layout")
	if err := b.writeLayout(index, written); err != nil {
		return v1.Hash{}, fmt.Errorf("writing the image layout: %w", err)
	}
	if err := b.pack(written, archive); err != nil {
		return v1.Hash{}, fmt.Errorf("writing %s: %w", archive, err)
	}
	return index.Digest()
}

// writeLayout writes an OCI image layout to a folder. Who imports it finds the
// image's name in annotations: containerd in one, everybody else the tag in the
// other.
func (b *builder) writeLayout(index v1.ImageIndex, folder string) error {
	written, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	if err := written.AppendIndex(index, layout.WithAnnotations(map[string]string{
		"io.containerd.image.name":          b.reference.String(),
		"org.opencontainers.image.ref.name": b.reference.TagStr(),
	})); err != nil {
		return err
	}
	return b.writeDockerManifest(index, filepath.Join(folder, "manifest.json"))
}

// writeDockerManifest adds the file by which Docker finds an image in an archive,
// where Docker does not keep its images in containerd. There can be one platform
// in it: the first.
func (b *builder) writeDockerManifest(index v1.ImageIndex, file string) error {
	manifest, err := index.IndexManifest()
	if err != nil {
		return err
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		return err
	}
	described, err := image.Manifest()
	if err != nil {
		return err
	}
	docker := tarball.Descriptor{Config: blob(described.Config.Digest), RepoTags: []string{b.reference.String()}}
	for _, layer := range described.Layers {
		docker.Layers = append(docker.Layers, blob(layer.Digest))
	}
	text, err := json.Marshal([]tarball.Descriptor{docker})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

// blob is the path of a blob in an OCI image layout.
func blob(digest v1.Hash) string { return path.Join("blobs", digest.Algorithm, digest.Hex) }

// pack writes the files below a folder to an archive, in the order of their names.
func (b *builder) pack(folder, archive string) error {
	var files []file
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == folder {
			return err
		}
		relative, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(relative), mode: 0o644, source: path}
		if entry.IsDir() {
			f = file{path: f.path, mode: fs.ModeDir | 0o755}
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		return err
	}
	to, err := os.Create(archive)
	if err != nil {
		return err
	}
	defer to.Close()
	if err := writeTar(to, files, b.created); err != nil {
		return err
	}
	return to.Close()
}
