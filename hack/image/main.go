// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Command image makes Loadline's container image out of static binaries, without a
// container engine: an archive that holds an OCI image layout, with an image for
// each platform. The same input makes the same archive.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(arguments []string, out io.Writer) error {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	binaries := flags.String("binaries", "", "the folder with a folder of binaries for each platform, such as linux/amd64")
	platforms := flags.String("platforms", "linux/amd64,linux/arm64", "the platforms, separated by commas")
	reference := flags.String("reference", "", "the image's name and tag, such as ghcr.io/loadline-dev/loadline:v0.1.0")
	revision := flags.String("revision", "", "the commit that the binaries were built from")
	license := flags.String("license", "LICENSE", "the license of the programs")
	created := flags.Int64("created", 0, "when that was made, in seconds since 1970: the time of everything in the image")
	output := flags.String("o", "", "the archive to write")
	root := flags.String("root", "", "a folder to write the root filesystem of one platform to, instead of an archive")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	parsed, err := parsePlatforms(*platforms)
	if err != nil {
		return err
	}
	b := &builder{binaries: *binaries, license: *license, revision: *revision, created: time.Unix(*created, 0).UTC()}
	switch {
	case *binaries == "" || (*output == "") == (*root == ""):
		return errors.New("usage: image -binaries FOLDER [-platforms LIST] (-reference NAME:TAG -o ARCHIVE | -root FOLDER)")
	case *root != "" && len(parsed) != 1:
		return fmt.Errorf("-root is for one platform: %d are in -platforms %s", len(parsed), *platforms)
	case *root != "":
		return b.writeRoot(parsed[0], *root)
	}
	if b.reference, err = name.NewTag(*reference, name.StrictValidation); err != nil {
		return fmt.Errorf("reading -reference (its tag is VERSION, or what git describes the commit as): %w", err)
	}
	digest, err := b.writeArchive(parsed, *output)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n%s@%s\n", *output, b.reference, digest)
	return nil
}

func parsePlatforms(list string) ([]v1.Platform, error) {
	var platforms []v1.Platform
	for _, text := range strings.Split(list, ",") {
		platform, err := v1.ParsePlatform(text)
		if err != nil {
			return nil, fmt.Errorf("reading platform %q: %w", text, err)
		}
		if _, known := machines[platform.Architecture]; !known || platform.OS != "linux" {
			return nil, fmt.Errorf("platform %q is none that there are images for: linux/amd64, linux/arm64", text)
		}
		platforms = append(platforms, *platform)
	}
	return platforms, nil
}
