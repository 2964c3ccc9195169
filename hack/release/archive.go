// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// program is the command line's.
const program = "kubectl-loadline"

// content is a file in an archive.
type content struct {
	name string
	mode os.FileMode
	data []byte
}

// writeArchive packs the command line of a platform, as people there are used to:
// zip on Windows, else tar.gz.
func (r *release) writeArchive(platform string) error {
	system, architecture, found := strings.Cut(platform, "/")
	if !found {
		return fmt.Errorf("%q is no platform: want one such as linux/amd64", platform)
	}
	name, write, extension := program, writeTarGz, ".tar.gz"
	if system == "windows" {
		name, write, extension = program+".exe", writeZip, ".zip"
	}
	binary, err := os.ReadFile(filepath.Join(r.binaries, system, architecture, name))
	if err != nil {
		return err
	}
	license, err := os.ReadFile(r.license)
	if err != nil {
		return err
	}
	archive := filepath.Join(r.output, strings.Join([]string{program, r.version, system, architecture}, "_")+extension)
	to, err := os.Create(archive)
	if err != nil {
		return err
	}
	defer to.Close()
	if err := write(to, []content{{"LICENSE", 0o644, license}, {name, 0o755, binary}}, r.created); err != nil {
		return fmt.Errorf("writing %s: %w", archive, err)
	}
	return to.Close()
}

func writeTarGz(to io.Writer, contents []content, created time.Time) error {
	compressed, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	for _, c := range contents {
		header := &tar.Header{Name: c.name, Mode: int64(c.mode), Size: int64(len(c.data)), ModTime: created, Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(c.data); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return compressed.Close()
}

func writeZip(to io.Writer, contents []content, created time.Time) error {
	archive := zip.NewWriter(to)
	for _, c := range contents {
		header := &zip.FileHeader{Name: c.name, Method: zip.Deflate, Modified: created}
		header.SetMode(c.mode)
		file, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := file.Write(c.data); err != nil {
			return err
		}
	}
	return archive.Close()
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	defer target.Close()
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	return target.Close()
}
