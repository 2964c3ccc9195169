// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// file is a file or a folder of the root filesystem. All belong to root, and nobody
// else may write them.
type file struct {
	// path is relative to the root, with slashes.
	path string
	// mode has os.ModeDir set for a folder.
	mode os.FileMode
	// content is what is in it, unless it is to be copied from source.
	content []byte
	source  string
}

// licensesFolder is where scanners and people look for the licences of an image.
const licensesFolder = "licenses"

func folder(path string) file { return file{path: path, mode: os.ModeDir | 0o755} }

// base is what there is besides the programs: whom certificates are trusted of,
// names for the user that the programs run as, and Loadline's own licence.
func (b *builder) base() []file {
	return []file{
		folder("etc"),
		{path: "etc/group", mode: 0o644, content: []byte("root:x:0:\nnonroot:x:65532:\n")},
		{path: "etc/passwd", mode: 0o644, content: []byte(
			"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n")},
		folder("etc/ssl"),
		folder("etc/ssl/certs"),
		{path: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, content: authorities()},
		folder(licensesFolder),
		{path: licensesFolder + "/LICENSE", mode: 0o644, source: b.license},
	}
}

func (f *file) isFolder() bool { return f.mode.IsDir() }

// read gives the content.
func (f *file) read() ([]byte, error) {
	if f.source == "" {
		return f.content, nil
	}
	return os.ReadFile(f.source)
}

// writeTar writes files as a layer, all of one time.
func writeTar(to io.Writer, files []file, created time.Time) error {
	writer := tar.NewWriter(to)
	for _, f := range files {
		content, err := f.read()
		if err != nil {
			return err
		}
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.path, Size: int64(len(content)), Mode: int64(f.mode.Perm()),
			ModTime: created, Format: tar.FormatPAX,
		}
		if f.isFolder() {
			header.Typeflag, header.Name = tar.TypeDir, f.path+"/"
		}
		if err := writer.WriteHeader(header); err != nil {
			return fmt.Errorf("adding %s: %w", f.path, err)
		}
		if _, err := writer.Write(content); err != nil {
			return fmt.Errorf("adding %s: %w", f.path, err)
		}
	}
	return writer.Close()
}

// writeFolder writes files below a folder, which must not exist: what is there
// already would be part of the root.
func writeFolder(root string, files []file) error {
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.path))
		if err := f.write(path); err != nil {
			return err
		}
		if err := os.Chmod(path, f.mode.Perm()); err != nil { // whatever the umask
			return err
		}
	}
	return nil
}

func (f *file) write(path string) error {
	if f.isFolder() {
		return os.Mkdir(path, 0o755)
	}
	content, err := f.read()
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
