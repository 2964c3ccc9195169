// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command release lays out what a release consists of: the command line for each
// platform, the image, what is in either, the manifests of each overlay, a manifest
// for kubectl's plugin manager, and checksums. What it takes has been built before.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/version"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release says what to take, and where to.
type release struct {
	version   string
	created   time.Time // of everything in archives
	binaries  string    // has the programs of each platform in OS/ARCHITECTURE
	platforms []platform
	license   string // a file that goes with the command line
	image     string // the archive of the image
	inImage   []platform
	name      string // the image's, without a tag
	download  string // where the files of all releases are to be had
	overlays  string // the folder with a folder for each set of manifests
	output    string
}

func run(arguments []string) error {
	var r release
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.StringVar(&r.version, "version", "", "the version, such as v0.1.0")
	flags.StringVar(&r.binaries, "binaries", "", "the folder with a folder of binaries for each platform, such as linux/amd64")
	platforms := flags.String("platforms", "", "the platforms of the command line, separated by commas")
	created := flags.Int64("created", 0, "when the sources were made, in seconds since 1970")
	flags.StringVar(&r.license, "license", "LICENSE", "the license to put into archives")
	flags.StringVar(&r.image, "image", "", "the archive of the image")
	imagePlatforms := flags.String("image-platforms", "", "the platforms of the image, separated by commas")
	flags.StringVar(&r.name, "image-name", "", "the image's name, without a tag, as manifests have it")
	flags.StringVar(&r.download, "download", "https://github.com/loadline-dev/loadline/releases/download", "where there is a folder for each version with its files")
	flags.StringVar(&r.overlays, "overlays", "manifests/overlays", "the folder of the overlays")
	flags.StringVar(&r.output, "o", "", "the folder to write to; what is in it is removed")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	for _, name := range []string{"binaries", "platforms", "image", "image-platforms", "image-name", "o"} {
		if flags.Lookup(name).Value.String() == "" {
			return fmt.Errorf("-%s is required", name)
		}
	}
	r.created = time.Unix(*created, 0).UTC()
	var err error
	if r.platforms, err = parsePlatforms(*platforms); err != nil {
		return fmt.Errorf("reading -platforms: %w", err)
	}
	if r.inImage, err = parsePlatforms(*imagePlatforms); err != nil {
		return fmt.Errorf("reading -image-platforms: %w", err)
	}
	return r.lay()
}

// lay writes the release, or nothing.
func (r *release) lay() (err error) {
	if _, err := version.ParseSemantic(r.version); err != nil || !strings.HasPrefix(r.version, "v") {
		return fmt.Errorf("version %q is none that can be released: tag the commit, or say it as in VERSION=v0.1.0 make release", r.version)
	}
	if err := os.RemoveAll(r.output); err != nil {
		return err
	}
	if err := os.MkdirAll(r.output, 0o755); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(r.output))
		}
	}()
	for _, p := range r.platforms {
		if err := r.writeArchive(p); err != nil {
			return fmt.Errorf("packing the command line for %s: %w", p, err)
		}
	}
	if err := r.writePlugin(); err != nil {
		return fmt.Errorf("writing the manifest for kubectl's plugin manager: %w", err)
	}
	if err := r.copyModules(); err != nil {
		return fmt.Errorf("adding the list of what is in a program (hack/inventory writes it): %w", err)
	}
	if err := copyFile(r.image, filepath.Join(r.output, "loadline-"+r.version+"-image.tar")); err != nil {
		return fmt.Errorf("adding the image (make image builds it): %w", err)
	}
	if err := r.writeManifests(); err != nil {
		return fmt.Errorf("rendering manifests: %w", err)
	}
	if err := writeChecksums(r.output); err != nil {
		return fmt.Errorf("writing checksums: %w", err)
	}
	return nil
}
