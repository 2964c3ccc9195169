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

// The names of Loadline's own licence, and of those of what is compiled into the
// command line, in archives.
const (
	licenseName  = "LICENSE"
	licensesName = "THIRD_PARTY_LICENSES"
)

// content is a file in an archive.
type content struct {
	name string
	mode os.FileMode
	data []byte
}

// writeArchive packs the command line of a platform, as people there are used to:
// zip on Windows, else tar.gz.
func (r *release) writeArchive(p platform) error {
	var contents []content
	for _, file := range []struct {
		from, to string
		mode     os.FileMode
	}{
		{r.license, licenseName, 0o644},
		{p.file(r.binaries, program+".licenses.txt"), licensesName, 0o644},
		{p.file(r.binaries, p.executable(program)), p.executable(program), 0o755},
	} {
		data, err := os.ReadFile(file.from)
		if err != nil {
			return err
		}
		contents = append(contents, content{file.to, file.mode, data})
	}
	write := writeTarGz
	if p.system == windows {
		write = writeZip
	}
	archive := filepath.Join(r.output, r.archive(p))
	to, err := os.Create(archive)
	if err != nil {
		return err
	}
	defer to.Close()
	if err := write(to, contents, r.created); err != nil {
		return fmt.Errorf("writing %s: %w", archive, err)
	}
	return to.Close()
}

// archive is the name of the archive for a platform.
func (r *release) archive(p platform) string {
	extension := ".tar.gz"
	if p.system == windows {
		extension = ".zip"
	}
	return r.named(program, p) + extension
}

// named is how what there is for each platform is called.
func (r *release) named(program string, p platform) string {
	return strings.Join([]string{program, r.version, p.system, p.architecture}, "_")
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
