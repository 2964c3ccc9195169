// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// platform is this machine's.
const platform = "linux/" + runtime.GOARCH

// compile compiles a program as what is released is, and returns the folder that it
// is in.
func compile(t *testing.T, program string) (binaries string) {
	t.Helper()
	binaries = t.TempDir()
	output, err := exec.CommandContext(t.Context(), "../compile.sh", platform, "-s -w", binaries, "./hack/inventory/"+program).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return binaries
}

// read reads a file that was written beside the program.
func read(t *testing.T, binaries, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(binaries, platform, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestInventory(t *testing.T) {
	binaries := compile(t, "testdata/program")
	arguments := []string{"-binaries", binaries, "-platforms", platform, "-version", "v0.1.0", "-created", "1795348800", "./somewhere/program"}
	if err := run(arguments); err != nil {
		t.Fatal(err)
	}
	licenses, modules := read(t, binaries, "program.licenses.txt"), read(t, binaries, "program.spdx.json")
	info, err := buildinfo.ReadFile(filepath.Join(binaries, platform, "program"))
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Deps) < 2 {
		t.Fatalf("the program has the modules %v: this shows nothing", info.Deps)
	}
	checkLicenses(t, info, string(licenses))
	checkDocument(t, info, modules, fmt.Sprintf("%x", sha256.Sum256(read(t, binaries, "program"))))

	if err := run(arguments); err != nil {
		t.Fatal(err)
	}
	if string(read(t, binaries, "program.licenses.txt")) != string(licenses) || string(read(t, binaries, "program.spdx.json")) != string(modules) {
		t.Error("the same program made other files the second time")
	}
}

// checkLicenses looks for each module, and for the texts themselves.
func checkLicenses(t *testing.T, info *buildinfo.BuildInfo, licenses string) {
	t.Helper()
	wants := []string{
		"\nGo standard library " + info.GoVersion + ": LICENSE\n", "Copyright 2009 The Go Authors.",
		"\ngithub.com/loadline-dev/loadline: hack/inventory/testdata/program/assets/LICENSES.txt\n",
		"\nThe licence of what lies beside this file.\n",
		": LICENSE.libyaml\n", "libyaml", // beside the module's own
	}
	for _, module := range info.Deps {
		wants = append(wants, "\n"+module.Path+" "+module.Version+": LICENSE\n")
	}
	for _, want := range wants {
		if !strings.Contains(licenses, want) {
			t.Errorf("want %q in the licences", want)
		}
	}
	if strings.Contains(licenses, "loadline: LICENSE\n") {
		t.Error("Loadline's own licence is among those of others")
	}
	if strings.Contains(licenses, "\r") {
		t.Error("there are lines that end as on Windows")
	}
}

// checkDocument holds a document against what the specification demands
// (https://spdx.github.io/spdx-spec/v2.3/), and against what is in the program.
func checkDocument(t *testing.T, info *buildinfo.BuildInfo, text []byte, programSum string) {
	t.Helper()
	var got struct {
		SPDXVersion, DataLicense, SPDXID, Name, DocumentNamespace string
		CreationInfo                                              struct {
			Created  string
			Creators []string
		}
		Packages []struct {
			SPDXID, Name, VersionInfo, DownloadLocation string
			FilesAnalyzed                               *bool
			Checksums                                   []struct{ Algorithm, ChecksumValue string }
			ExternalRefs                                []struct{ ReferenceCategory, ReferenceType, ReferenceLocator string }
		}
		Relationships []struct{ SPDXElementID, RelationshipType, RelatedSPDXElement string }
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.SPDXVersion != "SPDX-2.3" || got.DataLicense != "CC0-1.0" || got.SPDXID != "SPDXRef-DOCUMENT" || got.Name == "" {
		t.Errorf("got a document %q, %q, %q, %q", got.SPDXVersion, got.DataLicense, got.SPDXID, got.Name)
	}
	if at, err := url.Parse(got.DocumentNamespace); err != nil || !at.IsAbs() || at.Fragment != "" || !strings.HasSuffix(at.Path, programSum) {
		t.Errorf("the namespace is %q (%v), want a URI without a fragment, unique to the program", got.DocumentNamespace, err)
	}
	if got.CreationInfo.Created != "2026-11-22T12:00:00Z" {
		t.Errorf("created %q", got.CreationInfo.Created)
	}
	if len(got.CreationInfo.Creators) == 0 {
		t.Error("there is no creator")
	}
	for _, creator := range got.CreationInfo.Creators {
		if !regexp.MustCompile(`^(Tool|Organization|Person): \S`).MatchString(creator) {
			t.Errorf("the creator is %q", creator)
		}
	}

	ids, found := map[string]bool{got.SPDXID: true}, map[string]string{}
	for _, p := range got.Packages {
		if !regexp.MustCompile(`^SPDXRef-[a-zA-Z0-9.-]+$`).MatchString(p.SPDXID) || ids[p.SPDXID] {
			t.Errorf("%s has the id %q, want one of its own", p.Name, p.SPDXID)
		}
		ids[p.SPDXID] = true
		if !regexp.MustCompile(`^(git\+)?https://\S+$`).MatchString(p.DownloadLocation) {
			t.Errorf("%s is to be had at %q", p.Name, p.DownloadLocation)
		}
		if p.FilesAnalyzed == nil || *p.FilesAnalyzed {
			t.Errorf("%s claims that its files were analyzed, which takes a verification code", p.Name)
		}
		sum := ""
		for _, c := range p.Checksums {
			if c.Algorithm != "SHA256" || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(c.ChecksumValue) {
				t.Errorf("%s has the checksum %v", p.Name, c)
			}
			sum = " " + c.ChecksumValue
		}
		if len(p.ExternalRefs) != 1 || p.ExternalRefs[0].ReferenceCategory != "PACKAGE-MANAGER" || p.ExternalRefs[0].ReferenceType != "purl" {
			t.Fatalf("%s has the references %v, want a package URL", p.Name, p.ExternalRefs)
		}
		found[p.Name] = p.VersionInfo + sum + " " + p.ExternalRefs[0].ReferenceLocator
	}
	goVersion := strings.TrimPrefix(info.GoVersion, "go")
	want := map[string]string{
		"program": "v0.1.0 " + programSum + " pkg:golang/github.com/loadline-dev/loadline@v0.1.0#hack/inventory/testdata/program",
		"stdlib":  goVersion + " pkg:golang/stdlib@" + goVersion,
	}
	for _, module := range info.Deps {
		want[module.Path] = module.Version + " " + inHexadecimal(t, module.Sum) + " pkg:golang/" + strings.ToLower(module.Path) + "@" + module.Version
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}

	described, depends := 0, map[string]bool{}
	for _, r := range got.Relationships {
		if !ids[r.SPDXElementID] || !ids[r.RelatedSPDXElement] {
			t.Errorf("the relationship %v is of what is not in the document", r)
		}
		switch r.RelationshipType {
		case "DESCRIBES":
			described++
		case "DEPENDS_ON":
			depends[r.RelatedSPDXElement] = true
		default:
			t.Errorf("got relationship %v", r)
		}
	}
	if described != 1 || len(depends) != len(got.Packages)-1 {
		t.Errorf("the document describes %d packages, and that one depends on %d, want on all but itself of %d", described, len(depends), len(got.Packages))
	}
}

// inHexadecimal writes a checksum of go.sum in another way.
func inHexadecimal(t *testing.T, sum string) string {
	t.Helper()
	var value []byte
	if err := json.Unmarshal([]byte(`"`+strings.TrimPrefix(sum, "h1:")+`"`), &value); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", value)
}

func TestNames(t *testing.T) {
	m := module{path: "github.com/BurntSushi/toml", version: "v0.3.1+incompatible", sum: "h1:K6j46C81hXtZQfuX60cVWQFBJahKSE2gfRbNuvr5bFs="}
	got, err := m.packaged("SPDXRef-Module-1")
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://proxy.golang.org/github.com/!burnt!sushi/toml/@v/v0.3.1+incompatible.zip"; got.DownloadLocation != want {
		t.Errorf("it is to be had at %q, want %q", got.DownloadLocation, want)
	}
	if got, want := got.References[0].Locator, "pkg:golang/github.com/burntsushi/toml@v0.3.1%2Bincompatible"; got != want {
		t.Errorf("its package URL is %q, want %q", got, want)
	}
	if _, err := (&module{path: "m", version: "v1.0.0", sum: "h2:abc"}).packaged(""); err == nil {
		t.Error("no error for a checksum that is none of go.sum")
	}
}

func TestRefuses(t *testing.T) {
	binaries := t.TempDir()
	folder := filepath.Join(binaries, platform)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "script"), []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := []string{"-binaries", binaries, "-platforms", platform, "-version", "v0.1.0"}
	cases := map[string]struct {
		arguments []string
		want      []string
	}{
		"nothing":         {want: []string{"usage: inventory"}},
		"no program":      {arguments: flags, want: []string{"usage: inventory"}},
		"no version":      {arguments: append(flags[:4:4], "script"), want: []string{"usage: inventory"}},
		"not compiled":    {arguments: append(flags[:6:6], "program"), want: []string{"program for " + platform, "no such file"}},
		"not by Go":       {arguments: append(flags[:6:6], "script"), want: []string{"script for " + platform, "reading what it was compiled from"}},
		"for a system":    {arguments: append(flags[:6:6], "-platforms", "windows/amd64", "program"), want: []string{filepath.Join("windows", "amd64", "program.exe")}},
		"an unknown flag": {arguments: []string{"-nothing"}, want: []string{"-nothing"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := run(tc.arguments)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got error %q, want %q in it", err, want)
				}
			}
			if written, _ := filepath.Glob(filepath.Join(folder, "*.*")); len(written) > 0 {
				t.Errorf("wrote %v", written)
			}
		})
	}
}

// A program of yesterday, with licences of today, would be released with the wrong ones.
func TestRefusesOtherSources(t *testing.T) {
	compiler := compilerVersion(runtime.Version())
	packages := []listed{{ImportPath: "fmt", Standard: true}, {Module: &listedModule{Path: "a", Version: "v1.0.0"}}, {Module: &listedModule{Path: "b", Version: "v1.0.0"}}}
	cases := map[string]struct {
		program binary
		want    string
	}{
		"another version": {program: binary{compiler: compiler, modules: []module{{path: "a", version: "v1.0.0"}, {path: "b", version: "v1.1.0"}}},
			want: "compile it again (only in it: b v1.1.0; only here: b v1.0.0)"},
		"one module less": {program: binary{compiler: compiler, modules: []module{{path: "a", version: "v1.0.0"}}}, want: "only here: b v1.0.0"},
		"another Go":      {program: binary{compiler: "go1.20.1"}, want: "compiled by go1.20.1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := sameSources(&tc.program, packages); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want %q in it", err, tc.want)
			}
		})
	}
	same := binary{compiler: compiler, modules: []module{{path: "a", version: "v1.0.0"}, {path: "b", version: "v1.0.0"}}}
	if err := sameSources(&same, packages); err != nil {
		t.Error(err)
	}
}
